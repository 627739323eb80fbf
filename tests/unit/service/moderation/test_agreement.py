import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from service.moderation.agreement import Counted, by_pair, kappa, overall

counts = st.integers(0, 40)


@given(counts, counts, counts, counts)
def test_kappa_is_what_scikit_learn_says(both, first, second, neither):
    found = kappa(both, first, second, neither)
    ones = [1] * (both + first) + [0] * (second + neither)
    others = [1] * both + [0] * first + [1] * second + [0] * neither
    assert found.n == len(ones)
    if len({*ones, *others}) < 2:
        assert found.kappa is None
        return
    assert found.kappa == pytest.approx(cohen_kappa_score(ones, others))
    assert found.observed == pytest.approx(sum(a == b for a, b in zip(ones, others, strict=True)) / len(ones))


@pytest.mark.parametrize(
    ("cells", "observed", "expected"),
    [
        ((20, 5, 10, 15), 0.7, 0.4),
        ((45, 15, 25, 15), 0.6, 0.1304),
        ((10, 0, 0, 10), 1.0, 1.0),
        ((0, 10, 10, 0), 0.0, -1.0),
        ((0, 0, 5, 5), 0.5, 0.0),
        ((0, 0, 0, 7), 1.0, None),
        ((7, 0, 0, 0), 1.0, None),
        ((0, 0, 0, 0), None, None),
    ],
)
def test_known_tables(cells, observed, expected):
    found = kappa(*cells)
    assert found.observed == observed
    assert found.kappa == (expected and pytest.approx(expected, abs=1e-4))


def test_both_orders_of_a_pair_are_one_pair():
    counted = [
        Counted("bob", "ada", 10, {"action": {"10": 3, "11": 2}, "spam": {"01": 1}}),
        Counted("ada", "bob", 5, {"action": {"01": 1, "11": 1}}),
        Counted("ada", "cyd", 2, {}),
    ]
    first, second = by_pair(counted)
    assert (first.moderators, second.moderators) == (("ada", "bob"), ("ada", "cyd"))
    assert first.agreements.action == kappa(3, 0, 4, 8)
    assert first.agreements.labels["spam"] == kappa(0, 1, 0, 14)
    assert second.agreements.action == kappa(0, 0, 0, 2)


def test_all_together_are_those_who_came_first_against_those_who_came_second():
    counted = [
        Counted("bob", "ada", 10, {"action": {"10": 3}}),
        Counted("ada", "bob", 5, {"action": {"10": 1, "11": 2}}),
    ]
    assert overall(counted).action == kappa(2, 4, 0, 9)


def test_those_whom_a_day_did_not_name_count_together_but_are_no_pair():
    counted = [Counted("", "", 4, {"action": {"11": 4}})]
    assert by_pair(counted) == []
    assert overall(counted).action == kappa(4, 0, 0, 0)
