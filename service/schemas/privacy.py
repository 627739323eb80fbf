"""What is held of an author, as it is given out."""

from marshmallow import fields

from service.schemas.comments import CommentWithHistorySchema, HistoryEntrySchema
from service.schemas.fields import Instant, Strict


class GivenStandingSchema(Strict):
    """How the site stood to an author, and from when; who said so is not told."""

    standing = fields.String(required=True)
    at = Instant(required=True)
    until = Instant(required=True, allow_none=True)


class SaidSchema(Strict):
    """A note on a comment, or a report of it."""

    at = Instant(required=True)
    by = fields.String(metadata={"description": "The moderator; not told to the author."})
    text = fields.String()
    reason = fields.String()
    note = fields.String(allow_none=True)


class GivenNoteSchema(SaidSchema):
    """What a moderator noted, whoever it was."""

    class Meta(Strict.Meta):
        """What is left out."""

        exclude = ("by", "reason", "note")


class GivenReportSchema(SaidSchema):
    """Why a reader reported the comment; the reader's own words might tell who it was."""

    class Meta(Strict.Meta):
        """What is left out."""

        exclude = ("by", "text", "note")


class GivenSuggestionSchema(Strict):
    """As what another service's client labelled the comment, and the text that it sent; who did is not told."""

    at = Instant(required=True)
    surface = fields.String(required=True)
    text = fields.String(required=True)
    labels = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)


class AppealedSchema(Strict):
    """The author's last appeal, in the author's words, and what became of it."""

    at = Instant(required=True)
    statement = fields.String()
    outcome = fields.String()


class HeldCommentSchema(CommentWithHistorySchema):
    """A comment, what happened to it and all that was said of it."""

    notes = fields.List(fields.Nested(SaidSchema), required=True)
    appeal = fields.Nested(AppealedSchema, required=True, allow_none=True)
    reports = fields.List(fields.Nested(SaidSchema), required=True)  # type: ignore[assignment]  # words, not figures


class GivenHistoryEntrySchema(HistoryEntrySchema):
    """An edit, a decision or its undoing, by whomever."""

    class Meta(Strict.Meta):
        """What is left out."""

        exclude = ("by",)


class GivenCommentSchema(HeldCommentSchema):
    """The same for the author: moderators' words on it are in it, but neither they nor who reported it are named."""

    history = fields.List(fields.Nested(GivenHistoryEntrySchema), required=True)
    notes = fields.List(fields.Nested(GivenNoteSchema), required=True)
    reports = fields.List(fields.Nested(GivenReportSchema), required=True)
    suggestions = fields.List(fields.Nested(GivenSuggestionSchema), required=True)


class StandingOfSchema(Strict):
    """How many of an author's comments stand where, and how the site stands to them."""

    author_id = fields.String(required=True)
    comments = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    standing = fields.Nested(GivenStandingSchema, required=True, allow_none=True)
    standings = fields.List(fields.Nested(GivenStandingSchema), required=True)


class AuthorExportSchema(Strict):
    """All that is held of an author; the comments newest first."""

    author_id = fields.String(required=True)
    exported_at = Instant(required=True)
    comments = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    standing = fields.Nested(GivenStandingSchema, required=True, allow_none=True)
    standings = fields.List(fields.Nested(GivenStandingSchema), required=True)
    items = fields.List(fields.Nested(GivenCommentSchema), required=True)
