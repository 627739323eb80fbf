import pytest

from model.data import Example

teacher = pytest.importorskip("model.teacher", reason="needs the extra `teacher`", exc_type=ImportError)

LONG = "The bridge was closed on Monday. You are a silly fool! The council meets again next week."


def row(text, source, language="en"):
    return Example(text, {"toxicity": 1.0}, source, language, "")


def test_pieces_are_sentences_and_neighbouring_ones_of_english_news_comments():
    cut = teacher.pieces([row(LONG, "civil_toxic_spans"), row(LONG + " Ja", "civil_toxic_spans", "de")], 100, seed=1)
    assert {piece.text for piece in cut} == {
        "The bridge was closed on Monday.",
        "You are a silly fool!",
        "The council meets again next week.",
        "The bridge was closed on Monday. You are a silly fool!",
        "You are a silly fool! The council meets again next week.",
    }
    assert len({piece.group for piece in cut}) == 1


def test_what_is_a_comment_already_is_no_piece_of_another():
    rows = [row(LONG, "civil_toxic_spans"), row("You are a silly fool!", "paradetox")]
    assert "You are a silly fool!" not in {piece.text for piece in teacher.pieces(rows, 100, seed=1)}


def test_pieces_are_labelled_with_probabilities():
    rows = [row("You are a silly fool", "mine"), Example("The bridge is open", {"toxicity": 0.0}, "mine", "en", "")]
    taught = list(teacher.taught(teacher.fine_tuned(rows * 20, seed=1), rows, rows))
    assert taught[0].labels["toxicity"] > taught[1].labels["toxicity"]
    assert all(0 <= piece.labels["toxicity"] <= 1 for piece in taught)
