import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.moderation.perspective import ATTRIBUTE_OF, USUAL_THRESHOLD, Logged, NotALog, logged, perspective_score
from service.moderation.policy import default_policy

RESPONSE = {
    "attributeScores": {
        "TOXICITY": {
            "spanScores": [{"begin": 0, "end": 2, "score": {"value": 0.2, "type": "PROBABILITY"}}],
            "summaryScore": {"value": 0.83, "type": "PROBABILITY"},
        },
        "THREAT": {"summaryScore": {"type": "PROBABILITY"}},
    },
    "languages": ["en"],
    "detectedLanguages": ["en"],
}
ANALYSED = {"TOXICITY": 0.83, "THREAT": 0.0}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"text": "Hi", "scores": {"TOXICITY": 0.83}}, Logged("Hi", None, {"TOXICITY": 0.83})),
        ({"comment": "Hi", "scores": {"toxicity": 1}}, Logged("Hi", None, {"TOXICITY": 1.0})),
        ({"body": "Hi", "language": "de", "scores": {"INSULT": 0}}, Logged("Hi", "de", {"INSULT": 0.0})),
        ({"text": "Hi", "TOXICITY": 0.5, "id": 7}, Logged("Hi", None, {"TOXICITY": 0.5})),
        ({"text": "Hi", "scores": {"TOXICITY": None, "INSULT": 0.5}}, Logged("Hi", None, {"INSULT": 0.5})),
        ({"text": "Hi", **RESPONSE}, Logged("Hi", "en", ANALYSED)),
        ({"text": "Hi", "response": RESPONSE}, Logged("Hi", "en", ANALYSED)),
        ({"text": "Hi", "perspective": RESPONSE}, Logged("Hi", None, ANALYSED)),
        ({"comment": {"text": "Hi"}, **RESPONSE}, Logged("Hi", "en", ANALYSED)),
        (
            {"request": {"comment": {"text": "Hi"}, "languages": ["fr"]}, "response": RESPONSE},
            Logged("Hi", "fr", ANALYSED),
        ),
        ({"text": "Hi", "scores": {"FLIRTATION": 0.5}}, Logged("Hi", None, {"FLIRTATION": 0.5})),
    ],
)
def test_the_shapes_that_newsrooms_have_are_read(row, expected):
    assert logged(row) == expected


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ([], "not an object"),
        ("Hi", "not an object"),
        ({"scores": {"TOXICITY": 0.5}}, "no text"),
        ({"text": " ", "scores": {"TOXICITY": 0.5}}, "no text"),
        ({"text": 7, "scores": {"TOXICITY": 0.5}}, "no text"),
        ({"text": "Hi"}, "no scores"),
        ({"text": "Hi", "scores": {}}, "no scores"),
        ({"text": "Hi", "scores": {"TOXICITY": None}}, "no scores"),
        ({"text": "Hi", "scores": {"TOXICITY": "0.8"}}, "a score that is not a number"),
        ({"text": "Hi", "scores": {"TOXICITY": True}}, "a score that is not a number"),
        ({"text": "Hi", "scores": {"TOXICITY": 80}}, "a score that is not from 0 to 1"),
        ({"text": "Hi", "scores": {"TOXICITY": float("nan")}}, "a score that is not from 0 to 1"),
    ],
)
def test_what_is_no_log_says_why_and_quotes_nothing(row, complaint):
    with pytest.raises(NotALog) as caught:
        logged(row)
    assert str(caught.value) == complaint


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "comment", "scores", "attributeScores", "summaryScore", "value", "TOXICITY"])
            | st.sampled_from(["request", "response", "languages", "language"]),
            inner,
            max_size=4,
        )
    ),
)


@given(ANYTHING)
def test_any_json_is_read_or_refused(row):
    try:
        found = logged(row)
    except NotALog:
        return
    assert found.text
    assert all(0 <= score <= 1 for score in found.scores.values())


def test_what_has_a_name_there_means_one_of_our_attributes():
    assert set(ATTRIBUTE_OF.values()) == set(ATTRIBUTES)
    assert ATTRIBUTE_OF["PROFANITY"] == ATTRIBUTE_OF["PROFANITY_EXPERIMENTAL"] == "obscene"


@given(st.floats(0.001, 0.999), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_here_is_never_a_lower_one_there_and_the_threshold_is_theirs(threshold, one, other):
    thresholds = dict.fromkeys(ATTRIBUTES, threshold)
    low, high, at = (
        perspective_score("TOXICITY", score, default_policy(thresholds), thresholds)
        for score in (*sorted((one, other)), threshold)
    )
    assert 0 <= low <= high <= 1
    assert at == pytest.approx(USUAL_THRESHOLD)
