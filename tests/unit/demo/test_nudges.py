from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from service.demo.client import Scored, Span, Thresholds
from service.demo.nudges import AROUND, WORD_LENGTH, Nudge, digest, nudge
from service.demo.wording import NUDGES, nudge_in_words

THRESHOLDS = Thresholds("m-1", {"insult": 0.2, "toxicity": 0.1})


def told(body: str, scores: Mapping[str, float], *spans: Span) -> Nudge:
    found = nudge(body, Scored("m-1", scores, spans), THRESHOLDS)
    assert found
    return found


def span(body: str, word: str, weight: float = 1.0, attribute: str = "insult") -> Span:
    return Span(body.index(word), body.index(word) + len(word), attribute, weight)


def test_scores_below_their_thresholds_say_nothing() -> None:
    assert nudge("Fine.", Scored("m-1", {"insult": 0.199, "toxicity": 0.0}, ()), THRESHOLDS) is None


def test_a_score_at_its_threshold_counts_as_winnow_counts_it() -> None:
    assert told("Fine.", {"insult": 0.2}).findings[0].attributes == ("insult",)


def test_an_attribute_without_a_threshold_says_nothing() -> None:
    assert nudge("Fine.", Scored("m-1", {"spam": 1.0}, ()), THRESHOLDS) is None


def test_the_telling_words_are_named_and_marked_and_light_ones_are_not() -> None:
    body = "You idiot, you."
    found = told(body, {"insult": 0.9}, span(body, "idiot", 6.0), span(body, "You", 0.2))
    assert found.findings[0].words == ("idiot",)
    assert [(piece.text, piece.marked) for piece in found.pieces] == [
        ("You ", False),
        ("idiot", True),
        (", you.", False),
    ]


def test_words_against_an_attribute_are_not_named() -> None:
    body = "Dear idiot."
    assert told(body, {"insult": 0.9}, span(body, "idiot"), span(body, "Dear", -1.0)).findings[0].words == ("idiot",)


def test_only_words_of_attributes_that_count_are_marked() -> None:
    body = "A damned fool."
    found = told(body, {"insult": 0.9, "toxicity": 0.05}, span(body, "fool"), span(body, "damned", 9.0, "toxicity"))
    assert [piece.text for piece in found.pieces if piece.marked] == ["fool"]


def test_attributes_for_the_same_words_are_told_together_the_surest_first() -> None:
    body = "You idiot."
    found = told(body, {"insult": 0.5, "toxicity": 0.9}, span(body, "idiot"), span(body, "idiot", attribute="toxicity"))
    (finding,) = found.findings
    assert finding.attributes == ("toxicity", "insult")
    assert nudge_in_words(finding.attributes) == "May drive other readers away by its tone or be read as an insult"


def test_every_attribute_of_the_model_has_words() -> None:
    assert {"toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "spam"} == set(NUDGES)


def test_a_word_said_twice_is_named_once_and_marked_twice() -> None:
    body = "Idiot! idiot"
    found = told(body, {"insult": 0.9}, Span(0, 5, "insult", 2.0), Span(7, 12, "insult", 2.0))
    assert len(found.findings[0].words) == 1
    assert sum(piece.marked for piece in found.pieces) == 2


def test_a_long_word_is_shortened_where_it_is_shown() -> None:
    body = "w" * 9_000
    found = told(body, {"insult": 0.9}, Span(0, 9_000, "insult", 1.0))
    assert len(found.findings[0].words[0]) == WORD_LENGTH
    assert [len(piece.text) for piece in found.pieces] == [WORD_LENGTH]


def test_text_far_from_what_is_marked_is_left_out() -> None:
    body = "before " * 300 + "idiot" + " after" * 300
    found = told(body, {"insult": 0.9}, span(body, "idiot"))
    before, marked, after = found.pieces
    assert before.text.startswith(" … ")
    assert after.text.endswith(" … ")
    assert marked.text == "idiot"
    assert len(before.text) < AROUND + 5


def test_without_a_telling_word_the_beginning_is_shown() -> None:
    found = told("plain " * 100, {"insult": 0.9})
    assert found.findings[0].words == ()
    assert found.pieces[0].text.startswith("plain plain")


@given(
    st.text(min_size=1, max_size=300),
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 40), st.sampled_from(["insult", "toxicity"]), st.floats(-3, 9)),
        max_size=12,
    ),
)
def test_a_short_text_is_shown_whole_and_in_order_whatever_is_marked(
    body: str, places: list[tuple[int, int, str, float]]
) -> None:
    body = body[: 2 * AROUND]
    spans = [
        Span(at, min(at + length, len(body)), name, weight) for at, length, name, weight in places if at < len(body)
    ]
    found = told(body, {"insult": 0.9, "toxicity": 0.9}, *spans)
    marked = [piece.text for piece in found.pieces if piece.marked]
    if all(len(text) < WORD_LENGTH for text in marked):
        assert "".join(piece.text for piece in found.pieces) == body


@given(st.text(), st.text())
def test_a_digest_names_one_text(one: str, other: str) -> None:
    assert (digest(one) == digest(other)) == (one == other)
