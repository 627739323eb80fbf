"""The API's messages, as its discovery document names them. What they load into is ours.

As observed in revision 20260504 of that document, and with `dropUnsupportedAttributes`, which newer ones have.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import marshmallow as ma

from service.compat.perspective.fields import Choice, Many, Message, Named, Number, Truth, Whole, Words

TEXT_TYPES: Final = ("TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML")
SCORE_TYPES: Final = ("SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW")
FOREIGN: Final = "FOREIGN"
"""A text type that is none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A text and its type."""

    text: str = ""
    kind: str = TEXT_TYPES[0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an attribute is asked for: below the `threshold` it is left out."""

    kind: str = SCORE_TYPES[0]
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A score as it is suggested; None where it is not said."""

    value: float | None = None
    kind: str = SCORE_TYPES[0]


@dataclass(frozen=True, slots=True)
class GivenSpan:
    """A score of a part of the text, in UTF-16 code units."""

    begin: int | None = None
    end: int | None = None
    score: Given | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """What is suggested for one attribute."""

    summary: Given | None = None
    spans: list[GivenSpan] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What both requests have. `two_contexts` says that the context is given in both of its forms."""

    comment: Entry = Entry()
    two_contexts: bool = False
    languages: tuple[str, ...] = ()
    token: str = ""
    do_not_store: bool = False


@dataclass(frozen=True, slots=True)
class Analysis(Asked):
    """A request for scores: `wanted` by the attributes' names, in order."""

    wanted: dict[str, Wanted] = field(default_factory=dict)
    spans: bool = False
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Feedback(Asked):
    """A suggestion: `scores` by the attributes' names."""

    scores: dict[str, Scores] = field(default_factory=dict)


class PerspectiveTextEntrySchema(Message):
    """A text."""

    text = Words()
    kind = Choice("TextEntry.TextType", TEXT_TYPES, foreign=FOREIGN, data_key="type")

    @ma.post_load
    def made(self, loaded: dict[str, Any], **_: Any) -> Entry:
        """The value that it stands for."""
        return Entry(**loaded)


class PerspectiveArticleAndParentCommentSchema(Message):
    """What a comment answers, on a board that is one thread deep."""

    article = ma.fields.Nested(PerspectiveTextEntrySchema)
    parent_comment = ma.fields.Nested(PerspectiveTextEntrySchema, data_key="parentComment")


class PerspectiveContextSchema(Message):
    """What a comment refers to, in one of two forms. It is read and not used: no model here looks at it."""

    entries = Many(ma.fields.Nested(PerspectiveTextEntrySchema))
    article_and_parent_comment = ma.fields.Nested(
        PerspectiveArticleAndParentCommentSchema, data_key="articleAndParentComment"
    )


class PerspectiveAttributeParametersSchema(Message):
    """How an attribute is asked for."""

    kind = Choice("AttributeParameters.ScoreType", SCORE_TYPES, data_key="scoreType")
    threshold = Number(data_key="scoreThreshold")

    @ma.post_load
    def made(self, loaded: dict[str, Any], **_: Any) -> Wanted:
        """The value that it stands for."""
        return Wanted(**loaded)


class PerspectiveScoreSchema(Message):
    """A score and its type; here always a probability."""

    value = Number()
    kind = Choice("Score.ScoreType", SCORE_TYPES, data_key="type")

    @ma.post_load
    def made(self, loaded: dict[str, Any], **_: Any) -> Given:
        """The value that it stands for."""
        return Given(**loaded)


class PerspectiveSpanScoreSchema(Message):
    """A score of a part of the text: UTF-16 code units from `begin` up to `end`, which is not part of it."""

    begin = Whole()
    end = Whole()
    score = ma.fields.Nested(PerspectiveScoreSchema)

    @ma.post_load
    def made(self, loaded: dict[str, Any], **_: Any) -> GivenSpan:
        """The value that it stands for."""
        return GivenSpan(**loaded)


class PerspectiveAttributeScoresSchema(Message):
    """An attribute's scores, of the whole text and of its parts."""

    summary = ma.fields.Nested(PerspectiveScoreSchema, data_key="summaryScore")
    spans = Many(ma.fields.Nested(PerspectiveSpanScoreSchema), data_key="spanScores")

    @ma.post_load
    def made(self, loaded: dict[str, Any], **_: Any) -> Scores:
        """The value that it stands for."""
        return Scores(**loaded)


class _AskedSchema(Message):
    comment = ma.fields.Nested(PerspectiveTextEntrySchema)
    context = ma.fields.Nested(PerspectiveContextSchema)
    languages = Many(Words())
    token = Words(data_key="clientToken")
    session = Words(data_key="sessionId")
    community = Words(data_key="communityId")
    do_not_store = Truth(data_key="doNotStore")

    @staticmethod
    def common(loaded: dict[str, Any]) -> dict[str, Any]:
        context = loaded.pop("context", {})
        loaded.pop("session", None)
        loaded.pop("community", None)
        loaded["languages"] = tuple(loaded.get("languages", ()))
        loaded["two_contexts"] = bool(context.get("entries")) and "article_and_parent_comment" in context
        return loaded


class PerspectiveAnalyzeCommentRequestSchema(_AskedSchema):
    """A comment, and the attributes that are asked for. Without `languages` the language is detected."""

    wanted = Named(PerspectiveAttributeParametersSchema, data_key="requestedAttributes")
    spans = Truth(data_key="spanAnnotations")
    drop = Truth(data_key="dropUnsupportedAttributes")

    @ma.post_load
    def made(self, loaded: dict[str, Any], **_: Any) -> Analysis:
        """The value that it stands for."""
        return Analysis(**self.common(loaded))


class PerspectiveAnalyzeCommentResponseSchema(Message):
    """The scores, by the attributes' names; `languages` are those by which the comment was scored."""

    scores = Named(PerspectiveAttributeScoresSchema, data_key="attributeScores")
    languages = Many(Words())
    detected = Many(Words(), data_key="detectedLanguages")
    token = Words(data_key="clientToken")


class PerspectiveSuggestCommentScoreRequestSchema(_AskedSchema):
    """A comment, and the scores that it should have: 0 or 1, or between."""

    scores = Named(PerspectiveAttributeScoresSchema, data_key="attributeScores")

    @ma.post_load
    def made(self, loaded: dict[str, Any], **_: Any) -> Feedback:
        """The value that it stands for."""
        return Feedback(**self.common(loaded))


class GoogleStatusSchema(ma.Schema):
    """`google.rpc.Status`: what went wrong. `details` are messages, each with its type in `@type`."""

    code = ma.fields.Integer(metadata={"description": "The HTTP status."})
    message = ma.fields.String()
    status = ma.fields.String(metadata={"description": "The canonical code, such as INVALID_ARGUMENT."})
    details = ma.fields.List(ma.fields.Dict())


class GoogleErrorSchema(ma.Schema):
    """How Google's services answer what they refuse."""

    error = ma.fields.Nested(GoogleStatusSchema)


class PerspectiveSuggestCommentScoreResponseSchema(Message):
    """That the suggestion was taken."""

    token = Words(data_key="clientToken")
    detected = Many(Words(), data_key="detectedLanguages")
    requested = Many(Words(), data_key="requestedLanguages")
