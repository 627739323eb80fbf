"""The newsroom's policy: what an editor sends and sees."""

from typing import Any, get_args

from marshmallow import ValidationError, fields, validate, validates_schema

from model import ATTRIBUTES
from service.moderation.policy import Mode, OnUnknownLanguage
from service.schemas.fields import Instant, Probability, Strict


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
