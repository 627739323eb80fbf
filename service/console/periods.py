"""A range of whole days, as a form says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import marshmallow as ma
from marshmallow import ValidationError, fields, validate

from service.moderation.figures import Bucket
from service.schemas.stats import BUCKETS
from service.store.stats import DAY_MS

SHORT: Final = 2 * DAY_MS
"""Ranges up to this are counted by the hour, unless somebody says."""

PRESETS: Final = (("Today", 1), ("7 days", 7), ("30 days", 30))
"""Ranges that end today, by their length in days."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of a day (ms) up to the end of one; None for what was not said."""

    since: int | None
    until: int | None
    bucket: Bucket


@dataclass(frozen=True, slots=True)
class Preset:
    """A range that is a link: the days that begin and end it, and whether it is the one that is shown."""

    label: str
    first: str
    last: str
    here: bool


class PeriodSchema(ma.Schema):
    """Days in UTC (`2026-11-26`); both are counted."""

    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")

    @ma.validates_schema
    def ordered(self, values: dict[str, Any], **_: Any) -> None:
        """A range does not end before it begins."""
        if "first" in values and "last" in values and values["first"] > values["last"]:
            raise ValidationError("The last day lies before the first.", "to")


class StatsPeriodSchema(PeriodSchema):
    """Days, and in which steps they are counted."""

    bucket = fields.String(validate=validate.OneOf(BUCKETS))


def period_of(values: Mapping[str, Any]) -> Period:
    """What a form says; short ranges are counted by the hour."""
    since = _midnight(values["first"]) if "first" in values else None
    until = _midnight(values["last"]) + DAY_MS if "last" in values else None
    short = since is not None and until is not None and until - since <= SHORT
    return Period(since, until, values.get("bucket") or ("hour" if short else "day"))


def presets(now: int, since: int, until: int) -> list[Preset]:
    """The ranges that end today; `since` and `until` (ms) are of what is shown."""
    tomorrow = now // DAY_MS * DAY_MS + DAY_MS
    return [
        Preset(
            label,
            day_of(tomorrow - days * DAY_MS),
            day_of(now),
            (day_of(since), day_of(until - 1)) == (day_of(tomorrow - days * DAY_MS), day_of(now)),
        )
        for label, days in PRESETS
    ]


def sent_of(asked: Mapping[str, Any], since: int, until: int) -> dict[str, str]:
    """What stands in the form: what was asked for, and for what was not, what was counted (ms)."""
    counted = {"first": day_of(since), "last": day_of(max(since, until - 1)), "bucket": ""}
    first, last, bucket = (str(asked.get(name, one)) for name, one in counted.items())
    return {"from": first, "to": last, "bucket": bucket}


def day_of(ms: int) -> str:
    """The day that holds a time: 2026-11-26."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
