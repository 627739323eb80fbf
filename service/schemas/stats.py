"""Figures over time: what is asked for, and what is answered."""

from typing import Any, Final, get_args

from marshmallow import ValidationError, fields, validate, validates_schema

from service.moderation.figures import Bucket
from service.schemas.fields import Instant, Rounded, Strict, Time

BUCKETS: Final = get_args(Bucket)


class RangeSchema(Strict):
    """A range of time; without an end it ends now."""

    since = Time(data_key="from", metadata={"description": "Its beginning, rounded down to a bucket's."})
    until = Time(data_key="to", metadata={"description": "Its end, rounded up to a bucket's."})

    @validates_schema
    def ordered(self, values: dict[str, Any], **_: Any) -> None:
        """A range does not end before it begins."""
        if "since" in values and "until" in values and values["since"] > values["until"]:
            raise ValidationError("The end lies before the beginning.", "to")


class StatsQuerySchema(RangeSchema):
    """A range in buckets of an hour or a day (UTC)."""

    bucket = fields.String(validate=validate.OneOf(BUCKETS), load_default="day")


class TimesSchema(Strict):
    """Seconds, each within a tenth; null where nothing was timed."""

    count = fields.Integer(required=True)
    median = Rounded(required=True, allow_none=True)
    p95 = Rounded(required=True, allow_none=True)


class ShareSchema(Strict):
    """A share with its interval at 95 % (Wilson), and the size of the sample; null where there is none."""

    count = fields.Integer(required=True)
    sample = fields.Integer(required=True)
    rate = Rounded(required=True, allow_none=True)
    low = Rounded(required=True, allow_none=True)
    high = Rounded(required=True, allow_none=True)


class VerdictCountsSchema(Strict):
    """Comments by the machine's verdict on arrival."""

    approve = fields.Integer(required=True)
    hold = fields.Integer(required=True)
    reject = fields.Integer(required=True)


class DecisionCountsSchema(Strict):
    """Decisions by action, those that were undone later among them."""

    approve = fields.Integer(required=True)
    reject = fields.Integer(required=True)
    escalate = fields.Integer(required=True)


class AppealOutcomesSchema(Strict):
    """How appeals ended for the comment."""

    approved = fields.Integer(required=True)
    rejected = fields.Integer(required=True)


class ReviewCountsSchema(Strict):
    """Answers to review items: second looks at decisions, and at the machine's approvals (the audit sample)."""

    reviewed = fields.Integer(required=True)
    disagreed = fields.Integer(required=True)
    audited = fields.Integer(required=True)
    audited_wrong = fields.Integer(required=True)


class HappeningsSchema(Strict):
    """What happened in a stretch of time."""

    comments = fields.Integer(required=True)
    verdicts = fields.Nested(VerdictCountsSchema, required=True)
    decisions = fields.Nested(DecisionCountsSchema, required=True)
    undone = fields.Integer(required=True)
    edited = fields.Integer(required=True)
    erased = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    appealed = fields.Integer(required=True)
    appeals = fields.Nested(AppealOutcomesSchema, required=True)
    reviews = fields.Nested(ReviewCountsSchema, required=True)
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "Comments that other systems asked about, by whose client asked and what came of it."},
    )
    suggestions = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Labelled examples that other systems sent, by whose client it was."},
    )
    time_to_claim = fields.Nested(TimesSchema, required=True)
    time_to_decision = fields.Nested(TimesSchema, required=True)


class BucketSchema(HappeningsSchema):
    """One bucket."""

    at = Instant(required=True)


class ModelAgreementSchema(Strict):
    """How moderators agree with the model about an attribute."""

    confirmed = fields.Nested(ShareSchema, required=True)
    missed = fields.Integer(required=True)


class ShiftSchema(Strict):
    """How far one thing has moved; `drifted` is null where the sample is too small to say."""

    value = Rounded(required=True)
    threshold = fields.Float(required=True)
    sample = fields.Integer(required=True)
    drifted = fields.Boolean(required=True, allow_none=True)


class MovedSchema(Strict):
    """By language: the population stability index of each attribute's scores, and the divergence of words in bits."""

    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Nested(ShiftSchema)),
        required=True,
    )
    words = fields.Dict(keys=fields.String(), values=fields.Nested(ShiftSchema), required=True)


class DriftSchema(Strict):
    """How far comments have moved from what the model in force saw; null where it does not say what it saw."""

    model = fields.String(required=True)
    since = Instant(required=True, data_key="from")
    until = Instant(required=True, data_key="to")
    drift = fields.Nested(MovedSchema, required=True, allow_none=True, data_key="moved")
    alarmed_since = Instant(required=True, allow_none=True)


class StatsSchema(Strict):
    """The range that was counted, bucket by bucket, and all of it together."""

    since = Instant(required=True, data_key="from")
    until = Instant(required=True, data_key="to")
    bucket = fields.String(validate=validate.OneOf(BUCKETS), required=True)
    buckets = fields.List(fields.Nested(BucketSchema), required=True)
    totals = fields.Nested(HappeningsSchema, required=True)
    agreement = fields.Dict(keys=fields.String(), values=fields.Nested(ModelAgreementSchema), required=True)
    drift = fields.Nested(DriftSchema, required=True)
