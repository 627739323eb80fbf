from model.contrast import group_words
from model.data import Example
from model.swapping import swapped, with_swapped


def test_a_comment_about_a_group_is_said_again_about_another_with_the_same_labels():
    about = Example("Gay people and gay rights", {"toxicity": 0.0, "identity_attack": 0.0}, "mine", "en", "")
    plain = Example("The bridge is open", {"toxicity": 0.0}, "mine", "en", "")
    foreign = Example("Gay ist kein Schimpfwort", {"toxicity": 0.0}, "mine", "de", "")
    first, copy, *rest = with_swapped([about, plain, foreign])
    assert first == about
    assert rest == [plain, foreign]
    assert (copy.labels, copy.source) == ({"toxicity": 0.0}, about.source)
    word = copy.text.split(" people and ")[0]
    assert word.lower() != "gay"
    assert copy.text == f"{word} people and {word} rights"


def test_both_are_held_out_together():
    _, copy = with_swapped([Example("Muslims came", {"toxicity": 0.0}, "mine", "en", "")])
    _, grouped = with_swapped([Example("Muslims came", {"toxicity": 0.0}, "mine", "en", "a group")])
    assert (copy.group, grouped.group) == ("muslims came", "a group")


def test_a_plural_stays_a_plural_and_words_within_words_stay():
    plurals = {word.lower() for word in group_words()[1]}
    assert swapped("Jews") in plurals - {"jews"}
    assert swapped("Blackboard") == "Blackboard"
