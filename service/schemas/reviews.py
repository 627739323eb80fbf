"""Blind reviews: what is shown and answered, what disagrees, how far moderators agree."""

from typing import Any, get_args

from marshmallow import ValidationError, fields, validate, validates_schema

from service.moderation.comment import LABELS
from service.schemas.comments import ArticleSchema, AuthorSchema, CommentSchema
from service.schemas.fields import Instant, Rounded, Strict, Time, cursor_field, limit_field
from service.store.reviews import Answer, Kind, Right


class BlindParentSchema(Strict):
    """The comment that was answered, where it is kept."""

    id = fields.String(required=True)
    body = fields.String(required=True)


class ReviewItemSchema(Strict):
    """A comment as it was posted, and nothing that anybody said of it; `id` is the review's."""

    id = fields.String(required=True)
    body = fields.String(attribute="submission.body", required=True)
    language = fields.String(required=True)
    author = fields.Nested(AuthorSchema, attribute="submission.author", required=True)
    article = fields.Nested(ArticleSchema, attribute="submission.article", required=True)
    parent = fields.Nested(BlindParentSchema, required=True, allow_none=True)
    posted_at = fields.String(attribute="submission.posted_at", required=True, allow_none=True)
    received_at = Instant(attribute="received", required=True)


class AnswerSchema(Strict):
    """What a moderator would have decided."""

    action = fields.String(validate=validate.OneOf(get_args(Answer)), required=True)
    labels = fields.List(
        fields.String(validate=validate.OneOf(LABELS)), load_default=list, validate=validate.Length(max=len(LABELS))
    )


class AnsweredSchema(Strict):
    """The answer that was taken."""

    id = fields.String(required=True)
    action = fields.String(validate=validate.OneOf(get_args(Answer)), required=True)
    labels = fields.List(fields.String(), required=True)


class DisagreementQuerySchema(Strict):
    """A page of disagreements."""

    limit = limit_field()
    cursor = cursor_field()


class SideSchema(Strict):
    """One side; `by` is null for the machine."""

    by = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    labels = fields.List(fields.String(), required=True)


class DisagreementSchema(Strict):
    """A review that ended otherwise than what it is of; `comment` is null once it is gone or was edited."""

    id = fields.String(attribute="review.id", required=True)
    kind = fields.String(attribute="review.kind", validate=validate.OneOf(get_args(Kind)), required=True)
    comment_id = fields.String(attribute="review.comment_id", required=True)
    revision = fields.Integer(attribute="review.revision", required=True)
    comment = fields.Nested(CommentSchema, required=True, allow_none=True)
    opened_at = Instant(attribute="review.opened_at", required=True)
    answered_at = Instant(attribute="review.answered_at", required=True)
    first = fields.Nested(SideSchema, attribute="review.first", required=True)
    second = fields.Nested(SideSchema, attribute="review.second", required=True)


class DisagreementsSchema(Strict):
    """Disagreements, the longest waiting first."""

    items = fields.List(fields.Nested(DisagreementSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ResolutionSchema(Strict):
    """Who was right."""

    right = fields.String(validate=validate.OneOf(get_args(Right)), required=True)


class ResolvedSchema(Strict):
    """A disagreement that is closed."""

    id = fields.String(required=True)
    right = fields.String(validate=validate.OneOf(get_args(Right)), required=True)


class AgreementQuerySchema(Strict):
    """Whole days in UTC; by default the last 90 up to now."""

    from_ = Time(data_key="from")
    to = Time()

    @validates_schema
    def forward(self, values: dict[str, Any], **_: Any) -> None:
        """What ends before it begins is a mistake."""
        if "from_" in values and "to" in values and values["from_"] > values["to"]:
            raise ValidationError("It is before 'from'.", "to")


class AgreementSchema(Strict):
    """Cohen's kappa of `n` blind second reviews, and the share that agrees; null where it is not defined."""

    n = fields.Integer(required=True)
    observed = Rounded(required=True, allow_none=True)
    kappa = Rounded(required=True, allow_none=True)


class AgreementsSchema(Strict):
    """On the action, and on each label: whether both named it or neither did."""

    action = fields.Nested(AgreementSchema, required=True)
    labels = fields.Dict(keys=fields.String(), values=fields.Nested(AgreementSchema), required=True)


class PairSchema(Strict):
    """Two moderators, in the order of their names."""

    moderators = fields.List(fields.String(), required=True)
    action = fields.Nested(AgreementSchema, attribute="agreements.action", required=True)
    labels = fields.Dict(
        attribute="agreements.labels", keys=fields.String(), values=fields.Nested(AgreementSchema), required=True
    )


class AgreementReportSchema(AgreementsSchema):
    """All together, and by pair; the whole days that were counted go from `from` up to `to`."""

    from_ = Instant(data_key="from", required=True)
    to = Instant(required=True)
    pairs = fields.List(fields.Nested(PairSchema), required=True)
