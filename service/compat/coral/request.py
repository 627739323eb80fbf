"""What Coral asks. Fields of a newer Coral are passed over, and ids that could be none of ours are left out.

A request that is refused is a comment that Coral shows unseen. So nothing that a reader can put into a comment or into
the address of a page makes one be refused; only what no Coral sends does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, post_load

from service.compat.markup import plain
from service.moderation.comment import Article, Author, Submission
from service.schemas.fields import ID_PATTERN

STAFF: Final = frozenset({"STAFF", "MODERATOR", "ADMIN"})
"""Roles of those who work for the site; Coral approves most of their comments before it asks."""

ID_LENGTH: Final = 128
URL_LENGTH: Final = 2000

BODY_LENGTH: Final = 50_000
"""Characters of a comment that are looked at, its markup among them: a longer look would miss Coral's deadline."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A comment that Coral asks about; not `fresh` when it is an edit of one that came before.

    `cut` says that only its beginning is looked at, `by_staff` that whoever wrote it works for the site. Its body is
    empty where it has no words, as a picture alone.
    """

    submission: Submission
    fresh: bool
    by_staff: bool
    cut: bool

    def within(self, most: int) -> "Asked":
        """The same with so many characters of its text at the most."""
        text = self.submission.body
        if len(text) <= most:
            return self
        return replace(self, submission=replace(self.submission, body=text[:most]), cut=True)


class Newer(ma.Schema):
    """A schema that passes over what it does not know."""

    class Meta:
        """The option that makes it so."""

        unknown = ma.EXCLUDE


class Fitting(fields.String):
    """A string that is left out, as if it were empty, where it does not fit."""

    def __init__(self, fits: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(allow_none=True, load_default=None, **kwargs)
        self._fits = fits

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text if "\0" not in text and self._fits(text) else ""


def _short(most: int) -> Callable[[str], bool]:
    return lambda text: 0 < len(text) <= most


class CoralCommentSchema(Newer):
    """The comment; `body` is HTML, or text where the phase is set to send that."""

    body = fields.String(required=True)
    parentID = Fitting(re.compile(ID_PATTERN).fullmatch)  # noqa: N815  # Coral's name


class CoralAuthorSchema(Newer):
    """Who wrote it."""

    id = Fitting(_short(ID_LENGTH))
    role = fields.String(load_default="", metadata={"description": "COMMENTER, MEMBER, STAFF, MODERATOR or ADMIN."})


class CoralStorySchema(Newer):
    """Under what it stands."""

    id = Fitting(_short(ID_LENGTH))
    url = Fitting(_short(URL_LENGTH))


class CoralRequestSchema(Newer):
    """What Coral sends to an external moderation phase, of which `site` and the tenant's fields are not used."""

    action = fields.String(load_default="NEW", metadata={"description": "NEW or EDIT."})
    comment = fields.Nested(CoralCommentSchema, required=True)
    author = fields.Nested(CoralAuthorSchema, allow_none=True, load_default=None)
    story = fields.Nested(CoralStorySchema, allow_none=True, load_default=None)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Asked:
        """A frozen value."""
        comment, author, story = values["comment"], values["author"] or {}, values["story"] or {}
        sent = comment["body"]
        submission = Submission(
            body=plain(sent[:BODY_LENGTH].replace("\0", "")).strip(),
            author=Author(id=author.get("id") or None),
            article=Article(id=story.get("id") or None, url=story.get("url") or None),
            parent_id=comment["parentID"] or None,
        )
        return Asked(
            submission,
            fresh=values["action"] != "EDIT",
            by_staff=author.get("role") in STAFF,
            cut=len(sent) > BODY_LENGTH,
        )
