"""The audit log, as a site's administrator reads it."""

from typing import Any

from marshmallow import fields, post_load

from service.schemas.fields import DIGITS, Instant, Pattern, Strict, Text, Time, limit_field, ms_of
from service.store.audit import Wanted

CURSOR = Pattern(rf"[0-9]{{1,{DIGITS}}}-[0-9]{{1,{DIGITS}}}", error="Not a cursor.")


class AuditQuerySchema(Strict):
    """What a look at the log is narrowed to; `from` is included, `to` is not."""

    since = Time(data_key="from")
    until = Time(data_key="to")
    by = Text(least=1, most=200)
    act = Text(least=1, most=100)
    limit = limit_field()
    cursor = fields.String(validate=CURSOR)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> tuple[Wanted, int, str | None]:
        """What is wanted, the limit and the cursor; times before 1970 are before all that is kept."""
        limit, cursor = values.pop("limit"), values.pop("cursor", None)
        values |= {name: max(0, ms_of(values[name])) for name in ("since", "until") if name in values}
        return Wanted(**values), limit, cursor


class ActSchema(Strict):
    """Who did what to which comment, and when; `data` has ids and figures, never a text."""

    id = fields.String(required=True)
    at = Instant(required=True)
    by = fields.String(required=True)
    act = fields.String(required=True)
    on = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)


class AuditPageSchema(Strict):
    """A page, newest first; `searched` says how many lines were looked at for it."""

    items = fields.List(fields.Nested(ActSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    searched = fields.Integer(required=True)
