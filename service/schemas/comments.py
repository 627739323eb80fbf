"""Comments: posted, edited, listed, and what is answered."""

from typing import Any, Final

from flask import current_app
from marshmallow import fields, post_dump, post_load, validate, validates

from model import ATTRIBUTES
from service.intake import Placed, Post
from service.moderation.comment import STATUS_OF, Article, Author, Submission
from service.moderation.judge import REASON_CODES
from service.schemas.appeals import AppealSchema
from service.schemas.fields import (
    Address,
    Flag,
    Id,
    Instant,
    Pattern,
    Rounded,
    Strict,
    Text,
    Time,
    cursor_field,
    limit_field,
    rfc3339_of,
)
from service.schemas.reports import ReaderReportsSchema
from service.store.comments import Filters
from service.store.records import STATUSES

LANGUAGE = Pattern(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", error="A language is a code like 'en' or 'pt-BR'.")


class AuthorSchema(Strict):
    """Who wrote a comment, as far as the site tells."""

    id = Text(least=1, most=128, allow_none=True)
    name = Text(most=300, allow_none=True)
    email = fields.Email(allow_none=True, validate=validate.Length(max=320))
    url = Text(most=2000, allow_none=True)
    ip = Address(allow_none=True)
    user_agent = Text(most=2000, allow_none=True)
    created_at = Time(allow_none=True)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Author:
        """A frozen value."""
        return Author(**values)


class ArticleSchema(Strict):
    """Where a comment stands, as far as the site tells."""

    id = Text(least=1, most=128, allow_none=True)
    url = Text(most=2000, allow_none=True)
    title = Text(most=1000, allow_none=True)
    section = Text(least=1, most=100, trim=True, allow_none=True)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Article:
        """A frozen value."""
        return Article(**values)


class SubmissionSchema(Strict):
    """A comment's content; `body` has 1 to 10,000 characters once trimmed (`WINNOW_BODY_MAX`)."""

    body = Text(
        least=1,
        most=100_000,
        trim=True,
        required=True,
        metadata={"description": "1 to 10,000 characters once trimmed, unless WINNOW_BODY_MAX says otherwise."},
    )
    author = fields.Nested(AuthorSchema, allow_none=True)
    article = fields.Nested(ArticleSchema, allow_none=True)
    parent_id = Id(allow_none=True)
    posted_at = Time(allow_none=True)
    language = Text(most=35, allow_none=True, validate=[LANGUAGE])

    @validates("body")
    def limited(self, body: str, **_: Any) -> None:
        """The configured limit counts what trimming left."""
        most = current_app.config["WINNOW_BODY_MAX"]
        if len(body) > most:
            validate.Length(max=most)(body)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Any:
        """A frozen value; what is null is as if it had not been sent."""
        return Submission(**{name: value for name, value in values.items() if value is not None})


class PostSchema(SubmissionSchema):
    """A comment as it is posted; without `id` the service makes one."""

    id = Id(allow_none=True)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Post:
        """A frozen value."""
        comment_id = values.pop("id", None)
        return Post(super().make(values), comment_id)


class BatchSchema(Strict):
    """Up to 1,000 comments; each is checked by itself, so that a bad one costs the others nothing."""

    comments = fields.List(fields.Raw(), required=True, validate=validate.Length(1, 1000))


class ReasonSchema(Strict):
    """A rule that fired."""

    code = fields.String(validate=validate.OneOf(REASON_CODES), required=True)
    detail = fields.String(required=True)
    attribute = fields.String(validate=validate.OneOf(ATTRIBUTES))
    score = fields.Float()
    threshold = fields.Float()

    @post_dump
    def without_nothing(self, reason: dict[str, Any], **_: Any) -> dict[str, Any]:
        """A reason without a figure has no empty ones."""
        return {name: value for name, value in reason.items() if value is not None}


REASON_FIELDS = tuple(ReasonSchema().fields)


class PlacedSchema(Strict):
    """The answer to a post."""

    id = fields.String(required=True)
    status = fields.String(validate=validate.OneOf(STATUSES), required=True)
    verdict = fields.String(attribute="judgement.verdict", validate=validate.OneOf(list(STATUS_OF)), required=True)
    scores = fields.Dict(attribute="judgement.scores", keys=fields.String(), values=fields.Float(), required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), attribute="judgement.reasons", required=True)
    model = fields.String(attribute="judgement.model", required=True)
    policy = fields.Integer(attribute="judgement.policy", required=True)
    received_at = Instant(attribute="received", required=True)


def written(placed: Placed) -> dict[str, Any]:
    """What `PlacedSchema` dumps, at a tenth of its cost."""
    judgement = placed.judgement
    return {
        "id": placed.id,
        "status": judgement.status,
        "verdict": judgement.verdict,
        "scores": judgement.scores,
        "reasons": [
            {name: value for name in REASON_FIELDS if (value := getattr(reason, name)) is not None}
            for reason in judgement.reasons
        ],
        "model": judgement.model,
        "policy": judgement.policy,
        "received_at": rfc3339_of(placed.received),
    }


class HistoryEntrySchema(Strict):
    """An edit, a decision or its undoing, an appeal, or that reports or a campaign brought it into the queue."""

    kind = fields.String(
        validate=validate.OneOf(["edit", "decision", "undo", "appeal", "report", "held"]), required=True
    )
    at = Instant(required=True)
    revision = fields.Integer()
    by = fields.String()
    action = fields.String()
    labels = fields.List(fields.String())
    note = fields.String()
    term = fields.String()
    count = fields.Integer()
    weight = fields.Float()
    campaign = fields.String()
    body = fields.String(attribute="posted.body", metadata={"description": "The text that an edit replaced."})


class CommentSchema(PlacedSchema):
    """All that is kept of a comment."""

    revision = fields.Integer(required=True)
    language = fields.String(
        attribute="judgement.language",
        required=True,
        metadata={"description": "The language the model took it for, or was told."},
    )
    body = fields.String(attribute="submission.body", required=True)
    author = fields.Nested(AuthorSchema, attribute="submission.author", required=True)
    article = fields.Nested(ArticleSchema, attribute="submission.article", required=True)
    parent_id = fields.String(attribute="submission.parent_id", required=True, allow_none=True)
    posted_at = fields.String(attribute="submission.posted_at", required=True, allow_none=True)


class CommentWithHistorySchema(CommentSchema):
    """A comment and what happened to it."""

    history = fields.List(fields.Nested(HistoryEntrySchema), required=True)
    reports = fields.Nested(
        ReaderReportsSchema,
        required=True,
        allow_none=True,
        metadata={"description": "For moderators only."},
    )
    appeal = fields.Nested(AppealSchema, required=True, allow_none=True)


class CommentListSchema(Strict):
    """A page, newest first; `searched` says how many comments were looked at for it."""

    items = fields.List(fields.Nested(CommentSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    searched = fields.Integer(required=True)


class CommentQuerySchema(Strict):
    """What a list is narrowed to."""

    status = fields.String(validate=validate.OneOf(STATUSES))
    author_id = Text(least=1, most=128)
    article_id = Text(least=1, most=128)
    reason = fields.String(validate=validate.OneOf(REASON_CODES))
    q = Text(least=1, most=200)
    limit = limit_field()
    cursor = cursor_field()

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> tuple[Filters, int, str | None]:
        """The filters, the limit and the cursor."""
        limit, cursor = values.pop("limit"), values.pop("cursor", None)
        return Filters(**values), limit, cursor


class BatchResultSchema(Strict):
    """One result a comment, in order: as the answer to a post, or a problem."""

    results = fields.List(fields.Dict(), required=True)


SCORED_TEXTS: Final = 1000
SCORED_LENGTH: Final = 100_000
"""Texts that one request may have looked at without storing anything, and characters of each."""


class ScoreSchema(Strict):
    """Texts to score without storing anything."""

    texts = fields.List(Text(most=SCORED_LENGTH), required=True, validate=validate.Length(1, SCORED_TEXTS))
    explain = Flag(load_default=False)
    attributes = fields.List(fields.String(validate=validate.OneOf(ATTRIBUTES)), validate=validate.Length(1))


class SpanSchema(Strict):
    """A telling part of a text, in Unicode code points; `weight` is its share of the attribute's logit."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    attribute = fields.String(validate=validate.OneOf(ATTRIBUTES), required=True)
    weight = Rounded(required=True)


class ScoredSchema(Strict):
    """One text's scores; an attribute that the model does not know in the language is absent."""

    scores = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    language = fields.String(required=True)
    spans = fields.List(fields.Nested(SpanSchema), metadata={"description": "Only with `explain`."})


class ScoresSchema(Strict):
    """Scores in the order of the texts, and the model that gave them."""

    model = fields.String(required=True)
    results = fields.List(fields.Nested(ScoredSchema), required=True)
