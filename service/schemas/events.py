"""What happened on a site, as its engineers read it."""

from typing import Any

from marshmallow import fields, pre_dump, validate

from service.schemas.fields import Instant, Pattern, QueryInteger, Strict, limit_field

EVENT_TYPES = (
    "comment.held",
    "comment.approved",
    "comment.rejected",
    "comment.escalated",
    "comment.urgent",
    "comment.edited",
    "comment.erased",
    "comment.reported",
    "comment.appealed",
    "appeal.decided",
    "decision.made",
    "decision.undone",
    "model.published",
    "model.drifted",
    "campaign.found",
)


class EventQuerySchema(Strict):
    """Where to go on, how many, and how long to wait for the first: up to 30 seconds."""

    after = fields.String(load_default="", validate=Pattern(r"([0-9]{1,15}-[0-9]{1,15})?", error="Not a cursor."))
    limit = limit_field(100)
    wait = QueryInteger(load_default=0, validate=validate.Range(0, 30))


class EventSchema(Strict):
    """One happening; `data` has figures and reasons, never a comment's text."""

    id = fields.String(required=True)
    type = fields.String(validate=validate.OneOf(EVENT_TYPES), required=True)
    at = Instant(required=True)
    comment_id = fields.String()
    data = fields.Dict(required=True)

    @pre_dump
    def without_nothing(self, event: Any, **_: Any) -> dict[str, Any]:
        """An event of no comment has no `comment_id`."""
        kept = {"id": event.id, "type": event.type, "at": event.at, "data": event.data}
        return kept if event.comment_id is None else {**kept, "comment_id": event.comment_id}


class EventPageSchema(Strict):
    """Events in order; `next_cursor` goes on behind the last one."""

    items = fields.List(fields.Nested(EventSchema), required=True)
    next_cursor = fields.String(required=True)
