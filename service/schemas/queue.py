"""The queue: what moderators ask for, decide and see."""

from typing import Any, get_args

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from model import ATTRIBUTES
from service.moderation.comment import LABELS, Action
from service.moderation.judge import REASON_CODES
from service.schemas.appeals import AppealSchema
from service.schemas.comments import (
    LANGUAGE,
    CommentSchema,
    HistoryEntrySchema,
    SpanSchema,
)
from service.schemas.fields import (
    Flag,
    Id,
    Instant,
    QueryFlag,
    Strict,
    Text,
    Time,
    Whole,
    cursor_field,
    limit_field,
    ms_of,
)
from service.schemas.reports import NoteSchema, ReaderReportsSchema
from service.schemas.reviews import ReviewItemSchema
from service.store.queue import Decision, Order, Shelf
from service.store.records import STATUSES


class ShelfFields(Strict):
    """The queue's filters."""

    reason = fields.String(validate=validate.OneOf(REASON_CODES))
    attribute = fields.String(validate=validate.OneOf(ATTRIBUTES))
    section = Text(least=1, most=100)
    order = fields.String(validate=validate.OneOf(get_args(Order)), load_default="priority")


class QueueQuerySchema(ShelfFields):
    """A look at the queue."""

    escalated = QueryFlag(load_default=False)
    limit = limit_field()
    cursor = cursor_field()


class ClaimRequestSchema(ShelfFields):
    """Comments to lease, 1 to 1,000 for 5 to 3,600 seconds; `older_than` is a time of arrival."""

    limit = Whole(load_default=10, validate=validate.Range(1, 1000))
    lease_seconds = Whole(load_default=300, validate=validate.Range(5, 3600))
    language = Text(most=35, validate=[LANGUAGE])
    older_than = Time(metadata={"description": "Comments that arrived up to this time."})
    escalated = Flag(load_default=False)
    reviews = Flag(
        load_default=False, metadata={"description": "Claims blind reviews in place of comments, as `reviews`."}
    )

    @validates_schema
    def blind(self, wanted: dict[str, Any], **_: Any) -> None:
        """Why a comment was in the queue must not show in which reviews there are."""
        told = [name for name in ("reason", "attribute", "escalated") if wanted.get(name)]
        if wanted["reviews"] and told:
            raise ValidationError("Reviews are not narrowed by this.", told[0])


class RenewSchema(Strict):
    """How long a claim goes on from now: 5 to 3,600 seconds."""

    lease_seconds = Whole(load_default=300, validate=validate.Range(5, 3600))


class DecisionFields(Strict):
    """What a moderator says of a comment."""

    action = fields.String(validate=validate.OneOf(get_args(Action)), required=True)
    labels = fields.List(
        fields.String(validate=validate.OneOf(LABELS)), load_default=list, validate=validate.Length(max=len(LABELS))
    )
    note = Text(most=2000, allow_none=True)
    term = Text(most=200, allow_none=True)
    claim = Id(allow_none=True)
    override = Flag(load_default=False)
    revision = Whole(allow_none=True, validate=validate.Range(1))


class DecisionSchema(DecisionFields):
    """A decision on the comment that the address names."""


class IdentifiedDecisionSchema(DecisionFields):
    """A decision in bulk."""

    id = Id(required=True)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Decision:
        """A frozen value; a label said twice is said once."""
        return decision_from(values)


class BulkDecisionsSchema(Strict):
    """Up to 1,000 decisions; each stands or is refused by itself."""

    decisions = fields.List(fields.Nested(IdentifiedDecisionSchema), required=True, validate=validate.Length(1, 1000))


class DecidedSchema(Strict):
    """Where a comment stands after a decision or its undoing."""

    id = fields.String(required=True)
    status = fields.String(validate=validate.OneOf(STATUSES), required=True)


class DecisionOutcomesSchema(Strict):
    """One result a decision, in order: where the comment stands, or a problem."""

    results = fields.List(fields.Dict(), required=True)


class AuthorCountsSchema(Strict):
    """How many of an author's comments stand where."""

    approved = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    rejected = fields.Integer(required=True)


class ParentSchema(Strict):
    """The comment that was answered, where it is kept."""

    id = fields.String(required=True)
    body = fields.String(required=True)
    status = fields.String(validate=validate.OneOf(STATUSES), required=True)


class QueueItemSchema(CommentSchema):
    """A pending comment with what a moderator needs to decide."""

    spans = fields.List(fields.Nested(SpanSchema), required=True)
    spans_model = fields.String(
        required=True, metadata={"description": "The version that the spans are of: the one in force now."}
    )
    parent = fields.Nested(ParentSchema, required=True, allow_none=True)
    author_comments = fields.Nested(AuthorCountsSchema, required=True, allow_none=True)
    history = fields.List(fields.Nested(HistoryEntrySchema), required=True)
    reports = fields.Nested(ReaderReportsSchema, required=True, allow_none=True)
    notes = fields.List(fields.Nested(NoteSchema), required=True)
    appeal = fields.Nested(AppealSchema, required=True, allow_none=True)
    escalated_by = fields.String(required=True, allow_none=True)
    claimed_by = fields.String(required=True, allow_none=True)
    lease_ends = Instant(required=True, allow_none=True)


class QueuePageSchema(Strict):
    """Pending comments in order, those that somebody holds last."""

    items = fields.List(fields.Nested(QueueItemSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ClaimSchema(Strict):
    """Comments, or reviews where these were claimed, that are this moderator's until `expires_at`."""

    claim = fields.String(required=True)
    expires_at = Instant(required=True)
    items = fields.List(fields.Nested(QueueItemSchema), required=True)
    reviews = fields.List(fields.Nested(ReviewItemSchema), metadata={"description": "Only where reviews were claimed."})


class RenewedSchema(Strict):
    """What a claim still holds, and until when."""

    claim = fields.String(required=True)
    expires_at = Instant(required=True)
    ids = fields.List(fields.String(), required=True)


class DurationsSchema(Strict):
    """Seconds from arrival, over the last 1,000; null before the first."""

    median = fields.Float(required=True, allow_none=True)
    p95 = fields.Float(required=True, allow_none=True)


class QueueCountsSchema(Strict):
    """The queue in figures."""

    pending = fields.Integer(required=True)
    claimed = fields.Integer(required=True)
    escalated = fields.Integer(required=True)
    reviews = fields.Integer(required=True, metadata={"description": "Blind reviews that wait for an answer."})
    oldest_seconds = fields.Float(required=True, allow_none=True)
    by_reason = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    by_attribute = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    time_to_claim = fields.Nested(DurationsSchema, required=True)
    time_to_decision = fields.Nested(DurationsSchema, required=True)


def shelf_from(values: dict[str, Any]) -> Shelf:
    """The filters of a request as a value."""
    language = values.get("language")
    return Shelf(
        reason=values.get("reason"),
        attribute=values.get("attribute"),
        section=values.get("section"),
        language=language.split("-")[0].lower() if language else None,
        older_than=max(1, ms_of(values["older_than"])) if "older_than" in values else 0,
        escalated=values.get("escalated", False),
        reviews=values.get("reviews", False),
    )


def decision_from(values: dict[str, Any]) -> Decision:
    """A decision as a value; a label said twice is said once."""
    return Decision(**{**values, "labels": tuple(dict.fromkeys(values["labels"]))})
