from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.comment import Reason
from service.moderation.severity import SEVERE_FROM, Severity, interleave, severity


def score(attribute, value):
    return Reason("score", "in words", attribute, value, 0.1)


@pytest.mark.parametrize(
    ("reasons", "scores", "expected"),
    [
        ([], {}, []),
        ([], {"toxicity": 1.0, "insult": 1.0, "threat": 0.29}, []),
        ([score("insult", 1.0)], {"insult": 1.0}, []),
        ([score("threat", 0.12)], {"threat": 0.12}, [("threat", 0.12)]),
        ([Reason("link", "3 links")], {"threat": SEVERE_FROM}, [("threat", SEVERE_FROM)]),
        (
            [score("threat", 0.2)],
            {"threat": 0.2, "identity_attack": 0.9, "severe_toxicity": 0.1},
            [("identity_attack", 0.9), ("threat", 0.2)],
        ),
        (
            [Reason("self_harm", "it may"), score("threat", 0.5)],
            {"threat": 0.5},
            [("self_harm", None), ("threat", 0.5)],
        ),
        ([score("threat", 0.5)], {}, []),
    ],
)
def test_what_was_held_as_severe_or_scores_high_is_severe_and_an_insult_is_not(reasons, scores, expected):
    assert severity(reasons, scores) == tuple(Severity(*one) for one in expected)


flags = st.lists(st.booleans(), max_size=60)
caps = st.integers(1, 8)
befores = st.integers(0, 10)


@given(flags, caps, befores)
def test_no_more_than_the_cap_follow_each_other_while_milder_ones_are_left(severe, cap, before):
    order = interleave(range(len(severe)), severe, cap, before)
    row = before
    for at, one in enumerate(order):
        row = row + 1 if severe[one] else 0
        milder_left = any(not severe[later] for later in order[at:])
        assert row <= cap or not milder_left


@given(flags, caps, befores)
def test_nothing_is_lost_and_each_kind_keeps_its_order(severe, cap, before):
    order = interleave(range(len(severe)), severe, cap, before)
    assert sorted(order) == list(range(len(severe)))
    for kind in (True, False):
        own = [one for one in order if severe[one] is kind]
        assert own == sorted(own)


@given(flags, befores)
def test_nothing_moves_without_a_cap_or_where_the_cap_is_not_reached(severe, before):
    everything = list(range(len(severe)))
    assert interleave(everything, severe, None, before) == everything
    longest = max((len(list(row)) for flag, row in groupby(severe) if flag), default=0)
    assert interleave(everything, severe, before + longest + 1, before) == everything


@given(flags, caps)
def test_what_is_severe_is_never_brought_forward(severe, cap):
    order = interleave(range(len(severe)), severe, cap)
    assert all(order.index(one) >= one for one in order if severe[one])


def test_a_milder_one_comes_as_soon_as_too_many_were_severe_before():
    assert interleave("SSSm", [True, True, True, False], 2) == ["S", "S", "m", "S"]
    assert interleave("SSSm", [True, True, True, False], 2, before=2) == ["m", "S", "S", "S"]
