"""The statement of reasons, as it can be shown to a comment's author."""

from typing import Any, Final, get_args

from marshmallow import fields, validate

from service.moderation.statement import State
from service.schemas.fields import Instant, Rounded, Strict

ENDPOINT: Final = "/v1/comments/{}/appeals"
PARTS: Final = ("facts", "automated", "ground", "contest")
"""Fields that are made of the whole statement."""


class FindingSchema(Strict):
    """What a score said: it reached the policy's threshold."""

    attribute = fields.String(required=True)
    score = Rounded(required=True)
    threshold = Rounded(required=True)


class FactsSchema(Strict):
    """On what it rests: scores that reached a threshold, a moderator's labels, the policy's rules, readers' reports."""

    findings = fields.List(fields.Nested(FindingSchema), required=True)
    labels = fields.List(fields.String(), required=True)
    rules = fields.List(fields.String(), required=True)
    reported = fields.Boolean(required=True)


class AutomatedSchema(Strict):
    """Whether a machine brought the comment up, and whether it decided."""

    detection = fields.Boolean(attribute="automated_detection", required=True)
    decision = fields.Boolean(attribute="automated_decision", required=True)


class GroundSchema(Strict):
    """The law or the site's terms, and which of them, if that was said."""

    kind = fields.String(attribute="ground", validate=validate.OneOf(["legal", "contractual"]), required=True)
    term = fields.String(required=True, allow_none=True)


class RedressSchema(Strict):
    """How the site contests it for the author, and until when."""

    method = fields.String(dump_default="POST", required=True)
    path = fields.Function(lambda statement: ENDPOINT.format(statement.comment_id), required=True)
    until = Instant(attribute="contest_until", required=True)


class StatementSchema(Strict):
    """Why a comment was rejected; `text` says all of it in plain English. Nobody is named or quoted."""

    comment_id = fields.String(required=True)
    state = fields.String(validate=validate.OneOf(get_args(State)), required=True)
    restriction = fields.String(validate=validate.OneOf(["not_published", "removed"]), required=True)
    since = Instant(required=True)
    facts = fields.Nested(FactsSchema, required=True)
    automated = fields.Nested(AutomatedSchema, required=True)
    ground = fields.Nested(GroundSchema, required=True)
    contest = fields.Nested(RedressSchema, required=True)
    redress = fields.List(fields.String(), required=True)
    language = fields.String(dump_default="en", required=True)
    text = fields.String(required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """A part of the answer is made of the same statement."""
        return obj if attr in PARTS else super().get_attribute(obj, attr, default)
