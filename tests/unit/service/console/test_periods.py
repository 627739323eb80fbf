"""Ranges of whole days, as a form says them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from service.console.periods import StatsPeriodSchema, day_of, period_of, presets, sent_of
from service.store.stats import DAY_MS

NOW = int(datetime(2026, 11, 26, 14, 30, tzinfo=UTC).timestamp() * 1000)
DATES = st.dates().map(date.isoformat)


def period(**sent):
    return period_of(StatsPeriodSchema().load({name.rstrip("_"): value for name, value in sent.items()}))


@given(DATES, DATES)
def test_both_days_are_counted_whole_or_the_range_is_refused(first, last):
    if first > last:
        with pytest.raises(ValidationError, match="before the first"):
            period(from_=first, to=last)
        return
    found = period(from_=first, to=last)
    assert found.since % DAY_MS == found.until % DAY_MS == 0
    assert found.until > found.since
    assert (day_of(found.since), day_of(found.until - 1)) == (first, last)


def test_short_ranges_are_counted_by_the_hour_unless_somebody_says():
    assert period(from_="2026-11-25", to="2026-11-26").bucket == "hour"
    assert period(from_="2026-11-24", to="2026-11-26").bucket == "day"
    assert period(from_="2026-11-26", to="2026-11-26", bucket="day").bucket == "day"
    assert period().bucket == "day"


def test_presets_end_today_and_know_which_is_shown():
    shown = period(from_="2026-11-20", to="2026-11-26")
    found = presets(NOW, shown.since, shown.until)
    assert [(one.label, one.first, one.last, one.here) for one in found] == [
        ("Today", "2026-11-26", "2026-11-26", False),
        ("7 days", "2026-11-20", "2026-11-26", True),
        ("30 days", "2026-10-28", "2026-11-26", False),
    ]


def test_the_form_shows_what_was_asked_for_and_else_what_was_counted():
    asked = StatsPeriodSchema().load({"from": "1999-01-01"})
    assert sent_of(asked, NOW - DAY_MS, NOW) == {"from": "1999-01-01", "to": "2026-11-26", "bucket": ""}
    assert sent_of({}, NOW, NOW) == {"from": "2026-11-26", "to": "2026-11-26", "bucket": ""}
