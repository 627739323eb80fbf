"""Appeals: what an author says, and what becomes of it."""

from marshmallow import fields, validate

from service.schemas.fields import Instant, Strict, Text
from service.store.records import STATUSES


class ContestSchema(Strict):
    """An appeal; the author's statement has up to 5,000 characters."""

    statement = Text(most=5000, trim=True, allow_none=True)


class ContestedSchema(Strict):
    """Where the comment stands, and since when the rejection is contested."""

    id = fields.String(required=True)
    status = fields.String(validate=validate.OneOf(STATUSES), required=True)
    appealed_at = Instant(required=True)


class AppealSchema(Strict):
    """A comment's last appeal; `of` rejected it, null for the machine. Only moderators are shown the `statement`."""

    at = Instant(required=True)
    revision = fields.Integer(required=True)
    statement = fields.String(required=True, allow_none=True)
    of = fields.String(required=True, allow_none=True)
    outcome = fields.String(validate=validate.OneOf(["upheld", "reversed"]), required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
