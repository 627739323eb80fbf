"""Authors and articles: how the site stands to them."""

from typing import Any, get_args

from marshmallow import ValidationError, fields, validate, validates_schema

from service.moderation.signals import ArticleMode, Standing
from service.schemas.fields import Instant, Strict, Time, limit_field
from service.schemas.queue import AuthorCountsSchema

STANDING = validate.OneOf(get_args(Standing))
MODE = validate.OneOf([mode for mode in get_args(ArticleMode) if mode])


class StandingSchema(Strict):
    """How the site shall stand to an author; without `until` (or null) there is no end. `normal` has none."""

    standing = fields.String(required=True, validate=STANDING)
    until = Time(allow_none=True, load_default=None)

    @validates_schema
    def normal_has_no_end(self, values: dict[str, Any], **_: Any) -> None:
        """What is normal is what is so without anything in force."""
        if values.get("standing") == "normal" and values.get("until") is not None:
            raise ValidationError("A normal standing has no end.", "until")


class StandingEntrySchema(Strict):
    """A standing that was set once."""

    standing = fields.String(required=True, validate=STANDING)
    until = Instant(required=True, allow_none=True)
    by = fields.String(required=True)
    at = Instant(required=True)


class AuthorRecordSchema(Strict):
    """An author, as moderators see one."""

    id = fields.String(required=True)
    comments = fields.Nested(AuthorCountsSchema, required=True)
    standing = fields.String(required=True, validate=STANDING)
    until = Instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    at = Instant(required=True, allow_none=True)
    history = fields.List(fields.Nested(StandingEntrySchema), required=True)
    reference = fields.String(
        required=True, allow_none=True, metadata={"description": "How the audit log names the author."}
    )
    first_seen = Instant(required=True, allow_none=True)
    last_seen = Instant(required=True, allow_none=True)


class ArticleModeSchema(Strict):
    """How comments under an article shall be taken; null is as the policy says, and has no `until`."""

    mode = fields.String(required=True, allow_none=True, validate=MODE)
    until = Time(allow_none=True, load_default=None)

    @validates_schema
    def no_mode_has_no_end(self, values: dict[str, Any], **_: Any) -> None:
        """Where nothing is in force, nothing ends."""
        if "mode" in values and values["mode"] is None and values.get("until") is not None:
            raise ValidationError("Without a mode there is no end.", "until")


class ModedArticleSchema(Strict):
    """An article and the mode that is in force for it."""

    id = fields.String(required=True)
    mode = fields.String(required=True, allow_none=True, validate=MODE)
    until = Instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    at = Instant(required=True, allow_none=True)


class ArticleRecordSchema(ModedArticleSchema):
    """An article with its comments counted: all that are kept, and the newest 10,000 by status."""

    total = fields.Integer(required=True)
    comments = fields.Nested(AuthorCountsSchema, required=True)


class ArticleQuerySchema(Strict):
    """What the list of articles is narrowed to."""

    mode = fields.String(validate=MODE)
    limit = limit_field()


class ArticleListSchema(Strict):
    """Articles that have a mode, the last set first."""

    items = fields.List(fields.Nested(ModedArticleSchema), required=True)
