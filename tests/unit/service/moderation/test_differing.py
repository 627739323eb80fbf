import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.differing import SHOWN, Differences, Picked, shortened

SCORES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=40)
UNIT = st.floats(0, 1)


def picked(pairs, threshold, limit):
    found = Picked({"TOXICITY": threshold}, limit)
    for line, scores in enumerate(pairs, 1):
        found.add("TOXICITY", line, scores, f"comment {line}")
    return found


def lines(some):
    return [one.line for one in some]


@given(SCORES, UNIT, UNIT, st.integers(0, 6))
def test_they_are_those_that_a_look_at_all_of_them_finds(pairs, threshold, here, limit):
    found = picked(pairs, threshold, limit).of("TOXICITY", here)
    numbered = list(enumerate(pairs, 1))
    only_there = sorted((ours, -theirs, n) for n, (theirs, ours) in numbered if theirs >= threshold and ours < here)
    only_here = sorted((-ours, theirs, n) for n, (theirs, ours) in numbered if theirs < threshold and ours >= here)
    assert lines(found.only_there) == [n for *_, n in only_there[:limit]]
    assert lines(found.only_here) == [n for *_, n in only_here[:limit]]


def test_where_ours_holds_nothing_only_theirs_does():
    found = picked([(0.9, 0.7), (0.95, 0.2), (0.1, 0.9)], 0.8, 5).of("TOXICITY", None)
    assert (lines(found.only_there), found.only_here) == ([2, 1], ())


def test_of_an_attribute_without_a_threshold_there_is_none():
    found = picked([(0.9, 0.1)], 0.8, 5)
    found.add("INSULT", 1, (0.9, 0.1), "comment 1")
    assert found.of("INSULT", 0.5) == Differences()


def test_of_copies_one_is_told():
    found = Picked({"TOXICITY": 0.8}, 5)
    for line in range(1, 50):
        found.add("TOXICITY", line, (0.9, 0.1), "Buy now")
    found.add("TOXICITY", 50, (0.9, 0.2), "Read on")
    assert lines(found.of("TOXICITY", 0.5).only_there) == [1, 50]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thanks!", "Thanks!"),
        (" one\n\ntwo\tthree ", "one two three"),
        ("\x1b[31mred\x07 \u202eback\u2028\0", "[31mred back"),
        ("é傻😀", "é傻😀"),
        ("x" * SHOWN, "x" * SHOWN),
        ("x" * (SHOWN + 1), "x" * (SHOWN - 1) + "…"),
        ("word " * SHOWN, ("word " * SHOWN)[: SHOWN - 1].rstrip() + "…"),
        ("a" + " " * 10_000 + "b", "a…"),
        ("", ""),
    ],
)
def test_a_text_is_told_by_its_beginning_on_one_line(text, expected):
    assert shortened(text) == expected


@given(st.text())
def test_no_sign_that_a_terminal_would_obey_is_told(text):
    told = shortened(text)
    assert told.isprintable()
    assert len(told) <= SHOWN
