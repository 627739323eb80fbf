from math import nextafter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.moderation.monotone import MonotoneMap

ANY = st.floats(0, 1)
ROUGH = st.sampled_from([0.0, 5e-324, 1e-300, 0.1, 0.3, 0.5, 0.7, nextafter(0.7, 1), 0.8, nextafter(1, 0), 1.0])
UNIT = ANY | ROUGH


@st.composite
def maps(draw):
    """Every valid map: steep, flat, of two pairs or of sixty-four."""
    inner = draw(st.sets(UNIT.filter(lambda score: 0 < score < 1), max_size=62))
    theirs = sorted({0.0, 1.0, *inner})
    ours = sorted(draw(st.lists(UNIT, min_size=len(theirs), max_size=len(theirs))))
    return MonotoneMap(tuple(zip(theirs, ours, strict=True)))


@settings(deadline=None)  # many looks into a map, on a machine that may be busy
@given(maps(), UNIT, UNIT)
def test_both_ways_never_fall_and_stay_within_nought_and_one(means, one, other):
    low, high = sorted((one, other))
    for way in (means.ours_of, means.theirs_of):
        assert 0 <= way(low) <= way(high) <= 1


@settings(deadline=None)  # many looks into a map, on a machine that may be busy
@given(maps(), UNIT.filter(bool), UNIT)
def test_a_score_reaches_a_threshold_there_exactly_where_it_reaches_what_that_means_here(means, there, ours):
    assert (means.theirs_of(ours) >= there) == (ours >= means.ours_of(there))


@settings(deadline=None)  # many looks into a map, on a machine that may be busy
@given(maps(), UNIT.filter(bool))
def test_just_below_what_a_threshold_means_here_the_threshold_is_not_reached(means, there):
    here = means.ours_of(there)
    assert means.theirs_of(here) >= there
    if here > 0:
        assert means.theirs_of(nextafter(here, 0)) < there


@settings(deadline=None)  # many looks into a map, on a machine that may be busy
@given(maps())
def test_at_its_pairs_the_map_says_what_they_say(means):
    assert all(means.ours_of(theirs) == ours for theirs, ours in means.pairs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(0.0, 0.4), (0.1, 0.45), (0.2, 0.5), (0.2999999, pytest.approx(0.7)), (0.3, 0.8), (0.65, 0.9), (1.0, 1.0)],
)
def test_of_several_scores_there_that_mean_one_of_ours_it_is_the_highest(ours, theirs):
    means = MonotoneMap(((0.0, 0.0), (0.4, 0.0), (0.5, 0.2), (0.7, 0.3), (0.8, 0.3), (1.0, 1.0)))
    assert means.theirs_of(ours) == pytest.approx(theirs)


def test_where_all_of_theirs_mean_more_it_is_nothing():
    assert MonotoneMap(((0.0, 0.5), (1.0, 0.5))).theirs_of(0.4) == 0
