"""Policy, events, model, health, and the form of every problem."""

from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, pre_dump, validate, validates_schema

from model import ATTRIBUTES
from service.moderation.policy import Mode, OnUnknownLanguage
from service.schemas.fields import Flag, Instant, Pattern, Probability, QueryInteger, Strict, Text, limit_field

EVENT_TYPES = (
    "comment.held",
    "comment.approved",
    "comment.rejected",
    "comment.escalated",
    "comment.edited",
    "comment.erased",
    "decision.made",
    "decision.undone",
    "model.published",
)


class ThresholdSchema(Strict):
    """Scores from which an attribute holds or rejects; null is never."""

    hold = Probability(required=True, allow_none=True)
    reject = Probability(required=True, allow_none=True)

    @validates_schema
    def ordered(self, values: dict[str, Any], **_: Any) -> None:
        """What is rejected would be held, too."""
        hold, reject = values.get("hold"), values.get("reject")
        if hold is not None and reject is not None and reject < hold:
            raise ValidationError("A rejection's threshold is not below the one that holds.", "reject")


class RepeatsSchema(Strict):
    """The n-th exact copy within `seconds` is held; `hold` null is never."""

    hold = fields.Integer(strict=True, required=True, allow_none=True, validate=validate.Range(2, 1000))
    seconds = fields.Integer(strict=True, required=True, validate=validate.Range(60, 7 * 86400))


class RateSchema(Strict):
    """What a named author posts beyond `limit` comments in `seconds` is held; null is no limit."""

    limit = fields.Integer(strict=True, required=True, allow_none=True, validate=validate.Range(1, 100_000))
    seconds = fields.Integer(strict=True, required=True, validate=validate.Range(1, 86400))


class PolicySchema(Strict):
    """The newsroom's policy. `version` is the one that is edited; a stale one is refused with 409."""

    version = fields.Integer(strict=True, required=True, validate=validate.Range(1))
    thresholds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(ATTRIBUTES)),
        values=fields.Nested(ThresholdSchema),
        required=True,
    )
    mode = fields.String(validate=validate.OneOf(get_args(Mode)), required=True)
    repeats = fields.Nested(RepeatsSchema, required=True)
    author_rate = fields.Nested(RateSchema, required=True)
    unknown_language = fields.String(validate=validate.OneOf(get_args(OnUnknownLanguage)), required=True)


class PolicyVersionSchema(Strict):
    """A kept version; the default, version 1, has neither time nor author."""

    version = fields.Integer(required=True)
    at = Instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    policy = fields.Nested(PolicySchema, required=True)


class PolicyVersionsSchema(Strict):
    """All versions, newest first."""

    items = fields.List(fields.Nested(PolicyVersionSchema), required=True)


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


class ModelSchema(Strict):
    """The model that scores now."""

    version = fields.String(required=True)
    digest = fields.String(required=True, metadata={"description": "SHA-256 of its manifest."})
    attributes = fields.List(fields.String(), required=True)
    thresholds = fields.Dict(
        keys=fields.String(),
        values=Probability(),
        required=True,
        metadata={"description": "The hold thresholds that the model comes with."},
    )


class ModelChoiceSchema(Strict):
    """A version that the site may use; null takes back the site's last publication."""

    version = Text(least=1, most=100, required=True, allow_none=True)
    reason = Text(most=500, load_default="")


class OfferSchema(Strict):
    """A model that the site may use; the one that came with the service has neither time nor publisher."""

    version = fields.String(required=True)
    digest = fields.String(required=True)
    published_at = Instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    in_force = Flag(required=True)


class ModelsSchema(Strict):
    """All of them, newest first."""

    items = fields.List(fields.Nested(OfferSchema), required=True)


class HealthSchema(Strict):
    """Whether the process, or all that it needs, is there; `problems` in words."""

    status = fields.String(validate=validate.OneOf(["ok", "unready"]), required=True)
    problems = fields.List(fields.String())


class ProblemSchema(Schema):
    """What went wrong, as RFC 9457 says it; `errors` maps a field's path to what is wrong with it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
