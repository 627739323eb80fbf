"""Readers' reports and moderators' notes."""

from typing import Any

from marshmallow import fields, post_load, validate

from service.schemas.fields import Address, Instant, Strict, Text
from service.store.records import STATUSES
from service.store.reports import Report


class ReportSchema(Strict):
    """A reader's report. `reporter_ip` is the reader's address; the address of the request is never looked at."""

    reporter_id = Text(least=1, most=128, required=True)
    reporter_ip = Address(allow_none=True, load_default=None)
    reason = Text(least=1, most=64, trim=True, required=True)
    note = Text(most=2000, trim=True, allow_none=True, load_default=None)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Report:
        """A frozen value."""
        return Report(values["reporter_id"], values["reason"], values["note"], values["reporter_ip"])


class ReportedSchema(Strict):
    """Where the comment stands after a report."""

    id = fields.String(required=True)
    status = fields.String(validate=validate.OneOf(STATUSES), required=True)


class ReportEntrySchema(Strict):
    """What a reader said, and what the report weighed, from 0 to 1."""

    at = Instant(required=True)
    weight = fields.Float(required=True)
    reason = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


class ReaderReportsSchema(Strict):
    """The reports of a comment: how many readers, what they weigh together, and the words of the first."""

    count = fields.Integer(required=True)
    weight = fields.Float(required=True)
    reasons = fields.List(fields.Nested(ReportEntrySchema), required=True)


class NoteTextSchema(Strict):
    """A note to colleagues, 1 to 2,000 characters once trimmed."""

    text = Text(least=1, most=2000, trim=True, required=True)


class NoteSchema(Strict):
    """A note, who wrote it and when."""

    at = Instant(required=True)
    by = fields.String(required=True)
    text = fields.String(required=True)


class NotesSchema(Strict):
    """The notes on a comment, oldest first, the newest 200 of them."""

    items = fields.List(fields.Nested(NoteSchema), required=True)
