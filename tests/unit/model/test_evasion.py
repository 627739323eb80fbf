import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data import Example
from model.evasion import TRANSFORMATIONS, attacked
from model.text import normalise

TEXT = "You are a stupid idiot, see http://example.com/x and mail a@b.org. Shut up! Moron, pathetic loser"
# What is spelled with other code points only is read as it was.
UNDONE = (
    "cyrillic",
    "greek",
    "full_width",
    "bold",
    "script",
    "fraktur",
    "circled",
    "squared",
    "small_caps",
    "accents",
    "zero_width",
    "soft_hyphen",
    "bidi",
    "zalgo",
    "line_breaks",
    "upper_case",
    "alternating_case",
    "defanged_links",
    "split_links",
)


def test_there_are_at_least_twenty():
    assert len(TRANSFORMATIONS) >= 20


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_transformation_changes_the_text_and_always_in_the_same_way(name):
    change = TRANSFORMATIONS[name]
    assert change(TEXT) != TEXT
    assert change(TEXT) == change(TEXT)


@pytest.mark.parametrize("name", TRANSFORMATIONS)
@given(text=st.text(st.characters(codec=None), max_size=60))
def test_every_text_can_be_transformed(name, text):
    TRANSFORMATIONS[name](text)


@pytest.mark.parametrize("name", UNDONE)
def test_the_normaliser_undoes_other_code_points(name):
    assert normalise(TRANSFORMATIONS[name](TEXT)).text == normalise(TEXT).text


@pytest.mark.parametrize(
    "name",
    ["leet_light", "symbols", "spaced", "dotted", "hyphenated", "underscored", "swapped", "no_vowels", "starred"],
)
def test_the_normaliser_finds_the_bad_words_of_other_attacks(name):
    assert "stupid" in normalise(TRANSFORMATIONS[name](TEXT)).text


def test_only_the_text_of_an_example_is_attacked():
    example = Example(TEXT, {"toxicity": 1.0}, "tiny", "en", "group")
    (changed,) = attacked([example], "bold")
    assert changed.text == TRANSFORMATIONS["bold"](TEXT)
    assert (changed.labels, changed.source, changed.language, changed.group) == (
        {"toxicity": 1.0},
        "tiny",
        "en",
        "group",
    )


def test_an_unknown_attack_is_refused():
    with pytest.raises(KeyError):
        attacked([], "none such")
