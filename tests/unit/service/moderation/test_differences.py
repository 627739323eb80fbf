"""Marking how two texts differ: nothing is lost, nothing is split that belongs together, and it ends."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.differences import FOLDED_FROM, PAIRS_AT_MOST, Segment, differences, folded

WORDS = st.lists(st.sampled_from(["a", "tree", "old", " ", "  ", "\n", ",", "!!", "é", "e\u0301", "木", "\u202e", "7"]))
TEXTS = WORDS.map("".join) | st.text(max_size=80)


def told(here, there):
    return [(one.kind, one.text) for one in differences(here, there)]


def side(segments, own):
    return "".join(one.text for one in segments if one.kind in ("same", own))


@given(TEXTS, TEXTS)
def test_both_texts_come_out_whole(here, there):
    found = differences(here, there)
    assert (side(found, "here"), side(found, "there")) == (here, there)


@given(TEXTS, TEXTS)
def test_no_run_is_empty_and_no_two_neighbours_are_of_a_kind(here, there):
    found = differences(here, there)
    assert all(one.text for one in found)
    kinds = [one.kind for one in found]
    assert all(before != after for before, after in pairwise(kinds))


@given(TEXTS, TEXTS)
def test_of_a_change_what_the_other_has_comes_first_and_white_space_alone_parts_no_changes(here, there):
    found = differences(here, there)
    kinds = [one.kind for one in found]
    assert ("here", "there") not in set(pairwise(kinds))
    assert not any(one.kind == "same" and one.text.isspace() for one in found[1:-1])


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert told(text, text) == ([("same", text)] if text else [])


@pytest.mark.parametrize(
    ("here", "there", "marked"),
    [
        (
            "Ask my uncle at https://b.example/2 today",
            "Ask my uncle at https://a.example/1 today",
            [
                ("same", "Ask my uncle at https://"),
                ("there", "a"),
                ("here", "b"),
                ("same", ".example/"),
                ("there", "1"),
                ("here", "2"),
                ("same", " today"),
            ],
        ),
        (
            "the very big house",
            "the small house",
            [("same", "the "), ("there", "small"), ("here", "very big"), ("same", " house")],
        ),
        ("one two three", "one three", [("same", "one "), ("here", "two "), ("same", "three")]),
        ("one three", "one two three", [("same", "one "), ("there", "two "), ("same", "three")]),
        ("new words", "old ones", [("there", "old ones"), ("here", "new words")]),
        ("", "gone", [("there", "gone")]),
        ("come", "", [("here", "come")]),
        ("天気が良い", "天気が悪い", [("same", "天気が"), ("there", "悪"), ("here", "良"), ("same", "い")]),
        ("cafe\u0301s", "cafes", [("there", "cafes"), ("here", "cafe\u0301s")]),
    ],
)
def test_what_is_marked(here, there, marked):
    assert told(here, there) == marked


def test_a_mark_never_stands_without_its_letter():
    found = differences("na\u0308ive zoe\u0308", "na\u0300ive zoe\u0308")
    assert not any(one.text.startswith(("\u0308", "\u0300")) for one in found)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("".join(chr(0x3400 + n) for n in range(10_000)), "".join(chr(0x6000 - n) for n in range(10_000))),
        ("a!" * 5_000, "b?" * 5_000),
        ("x" * 10_000, "y" * 10_000),
        ("a" + "\u0301" * 9_999, "a" + "\u0300" * 9_999),
        (" " * 10_000, "\n" * 10_000),
    ],
    ids=["letters", "signs", "one word", "marks", "white space"],
)
def test_the_longest_hostile_texts_come_out_whole(here, there):
    found = differences(here, there)
    assert (side(found, "here"), side(found, "there")) == (here, there)


def test_texts_that_are_too_long_to_compare_keep_what_they_begin_and_end_with():
    letters = int(PAIRS_AT_MOST**0.5) + 1
    here, there = "天" + "木" * letters + "地", "天" + "林" * letters + "地"
    assert told(here, there) == [("same", "天"), ("there", "林" * letters), ("here", "木" * letters), ("same", "地")]


def test_a_long_run_that_both_have_is_folded_at_words_and_says_how_much_is_hidden():
    long = "word " * 200
    found = folded(differences(f"{long}new", f"{long}old"))
    assert [one.kind for one in found] == ["same", "same", "there", "here"]
    assert found[0].hidden == len(long) - len(found[0].text) - len(found[1].text)
    assert found[0].text.endswith("word")
    assert found[1].text.startswith("word")


@given(TEXTS, TEXTS)
def test_folding_hides_only_what_both_have_and_counts_it(here, there):
    whole = differences(here + "same " * 60, there + "same " * 60)
    found = folded(whole)
    assert [one for one in found if one.kind != "same"] == [one for one in whole if one.kind != "same"]
    assert sum(len(one.text) + one.hidden for one in found) == sum(len(one.text) for one in whole)


@given(st.text(min_size=FOLDED_FROM))
def test_a_long_run_without_a_space_is_folded_too(text):
    (before, behind) = folded([Segment("same", text)])
    assert text.startswith(before.text)
    assert text.endswith(behind.text)
    assert before.hidden == len(text) - len(before.text) - len(behind.text)
