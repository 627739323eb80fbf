"""Scales: from 0, with ticks that a person would choose."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.console.plots.scales import (
    MOST_MOMENTS,
    MOST_MOMENTS_NARROW,
    MOST_STEPS,
    amounts,
    bucket_words,
    count_words,
    counts,
    duration_words,
    durations,
    moments,
    share_words,
    shares,
)

HOUR, DAY = 3_600_000, 86_400_000


def ms(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)


def labels(scale):
    return [label for _, label in scale.ticks]


@pytest.mark.parametrize(
    ("highest", "written"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (7, ["0", "2", "4", "6", "8"]),
        (98, ["0", "20", "40", "60", "80", "100"]),
        (1_234, ["0", "500", "1,000", "1,500"]),
        (23_000, ["0", "5,000", "10k", "15k", "20k", "25k"]),
        (4_100_000, ["0", "1M", "2M", "3M", "4M", "5M"]),
    ],
)
def test_counts_stand_at_whole_round_numbers(highest, written):
    assert labels(counts(highest)) == written


@pytest.mark.parametrize(
    ("highest", "written"),
    [
        (0, ["0", "1 s"]),
        (4, ["0", "1 s", "2 s", "3 s", "4 s"]),
        (50, ["0", "10 s", "20 s", "30 s", "40 s", "50 s"]),
        (400, ["0", "2 min", "4 min", "6 min", "8 min"]),
        (5_000, ["0", "30 min", "60 min", "90 min"]),
        (30_000, ["0", "2 h", "4 h", "6 h", "8 h", "10 h"]),
        (500_000, ["0", "2 d", "4 d", "6 d"]),
    ],
)
def test_durations_stand_in_the_unit_of_their_steps(highest, written):
    assert labels(durations(highest)) == written


def test_shares_go_to_a_hundred_per_cent_and_amounts_are_small():
    assert labels(shares()) == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    assert labels(shares(0.13)) == ["0 %", "5 %", "10 %", "15 %"]
    assert labels(amounts(0.31)) == ["0", "0.1", "0.2", "0.3", "0.4"]
    assert labels(amounts(12)) == ["0", "5", "10", "15"]


@settings(deadline=None)
@given(st.sampled_from([counts, durations, amounts]), st.floats(0, 1e12), st.floats(0, 1))
def test_every_scale_begins_at_nothing_holds_its_highest_and_is_monotone(scale_of, highest, part):
    scale = scale_of(highest)
    places = [at for at, _ in scale.ticks]
    assert places[0] == 0
    assert places[-1] == pytest.approx(scale.top)
    assert scale.top >= highest * (1 - 1e-6)
    assert 2 <= len(places) <= MOST_STEPS + 1
    assert places == sorted(set(places))
    assert len(set(labels(scale))) == len(places)
    assert 0 <= scale.share(part * highest) <= scale.share(highest) <= 1


def test_a_day_is_labelled_by_hours_and_its_midnight_by_the_date():
    found = moments([ms(2026, 11, 25, 15) + n * HOUR for n in range(24)], HOUR)
    assert [one.label for one in found] == ["15:00", "18:00", "21:00", "26 Nov", "03:00", "06:00", "09:00", "12:00"]
    assert [one.label for one in found if one.narrow] == ["15:00", "21:00", "03:00", "09:00"]


def test_a_week_is_labelled_by_days_a_month_by_mondays_a_year_by_months():
    week = moments([ms(2026, 11, 20) + n * DAY for n in range(7)], DAY)
    assert [one.label for one in week][:2] == ["20 Nov", "21 Nov"]
    month = moments([ms(2026, 10, 28) + n * DAY for n in range(30)], DAY)
    assert [one.label for one in month] == ["2 Nov", "9 Nov", "16 Nov", "23 Nov"]
    assert [one.place for one in month] == [5, 12, 19, 26]
    year = moments([ms(2025, 10, 23) + n * DAY for n in range(400)], DAY)
    assert [one.label for one in year][:4] == ["Nov", "Dec", "2026", "Feb"]
    weeks = moments([ms(2025, 10, 20) + n * 7 * DAY for n in range(58)], 7 * DAY)
    assert [one.label for one in weeks][:4] == ["Nov", "Dec", "2026", "Feb"]


@settings(deadline=None)
@given(
    st.integers(0, 30_000), st.integers(0, 23), st.sampled_from([HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY]),
    st.integers(0, 600),
)  # fmt: skip
def test_moments_are_few_in_order_and_fewer_on_a_phone(day, hour, width, n):
    starts = [day * DAY + (hour * HOUR) // width * width + place * width for place in range(n)]
    found = moments(starts, width)
    assert len(found) <= MOST_MOMENTS
    assert sum(one.narrow for one in found) <= MOST_MOMENTS_NARROW
    assert [one.place for one in found] == sorted({one.place for one in found})
    assert all(0 <= one.place < n for one in found)
    assert not found or found[0].narrow
    if n * width >= 14 * DAY:
        assert found


def test_buckets_in_words():
    assert bucket_words(ms(2026, 11, 26), DAY) == "Thu 26 Nov 2026"
    assert bucket_words(ms(2026, 11, 26, 14), HOUR) == "Thu 26 Nov 14:00"
    assert bucket_words(ms(2026, 11, 23), 7 * DAY) == "week from Mon 23 Nov 2026"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "none"),
        (0, "0 s"),
        (0.42, "0.4 s"),
        (59, "59 s"),
        (59.9, "1 min"),
        (200, "3 min 20 s"),
        (3_600, "1 h"),
        (7_500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_durations_in_words(seconds, words):
    assert duration_words(seconds) == words


def test_counts_and_shares_in_words():
    assert [count_words(n) for n in (None, 0, 12_345)] == ["none", "0", "12,345"]
    assert [share_words(share) for share in (None, 0, 0.0004, 0.125, 1)] == [
        "none",
        "0 %",
        "under 0.1 %",
        "12.5 %",
        "100 %",
    ]
