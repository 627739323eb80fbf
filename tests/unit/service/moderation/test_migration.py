import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.moderation.migration import Agreement, agreement, monotone_map, same_share

UNIT = st.floats(0, 1) | st.sampled_from([0.0, 0.1, 0.5, 0.8, 1.0])
PAIRS = st.lists(st.tuples(UNIT, UNIT), min_size=1, max_size=60)


def columns(pairs):
    theirs, ours = zip(*pairs, strict=True)
    return np.array(theirs), np.array(ours)


@pytest.mark.parametrize(
    ("theirs", "ours", "threshold", "expected"),
    [
        ([0.1, 0.9], [0.2, 0.7], 0.8, 0.7),
        ([0.1, 0.9], [0.69999, 0.7], 0.8, 0.7),
        ([0.1, 0.9], [0.70001, 0.70004], 0.8, 0.70004),
        ([0.1, 0.9], [0.7, 0.2], 0.8, 0.7),  # the same share, of other comments
        ([0.1, 0.8], [0.2, 0.7], 0.8, 0.7),  # at the threshold is held
        ([0.1, 0.2], [0.2, 0.7], 0.8, None),
        ([0.9, 0.9], [0.2, 0.7], 0.8, 0.2),
        ([0.9, 0.9], [0.0, 0.7], 0.8, 0.0),
        ([0.9], [0.333333], 0.5, 0.33),
        ([0.9, 0.1, 0.1], [0.5, 0.5, 0.5], 0.8, 0.5),  # holding all is the only way to hold any
        ([0.9, 0.9, 0.1, 0.1, 0.1], [0.9, 0.5, 0.5, 0.5, 0.1], 0.8, 0.9),  # one is nearer to two than four
        ([0.9, 0.9, 0.1, 0.1, 0.1], [0.9, 0.5, 0.5, 0.2, 0.1], 0.8, 0.5),  # as near: the one that holds more
    ],
)
def test_our_threshold_holds_the_share_that_theirs_does(theirs, ours, threshold, expected):
    assert same_share(np.array(theirs), np.array(ours), threshold) == expected


@given(PAIRS, UNIT)
def test_no_other_threshold_holds_a_share_nearer_to_theirs(pairs, threshold):
    theirs, ours = columns(pairs)
    held = (theirs >= threshold).sum()
    found = same_share(theirs, ours, threshold)
    if found is None:
        assert not held
        return
    off = abs((ours >= found).sum() - held)
    assert off == min(abs((ours >= other).sum() - held) for other in ours)


@given(PAIRS, UNIT)
def test_exactly_as_many_are_held_where_no_two_scores_are_alike(pairs, threshold):
    theirs, ours = columns(pairs)
    assume(len(set(ours)) == len(ours))
    found = same_share(theirs, ours, threshold)
    assert (0 if found is None else (ours >= found).sum()) == (theirs >= threshold).sum()


@given(PAIRS, UNIT, UNIT)
def test_the_map_never_falls_and_stays_within_nought_and_one(pairs, one, other):
    means = monotone_map(*columns(pairs))
    low, high = sorted((one, other))
    for way in (means.ours_of, means.theirs_of):
        assert 0 <= way(low) <= way(high) <= 1
    theirs, ours = zip(*means.pairs, strict=True)
    assert list(theirs) == sorted(set(theirs))
    assert list(ours) == sorted(ours)
    assert (theirs[0], theirs[-1], ours[0]) == (0, 1, 0)


@given(PAIRS)
def test_at_its_pairs_as_many_comments_reach_the_one_score_as_the_other(pairs):
    theirs, ours = columns(pairs)
    assume(len(set(ours)) == len(ours))
    means = monotone_map(theirs, ours)
    for score in {there for there, _ in means.pairs} & set(theirs):
        assume(score > 0)
        assert (ours >= means.ours_of(score)).sum() == (theirs >= score).sum()


@settings(deadline=None)  # many looks into a map, on a machine that may be busy
@given(PAIRS, UNIT.filter(bool))
def test_at_the_threshold_in_use_the_map_holds_what_the_threshold_found_for_it_holds(pairs, there):
    theirs, ours = columns(pairs)
    here = same_share(theirs, ours, there)
    assume(here is not None)
    means = monotone_map(theirs, ours, (there, here))
    assert (there, here) in means.pairs
    assert [score for score, _ in means.pairs] == sorted({score for score, _ in means.pairs})
    assert [score for _, score in means.pairs] == sorted(score for _, score in means.pairs)
    assert means.ours_of(there) == here
    for score in {*ours, here, np.nextafter(here, 0), np.nextafter(here, 1)}:
        assert (means.theirs_of(float(score)) >= there) == (score >= here)


@given(PAIRS)
def test_the_two_ways_of_the_map_undo_each_other_at_its_pairs(pairs):
    means = monotone_map(*columns(pairs))
    for there, here in means.pairs:
        last = max(one for one, other in means.pairs if other == here)
        assert means.ours_of(there) == here
        assert means.theirs_of(here) >= last
        assert means.ours_of(means.theirs_of(here)) == here


def test_between_its_pairs_the_map_is_a_straight_line():
    means = monotone_map(np.array([0.2, 0.6]), np.array([0.1, 0.3]))
    assert means.ours_of(0.4) == pytest.approx(0.2)
    assert means.theirs_of(0.2) == pytest.approx(0.4)
    assert means.ours_of(0.1) == pytest.approx(0.05)
    assert (means.ours_of(0), means.ours_of(1)) == (0, 1)


@pytest.mark.parametrize(
    ("counts", "same", "kappa", "precision", "recall"),
    [
        ((20, 5, 10, 15), 0.7, 0.4, 20 / 30, 0.8),  # the textbook case
        ((5, 0, 0, 5), 1.0, 1.0, 1.0, 1.0),
        ((0, 5, 5, 0), 0.0, -1.0, 0.0, 0.0),
        ((0, 0, 0, 9), 1.0, None, None, None),
        ((9, 0, 0, 0), 1.0, None, 1.0, 1.0),
        ((0, 3, 0, 9), 0.75, 0.0, None, 0.0),
        ((0, 0, 0, 0), None, None, None, None),
    ],
)
def test_agreement_is_told_in_the_usual_figures(counts, same, kappa, precision, recall):
    found = Agreement(*counts)
    assert (found.same, found.precision, found.recall) == (same, precision, recall)
    assert found.kappa == (None if kappa is None else pytest.approx(kappa))


@given(st.lists(st.tuples(st.booleans(), st.booleans())))
def test_every_comment_is_counted_once(answers):
    theirs, ours = (np.array([pair[k] for pair in answers], dtype=bool) for k in (0, 1))
    found = agreement(theirs, ours)
    assert found.comments == len(answers)
    assert (found.held_there, found.held_here) == (theirs.sum(), ours.sum())
