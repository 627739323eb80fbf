import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.disguise import ADDED, GONE, LONGEST, MASK, MOST, undo
from model.text import normalise

SUSPICIOUS = st.text("abdehiorstu013457@$!*#+-_.' ", max_size=80)


def plain(text):
    return normalise(text).text


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("h3ll0", "hello"),
        ("1d10t", "idiot"),
        ("@$$", "ass"),
        ("@$$h0le", "asshole"),
        ("a55", "ass"),
        ("5h1t", "shit"),
        ("sh!t!", "shit!"),
        ("B!TCH", "bitch"),
        ("$tup!d", "stupid"),
        ("slu+s", "sluts"),
        ("1ove", "1ove"),  # not a word that anybody hides
        ("V1agra", "viagra"),
        ("ＩＤ１０Ｔ", "idiot"),
    ],
)
def test_leetspeak_is_read(raw, word):
    assert plain(raw) == word


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("f*ck", "fuck"),
        ("f**k", "fuck"),
        ("f***", "fuck"),
        ("f***ing", "fucking"),
        ("sh*t!!", "shit!!"),
        ("a**hole", "asshole"),
        ("st*pid", "stupid"),
        ("*idiot*", "*idiot*"),
        ("the* best*", "the* best*"),
        ("gr*ndmother", f"gr{MASK}ndmother"),
        ("***", "***"),
    ],
)
def test_a_censored_word_is_read(raw, word):
    assert plain(raw) == word


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("you i d i o t", "you idiot"),
        ("i.d.i.o.t", "idiot"),
        ("i-d-i-o-t", "idiot"),
        ("i_d_i_o_t", "idiot"),
        ("1 d 1 0 t", "idiot"),
        ("you  s t u p i d  i d i o t", "you stupid idiot"),
        ("id-iot", "idiot"),
        ("stu.pid", "stupid"),
        ("YouAreAStupidIdiot", "you are a stupid idiot"),
        ("you_are_a_fool", "you are a fool"),
        ("fcuk", "fuck"),
        ("you idoit.", "you idiot."),
        ("stpd", "stupid"),
    ],
)
def test_a_word_taken_apart_or_misspelt_is_put_together(raw, word):
    assert plain(raw) == word


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("hxxp://example.com", "http://example.com"),
        ("hxxps://example.com", "https://example.com"),
        ("http : // example.com", "http://example.com"),
        ("example (dot) com", "example.com"),
        ("example[.]com", "example.com"),
        ("example dot com", "example.com"),
    ],
)
def test_a_split_link_is_put_together(raw, link):
    assert plain(raw) == link


@pytest.mark.parametrize(
    "text",
    [
        "specialist",
        "the scunthorpe class",
        "u.s.a.",
        "a 3d film, 4x4, covid-19, h1n1 and mp3",
        "it cost $100 (us$90, c$5m), not €3 or 5k",
        "a b c",
        "plan b",
        "i.",
        "john.doe@example.com wrote",
        "#hashtag @mention",
        "on 2020-01-02 at 10:45, the 1st, 2nd and 3rd of 20",
        "i'm sure he'll say who're we, don't you?",
        "well-known, so-called; and/or",
        "wow! great!!! *sigh* **bold** c++ a+b",
        "http://example.com/w4tch?v=a1b2c3",
        "in the 1990s, route 66, 7days, 5km, 1984",
        "form a fast lair, carp",
        "the dot on the i (see p. 3)",
        "привет как дела",
        "한국적인 미인 4명",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert unicodedata.normalize("NFC", plain(text)) == text  # folding takes Hangul apart


@given(SUSPICIOUS)
def test_what_is_undone_keeps_the_places_of_the_text(text):
    undone = undo(f" {text} ", spelled=True)
    added = undone.count(ADDED)
    assert len(undone) == len(text) + 2 + 2 * added


@given(SUSPICIOUS)
def test_nothing_of_the_marks_is_left_in_a_normalised_text(text):
    found = plain(text)
    assert GONE not in found
    assert ADDED not in found


def test_only_so_many_runs_are_looked_at():
    text = "h3ll0 " * (MOST + 10)
    assert plain(text).count("hello") == MOST


def test_a_long_run_is_taken_in_pieces():
    assert plain("h3ll0" * LONGEST).startswith("hello" * (LONGEST // 5))
