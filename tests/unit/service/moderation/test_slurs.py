import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.text import normalise
from service.moderation.rules import HARMLESS, listed, words_of_all
from service.moderation.slurs import ANY_ENDING, slurs_in


def found(text):
    return [text[start:end] for start, end in slurs_in(text)]


@pytest.mark.parametrize(
    ("text", "slurs"),
    [
        ("You faggot, you FAGGOTS!", ["faggot", "FAGGOTS"]),
        ("cunt cunt", ["cunt", "cunt"]),
        ("f4ggot, wh0re and c.u.n.t", ["f4ggot", "wh0re", "c.u.n.t"]),
        ("you f a g g o t there", ["f a g g o t"]),
        ("wh\u043ere", ["wh\u043ere"]),
        ("c\u200bunt", ["c\u200bunt"]),
        ("c\u0336u\u0336n\u0336t\u0336 x", ["c\u0336u\u0336n\u0336t\u0336"]),
        ("fagggggots!!!", ["fagggggots"]),
        ("ｃｕｎｔ", ["ｃｕｎｔ"]),
        ("Hurensöhne und hurensohn", ["Hurensöhne", "hurensohn"]),
        ("hijo  de\nputa", ["hijo  de\nputa"]),
        ("İBNELER", ["İBNELER"]),
        ("병신들이 왔다", ["병신들이"]),
        ("a chink in the armour", []),
        ("you chink", ["chink"]),
        ("spic and span, spic", ["spic"]),
        ("xcunt, 2cunt; cunt-2", ["cunt"]),
        ("Scunthorpe, classic, retardant", []),
        ("Un vestido negro, un moro en España, en retard", []),
        ("fuck this damn shit", []),
        ("", []),
        ("... !!!", []),
    ],
)
def test_slurs_are_found_in_the_text_as_it_was_sent(text, slurs):
    assert found(text) == slurs


@given(st.text(st.one_of(st.characters(), st.sampled_from("cunt ugofa\u200b\u0336\ufdfa")), max_size=200))
@settings(deadline=None)  # the first text pays for what is loaded
def test_stretches_lie_in_the_text_in_order_whatever_it_is(text):
    behind = 0
    for start, end in slurs_in(text):
        assert behind <= start < end <= len(text)
        behind = end


@given(st.sampled_from(["cunt", "faggots", "병신", "sale juif"]), st.text(max_size=40), st.text(max_size=40))
@settings(deadline=None)
def test_a_slur_between_other_lines_is_found_whatever_they_are(slur, before, behind):
    text = f"{before} ;\n{slur}\n; {behind}"
    if len(normalise(before).text.split()) == len(normalise(f"{before} ;").text.split()) - 1:
        assert slur in found(text)


def test_no_entry_is_listed_in_vain():
    lines = listed("slurs.txt")
    assert len(set(lines)) == len(lines)
    assert lines == [line.lower() for line in lines]
    assert all(words_of_all([line.removesuffix(ANY_ENDING)])[0].strip() for line in lines)
    for line in lines:
        word = line.removeprefix(HARMLESS).removesuffix(ANY_ENDING)
        expected = [] if line.startswith(HARMLESS) else [word]
        assert found(f"Hm: {word}!") == expected, line


def test_each_harmless_phrase_hides_a_slur():
    lines = listed("slurs.txt")
    slurs = words_of_all([line.removesuffix(ANY_ENDING) for line in lines if not line.startswith(HARMLESS)])
    for line in lines:
        if line.startswith(HARMLESS):
            (phrase,) = words_of_all([line])
            assert any(slur in phrase for slur in slurs), line
