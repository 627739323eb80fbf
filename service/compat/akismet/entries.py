"""From what Akismet's clients tell of a comment to what is judged here, and to what needs no judgement."""

import re
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from marshmallow import Schema, ValidationError

from service.compat.akismet.schemas import Entry
from service.compat.markup import plain
from service.moderation.comment import Submission
from service.schemas.comments import ArticleSchema, AuthorSchema
from service.store.checks import Check

SPAM_NAME: Final = "viagra-test-123"
SPAM_EMAIL: Final = "akismet-guaranteed-spam@example.com"
"""Authors whose comments are spam in every test of a client."""

ADMINISTRATOR: Final = "administrator"
"""A role whose comments are never spam."""

WORDPRESS_TRAP: Final = "POST_ak_hp_textarea"
"""The field that people do not see in the forms of Akismet's own plugin, as it sends it on."""

NAMES: Final = "en"
"""As what a name is scored where the blog's language is not told: it is in none, and none is to be guessed from it."""

REMEMBERED_DAYS: Final = 400
"""For how long a GUID that was given out is known again."""

CLOCKS_APART: Final = 60_000
"""Milliseconds by which the clocks of two hosts may differ."""

BLOG_LIMIT: Final = 200
"""Characters of a blog's name that are kept."""

_BLOG: Final = re.compile(r"\w[\w.:-]*(?:/\S*)?")
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2,3})(?:[_-][A-Za-z0-9_-]{0,30})?")
_GUID: Final = re.compile(r"[0-9a-f]{32}")
_VERSION: Final = 7

_AUTHOR: Final = AuthorSchema()
_ARTICLE: Final = ArticleSchema()


class UnreadableBlog(Exception):
    """The address of the site that asks is none."""


def yes(said: str) -> bool:
    """What a flag says: clients send 1, true or True."""
    return said.strip().lower() not in ("", "0", "false")


def foregone(entry: Entry, fields: Mapping[str, str]) -> bool | None:
    """Whether it is spam for reasons that no judgement weighs; None where there are none.

    :param fields: all that was sent, since a field that people do not see may have any name.
    """
    if entry.comment_author == SPAM_NAME or entry.comment_author_email == SPAM_EMAIL:
        return True
    if ADMINISTRATOR in (role.strip() for role in entry.user_role.split(",")):
        return False
    trap = fields.get("honeypot_field_name", "")
    if (trap and fields.get(trap, "").strip()) or fields.get(WORDPRESS_TRAP, "").strip():
        return True
    return None


def content_of(entry: Entry, most: int) -> str:
    """A comment's text; "" where it has none. Of one that is too long, the beginning and the end.

    :param most: characters of a body.
    """
    return _cut(plain(entry.comment_content), most)


def check_of(entry: Entry, request_id: str, most: int) -> Check | None:
    """The comment as it is asked about; what does not fit is left out. None where there is nothing to look at.

    One without content, such as a registration, is looked at by its author's name, and is no copy of another.
    """
    content = content_of(entry, most)
    body = content or _cut(entry.comment_author, most)
    if not body:
        return None
    author = {
        "name": entry.comment_author,
        "email": entry.comment_author_email,
        "url": entry.comment_author_url,
        "ip": entry.user_ip,
        "user_agent": entry.user_agent,
    }
    submission = Submission(
        body,
        author=_fitting(_AUTHOR, author),
        article=_fitting(_ARTICLE, {"url": entry.permalink}),
        language=language_of(entry) or (None if content else NAMES),
    )
    fresh = bool(content) and not yes(entry.is_test) and not entry.recheck_reason.strip()
    return Check("akismet", submission, id=request_id, fresh=fresh)


def blog_of(blog: str) -> str:
    """A site's name as it is counted: host and path, without a scheme or a slash at the end.

    :raises UnreadableBlog: it has none.
    """
    try:
        parts = urlsplit(blog.strip() if "//" in blog else f"//{blog.strip()}")
    except ValueError as problem:
        raise UnreadableBlog from problem
    name = f"{parts.netloc.rpartition('@')[2].lower()}{parts.path}".rstrip("/")[:BLOG_LIMIT]
    if not _BLOG.fullmatch(name) or not name.isprintable():
        raise UnreadableBlog
    return name


def guid_of(request_id: str) -> str:
    """The GUID of an answer: its request's UUIDv7 without dashes."""
    return request_id.replace("-", "")


def reference_of(guid: str) -> str | None:
    """A GUID as a suggestion's reference, if it is one that `guid_of` made within the last 400 days."""
    if not _GUID.fullmatch(guid):
        return None
    given = UUID(hex=guid)
    now = int(time.time() * 1000)
    since = now - REMEMBERED_DAYS * 86_400_000
    return guid if given.version == _VERSION and since <= given.int >> 80 <= now + CLOCKS_APART else None


def language_of(entry: Entry) -> str | None:
    """The language of a blog's only locale (`en_US`); a blog in several says nothing of a comment."""
    found = _LANGUAGE.fullmatch(entry.blog_lang.strip())
    return found[1].lower() if found else None


def _cut(text: str, most: int) -> str:
    """A text without NUL, its middle left out where it is too long: spam stands at either end."""
    clean = text.replace("\0", "").strip()
    if len(clean) <= most:
        return clean
    tail = most // 2
    return clean[: most - tail] + clean[len(clean) - tail :]


def _fitting(schema: Schema, sent: Mapping[str, str]) -> Any:
    """What our own schema makes of those fields that it takes."""
    given = {name: value for name, value in sent.items() if value}
    try:
        return schema.load(given)
    except ValidationError as refused:
        return schema.load({name: value for name, value in given.items() if name not in refused.messages_dict})
