from collections import Counter
from math import floor, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.figures import Share, Times, agreement, checks, kinds, timed, times

# Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3 (score).
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


@pytest.mark.parametrize(("count", "sample", "low", "high"), NEWCOMBE)
def test_an_interval_is_the_published_one(count, sample, low, high):
    share = Share(count, sample)
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)


def test_a_share_of_nothing_is_unknown_and_not_0():
    share = Share(0, 0)
    assert (share.rate, share.low, share.high) == (None, None, None)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(drawn):
    share = Share(*drawn)
    assert 0 <= share.low <= share.rate <= share.high <= 1


def histogram(seconds):
    bins = Counter(min(max(floor(4 * log2(one)), 0), 99) for one in seconds)
    return {f"took:claim={place}": n for place, n in bins.items()}


@given(st.lists(st.floats(1, 3e6), min_size=1, max_size=200))
def test_a_quantile_is_within_a_tenth_of_the_true_one(seconds):
    found = times(histogram(seconds), "claim")
    ordered = sorted(seconds)
    for value, share in ((found.median, 0.5), (found.p95, 0.95)):
        true = next(one for place, one in enumerate(ordered, 1) if place >= share * len(ordered))
        assert value == pytest.approx(true, rel=0.1)
    assert found.count == len(seconds)


def test_no_times_are_unknown_and_not_0():
    found = times({"took:decision=3": 1}, "claim")
    assert (found.count, found.median, found.p95) == (0, None, None)


def test_times_that_are_known_one_by_one_are_exact():
    assert timed([]) == Times(0, None, None)
    assert timed([1_500]) == Times(1, 1.5, 1.5)
    assert timed([n * 1000 for n in reversed(range(1, 101))]) == Times(100, 50.5, 95.0)


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=100))
def test_a_percentile_is_one_of_the_times_and_no_less_than_the_median(ms):
    found = timed(ms)
    assert found.p95 * 1000 in [pytest.approx(one) for one in ms]
    assert min(ms) <= found.median * 1000 + 1e-3 <= found.p95 * 1000 + 2e-3


def test_what_was_taken_back_is_no_kind():
    assert kinds({"label=spam": 2, "label=insult": 0, "label": 2, "labels=x": 1}, "label") == {"spam": 2}


def test_agreement_is_of_decisions_on_what_the_model_found():
    found = agreement({"agreed=insult": 3, "denied=insult": 1, "missed=threat": 2})
    assert (found["insult"].confirmed.rate, found["insult"].confirmed.sample) == (0.75, 4)
    assert (found["threat"].confirmed.rate, found["threat"].missed) == (None, 2)


def test_checks_are_by_whose_client_asked_and_what_it_was_told():
    counts = {
        "checked=coral/approve": 3,
        "checked=coral/hold": 1,
        "checked=openai/passed": 2,
        "checked=akismet/hold": 0,
    }
    assert checks(counts) == {"coral": {"approve": 3, "hold": 1}, "openai": {"passed": 2}}
