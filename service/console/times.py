"""Times in forms: a moment in UTC, and an end counted from now."""

from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import fields, validate

from service.store.retention import now_ms

DAY_MS: Final = 86_400_000

TERMS: Final[dict[str, tuple[str, int | None]]] = {
    "day": ("1 day", DAY_MS),
    "week": ("1 week", 7 * DAY_MS),
    "month": ("1 month (30 days)", 30 * DAY_MS),
    "ever": ("for ever", None),
}
"""How long something may be in force: its words, and ms or None for no end."""


class Moment(fields.NaiveDateTime):
    """What a browser's field for date and time sends, taken as UTC: milliseconds since 1970, 0 for all before."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", error_messages={"invalid": "Write it as 2026-11-26T14:30, in UTC."}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not value[:4].isdigit():
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if moment.tzinfo is not None:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return max(0, int(moment.replace(tzinfo=UTC).timestamp() * 1000))


def term_field() -> fields.String:
    """For how long, by its code in `TERMS`; without a word for ever."""
    return fields.String(load_default="ever", validate=validate.OneOf(list(TERMS), error="Choose one of these."))


def end_of(term: str) -> int | None:
    """When a term that begins now ends, in ms; None for never."""
    ms = TERMS[term][1]
    return None if ms is None else now_ms() + ms
