import pytest

from model.features import FeatureSpec
from model.informative import informativeness, unlike

SPEC = FeatureSpec()


def test_the_nearer_a_score_is_to_one_half_the_more_a_label_teaches():
    sure, leaning, unsure = (informativeness({"toxicity": score}) for score in (0.999, 0.7, 0.5))
    assert 0 <= sure < leaning < unsure == 1
    assert informativeness({"toxicity": 0.3}) == pytest.approx(leaning)


def test_one_attribute_in_doubt_is_enough():
    assert informativeness({"toxicity": 0.01, "spam": 0.5}) == 1


def test_where_nothing_is_known_nothing_is_in_doubt():
    assert informativeness({}) == 0


def test_a_copy_teaches_less_than_what_it_repeats():
    assert [informativeness({"spam": 0.5}, copies) for copies in (0, 1, 3)] == [1, 0.5, 0.25]


def test_near_duplicates_are_left_out_and_the_others_keep_their_order():
    text = "The council should publish the costs of the custody before it votes on the budget"
    texts = [text, "Nobody reads the small print of these contracts", f"{text}!!", text.upper(), "Great read, thanks!"]
    found = list(unlike([(one, at) for at, one in enumerate(texts)], SPEC))
    assert found == [0, 1, 4]


def test_comments_on_one_subject_are_no_near_duplicates():
    texts = [
        "The mayor lied to us about the harbour and should step down",
        "I voted for the mayor and the harbour is a good idea, thank you",
        "What does the harbour cost? Ask the mayor, he will not tell you",
    ]
    assert len(list(unlike([(one, one) for one in texts], SPEC))) == len(texts)


def test_any_number_of_different_comments_is_kept():
    texts = [f"{word} {word * 2} {n * 7919} {chr(97 + n % 26) * 3}" for n, word in enumerate(["ab", "cd", "ef"] * 200)]
    distinct = list(dict.fromkeys(texts))
    assert 500 < len(list(unlike([(one, one) for one in distinct], SPEC))) <= len(distinct)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "a", "x" * 10_000])
def test_any_text_has_a_place_among_others(text):
    assert list(unlike([(text, 1), (text, 2)], SPEC)) == [1]
