"""Counts in stretches that are few enough to be seen: nothing is lost, and what is not whole is known."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.reference import BINS, Spread
from service.console.plots.charts import MOST_BARS, scores, share_said, shifts, stretches, volumes
from service.figures import WIDTH, Overview, Range, clipped
from service.moderation.drift import Shift
from service.moderation.figures import Share
from service.store.stats import DAY_MS, HOUR_MS

NOW = int(datetime(2026, 11, 26, 14, 30, tzinfo=UTC).timestamp() * 1000)


def overview(since, until, bucket):
    """A range in which each bucket has its own number of comments."""
    asked = clipped(NOW, since, until, bucket)
    starts = range(asked.since, asked.until, asked.width)
    buckets = {at: Counter(approve=1 + n % 7) for n, at in enumerate(starts)}
    return Overview(asked, buckets, sum(buckets.values(), Counter()))


@settings(deadline=None)
@given(st.integers(0, 400 * 24), st.integers(-48, 400 * 24), st.sampled_from(["hour", "day"]))
def test_stretches_are_few_hold_all_that_was_counted_and_follow_each_other(begins, lasts, bucket):
    since = NOW - begins * HOUR_MS
    found = overview(since, since + lasts * HOUR_MS, bucket)
    seen = stretches(found, NOW)
    assert len(seen.over.starts) <= MOST_BARS
    assert sum(seen.counted, Counter()) == found.totals
    assert all(
        later - one == seen.over.width for one, later in zip(seen.over.starts, seen.over.starts[1:], strict=False)
    )
    assert seen.over.width >= WIDTH[bucket]
    for place, at in enumerate(seen.over.starts):
        whole = at >= found.range.since and at + seen.over.width <= min(found.range.until, NOW)
        assert (place in seen.over.partial) != whole


def test_two_months_are_shown_by_the_day_and_a_year_by_weeks_from_monday():
    assert stretches(overview(NOW - 60 * DAY_MS, NOW, "day"), NOW).over.width == DAY_MS
    year = stretches(overview(NOW - 364 * DAY_MS, NOW, "day"), NOW)
    assert year.over.width == 7 * DAY_MS
    assert {datetime.fromtimestamp(at / 1000, UTC).weekday() for at in year.over.starts} == {0}
    assert year.over.partial == {0, len(year.over.starts) - 1}
    assert stretches(overview(NOW - 31 * DAY_MS, NOW, "hour"), NOW).over.width == 12 * HOUR_MS


def test_the_hour_that_has_not_ended_is_the_last_row_and_says_so():
    plot = volumes("v", stretches(overview(NOW - DAY_MS, NOW, "hour"), NOW))
    assert plot.rows[0][0] == "Thu 26 Nov 14:00 (in part)"
    assert not plot.rows[1][0].endswith("(in part)")


def test_an_empty_range_has_no_stretches():
    assert stretches(Overview(Range(DAY_MS, DAY_MS, DAY_MS), {}, Counter()), NOW).over.starts == []


def test_a_share_is_said_with_its_interval_and_its_sample():
    assert share_said(Share(2, 4)) == "50 % (15 % to 85 %) of 4"
    assert share_said(Share(0, 0)) == "none yet"


def test_a_shift_says_its_sample_and_whether_it_is_an_alarm():
    found = {
        "toxic": Shift(0.4, 2_000, 0.25, True),
        "spam": Shift(0.1, 2_000, 0.25, False),
        "threat": Shift(0.9, 20, 0.25, None),
    }
    plot = shifts("s", "t", ("Attribute", "comments"), found)
    assert dict(plot.rows) == {
        "toxic": "0.400 (2,000 comments), alarm",
        "spam": "0.100 (2,000 comments)",
        "threat": "0.900 (20 comments), too few to say",
    }


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=BINS, max_size=BINS))
def test_scores_are_spread_over_bins_from_0_to_1_whose_shares_add_up(seen):
    plot = scores("s", "t", Spread(100, (1 / BINS,) * BINS), seen)
    assert len(plot.rows) == BINS / 2
    assert plot.rows[0][0].startswith("0 to ")
    assert plot.rows[-1][0].endswith(" to 1")
    if sum(seen):
        shares = [0.05 if said == "under 0.1 %" else float(said.removesuffix(" %")) for _, said, _ in plot.rows]
        assert sum(shares) == pytest.approx(100, abs=1)
    else:
        assert {said for _, said, _ in plot.rows} == {"none"}
