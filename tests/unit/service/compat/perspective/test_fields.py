"""JSON as Google's services read it: what is taken in which form, and how what is not is told."""

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.compat.perspective.fields import TOLD, complaints, snake
from service.compat.perspective.messages import (
    FOREIGN,
    Given,
    PerspectiveAnalyzeCommentRequestSchema,
    PerspectiveAttributeScoresSchema,
    PerspectiveSpanScoreSchema,
    PerspectiveSuggestCommentScoreRequestSchema,
    PerspectiveTextEntrySchema,
    Wanted,
)

analysis = PerspectiveAnalyzeCommentRequestSchema()
SCHEMAS = [analysis, PerspectiveSuggestCommentScoreRequestSchema()]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["comment", "context", "languages", "clientToken", "doNotStore", "requestedAttributes", "attributeScores", "x"]


def refused(schema, sent):
    with pytest.raises(ma.ValidationError) as raised:
        schema.load(sent)
    return complaints(raised.value.messages)


@pytest.mark.parametrize(("sent", "taken"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_a_bool_may_be_a_word(sent, taken):
    assert analysis.load({"spanAnnotations": sent}).spans is taken


@pytest.mark.parametrize("sent", [0.5, "0.5", "5e-1", "0.50"])
def test_a_number_may_be_a_string(sent):
    assert analysis.load({"requestedAttributes": {"A": {"scoreThreshold": sent}}}).wanted == {
        "A": Wanted(threshold=0.5)
    }


@pytest.mark.parametrize("sent", ["", " 1", "1_0", "NaN", "Infinity", "\u0661", "9" * 400, "1e999", True, [], {}])
def test_what_is_no_number_is_refused(sent):
    said = "Invalid value at 'requested_attributes[0].value.score_threshold' (TYPE_FLOAT)"
    assert [text for _, text in refused(analysis, {"requestedAttributes": {"A": {"scoreThreshold": sent}}})] == [said]


@pytest.mark.parametrize(
    ("sent", "taken"), [("PLAIN_TEXT", "PLAIN_TEXT"), (1, "PLAIN_TEXT"), (2, "HTML"), (3, FOREIGN), ("X", FOREIGN)]
)
def test_an_enums_value_comes_by_name_or_number(sent, taken):
    assert PerspectiveTextEntrySchema().load({"type": sent}).kind == taken


def test_an_integer_is_a_score_and_a_place_may_be_a_float_without_a_fraction():
    scores = PerspectiveAttributeScoresSchema().load({"summaryScore": {"value": 1}})
    assert scores.summary == Given(value=1)
    assert PerspectiveSpanScoreSchema().load({"begin": 3.0, "end": "4"}).end == 4
    for sent in (1.5, 2**31, "x", True):
        assert refused(PerspectiveSpanScoreSchema(), {"end": sent}) == [("end", "Invalid value at 'end' (TYPE_INT32)")]


def test_null_is_as_if_it_were_not_sent():
    assert analysis.load({"comment": None, "languages": None, "spanAnnotations": None}) == analysis.load({})


def test_a_complaint_names_the_place_and_never_the_value():
    sent = {
        "comment": {"text": ["a secret"]},
        "context": {"entries": [{"text": "x"}, "a secret"]},
        "doNotStore": "a secret",
    }
    assert sorted(refused(analysis, sent)) == [
        ("comment.text", "Invalid value at 'comment.text' (TYPE_STRING)"),
        (
            "context.entries[1]",
            "Invalid value at 'context.entries[1]' (type.googleapis.com/google.commentanalyzer.v1alpha1.TextEntry)",
        ),
        ("do_not_store", "Invalid value at 'do_not_store' (TYPE_BOOL)"),
    ]


def test_the_names_that_we_have_for_fields_are_none_of_the_messages():
    for name in ("token", "wanted", "spans", "drop", "session", "two_contexts"):
        ((field, said),) = refused(analysis, {name: "x"})
        assert (field, said) == ("", f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')


def test_of_many_complaints_some_are_told_and_of_a_long_name_a_part():
    assert len(refused(analysis, {f"x{n}": 1 for n in range(1000)})) == TOLD
    ((_, said),) = refused(analysis, {"x" * 1000: 1})
    assert len(said) < 200


def said_of(schema, sent):
    """What is complained about; None where nothing is."""
    try:
        schema.load(sent)
    except ma.ValidationError as error:
        return [said for _, said in complaints(error.messages)]
    return None


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5) | JSON)
def test_whatever_is_sent_is_a_request_or_has_complaints(sent):
    for schema in SCHEMAS:
        said = said_of(schema, sent)
        assert said is None or (said and all(one.startswith("Invalid ") for one in said))


def test_names_in_the_protocol_buffer_have_underscores():
    assert [snake(one) for one in ("clientToken", "articleAndParentComment", "text")] == [
        "client_token",
        "article_and_parent_comment",
        "text",
    ]
