"""Campaigns: what moderators see of them and say of them."""

from typing import Any, get_args

from marshmallow import fields, post_load, validate

from service.moderation.comment import LABELS
from service.schemas.comments import ReasonSchema
from service.schemas.fields import Flag, Instant, Strict, Text, cursor_field, limit_field
from service.store.campaigns import BulkAction, Said
from service.store.records import STATUSES


class CampaignQuerySchema(Strict):
    """A page of campaigns, or of a campaign's members."""

    limit = limit_field()
    cursor = cursor_field()


class CampaignSchema(Strict):
    """Near copies, and where they stand; `sample` is the text of one of them."""

    id = fields.String(required=True)
    size = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    approved = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    sample = fields.String(required=True, allow_none=True)
    sample_id = fields.String(required=True)
    first_seen = Instant(required=True)
    last_seen = Instant(required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    decided_by = fields.String(required=True, allow_none=True)
    action = fields.String(required=True, allow_none=True)


class CampaignPageSchema(Strict):
    """Campaigns with pending members, those with the most of them first."""

    items = fields.List(fields.Nested(CampaignSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class MemberSchema(Strict):
    """A member of a campaign; `ruled` where it met the campaign's decision on its arrival."""

    id = fields.String(required=True)
    body = fields.String(required=True, allow_none=True)
    status = fields.String(validate=validate.OneOf(STATUSES), required=True)
    received_at = Instant(attribute="received", required=True)
    decided_by = fields.String(required=True, allow_none=True)
    action = fields.String(required=True, allow_none=True)
    claimed_by = fields.String(required=True, allow_none=True)
    ruled = fields.Boolean(required=True)


class CampaignWithMembersSchema(CampaignSchema):
    """A campaign and a page of its members by arrival."""

    members = fields.List(fields.Nested(MemberSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SaidFields(Strict):
    """What a moderator says of all members."""

    action = fields.String(validate=validate.OneOf(get_args(BulkAction)), required=True)
    labels = fields.List(
        fields.String(validate=validate.OneOf(LABELS)), load_default=list, validate=validate.Length(max=len(LABELS))
    )
    note = Text(most=2000, allow_none=True)
    term = Text(most=200, allow_none=True)


class CampaignDecisionSchema(SaidFields):
    """What a moderator says of all members; `dry_run` says which they are and changes nothing."""

    dry_run = Flag(load_default=False)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> tuple[Said, bool]:
        """What is said, and whether it is only to be looked at."""
        dry_run = values.pop("dry_run")
        return said_from(values), dry_run


class SkippedSchema(Strict):
    """A member that stays as it is."""

    id = fields.String(required=True)
    why = fields.String(
        validate=validate.OneOf(["claimed", "decided", "edited", "appealed", "escalated"]), required=True
    )
    by = fields.String(required=True, allow_none=True)


class ReachedSchema(Strict):
    """How many members were reached and which, up to 1,000 of each kind."""

    id = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    reached = fields.Integer(required=True)
    ids = fields.List(fields.String(), required=True)
    skipped = fields.Integer(required=True)
    skips = fields.List(fields.Nested(SkippedSchema), required=True)


def said_from(values: dict[str, Any]) -> Said:
    """What is said as a value; a label said twice is said once."""
    return Said(**{**values, "labels": tuple(dict.fromkeys(values["labels"]))})
