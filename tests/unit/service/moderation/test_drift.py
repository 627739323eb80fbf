import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.reference import BINS, BUCKETS, Reference, Spread
from service.moderation.drift import (
    DIVERGENCE_MAJOR,
    LEAST_SCORES,
    LEAST_WORDS,
    PSI_MAJOR,
    Seen,
    divergence,
    drift,
    stability,
)

HALVES = Spread(1_000_000, (0.5, 0.5))


@pytest.mark.parametrize(
    ("now", "index"),
    [
        ((500_000, 500_000), 0.0),
        ((600_000, 400_000), 0.1 * math.log(0.6 / 0.5) - 0.1 * math.log(0.4 / 0.5)),
        ((750_000, 250_000), 0.25 * math.log(3)),
        ((100_000, 900_000), 0.4 * math.log(0.9 / 0.5) - 0.4 * math.log(0.1 / 0.5)),
    ],
)
def test_the_stability_index_is_as_it_is_written(now, index):
    assert stability(HALVES, now) == pytest.approx(index, abs=1e-5)


def test_bins_with_little_of_the_reference_are_put_together():
    fine, coarse = Spread(1000, (0.005, 0.005, 0.49, 0.01, 0.485, 0.005)), Spread(1000, (0.5, 0.5))
    assert stability(fine, (3, 2, 400, 100, 400, 95)) == pytest.approx(stability(coarse, (405, 595)))


def test_an_empty_bin_is_no_infinity():
    assert 1 < stability(HALVES, (0, 1000)) < 10


spreads = st.lists(st.integers(1, 100), min_size=BINS, max_size=BINS)


@given(spreads, spreads)
def test_a_shift_is_never_negative_and_none_from_itself(before, now):
    p, q = (Spread(sum(counts), tuple(one / sum(counts) for one in counts)) for counts in (before, now))
    assert stability(p, now) >= 0
    assert stability(p, before) == pytest.approx(0, abs=1e-9)
    assert 0 <= divergence(p, now) <= 1
    assert divergence(p, now) == pytest.approx(divergence(q, before))
    assert divergence(p, before) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("shares", "counts", "bits"),
    [((1.0, 0.0), (0, 7), 1.0), ((0.5, 0.5), (1, 1), 0.0), ((1.0, 0.0), (1, 1), 0.311278)],
)
def test_the_divergence_of_words_is_in_bits(shares, counts, bits):
    assert divergence(Spread(10, shares), counts) == pytest.approx(bits, abs=1e-6)


def at(size, *places):
    """All of it in a few places, in equal shares."""
    return Spread(5000, tuple(float(one in places) / len(places) for one in range(size)))


def counts(size, place, n):
    return [n * (one == place) for one in range(size)]


REFERENCE = Reference({"en": {"toxicity": at(BINS, 0, 9), "spam": at(BINS, 0)}}, {"en": at(BUCKETS, 5)})


def test_an_alarm_is_due_where_a_sample_that_is_large_enough_has_moved():
    seen = Seen(
        {"en": {"toxicity": counts(BINS, 9, LEAST_SCORES), "spam": counts(BINS, 0, LEAST_SCORES)}},
        {"en": counts(BUCKETS, 6, LEAST_WORDS)},
    )
    found = drift(REFERENCE, seen)
    assert [(language, name) for language, name, _ in found.alarms()] == [("en", "toxicity"), ("en", "words")]
    assert found.scores["en"]["toxicity"].value > PSI_MAJOR
    assert found.words["en"].value > DIVERGENCE_MAJOR
    assert found.scores["en"]["spam"].drifted is False
    assert found.drifted


def test_a_small_sample_raises_no_alarm_and_says_that_it_does_not_know():
    seen = Seen({"en": {"toxicity": counts(BINS, 9, LEAST_SCORES - 1)}}, {"en": counts(BUCKETS, 6, LEAST_WORDS - 1)})
    found = drift(REFERENCE, seen)
    assert found.scores["en"]["toxicity"].drifted is None
    assert found.words["en"].drifted is None
    assert not found.drifted


def test_what_is_not_in_the_reference_or_was_not_seen_is_left_out():
    assert drift(REFERENCE, Seen()).scores == {}
    seen = Seen(
        {"de": {"spam": counts(BINS, 0, 5)}, "en": {"insult": counts(BINS, 0, 5)}}, {"de": counts(BUCKETS, 1, 5)}
    )
    found = drift(REFERENCE, seen)
    assert found.scores == {"en": {}}
    assert found.words == {}
