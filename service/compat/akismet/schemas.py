"""What Akismet's clients send, of which only few fields have to be there, and what they get as JSON."""

import re
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

MONTH: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
DIGITS: Final = re.compile(r"[0-9]{1,9}")

SITES: Final = 500
"""Blogs in an answer, where nothing else is asked for."""

ORDERS: Final = ("total", "spam", "ham", "missed_spam", "false_positives")
"""Figures by which blogs may stand."""


class Sent(Schema):
    """A form of Akismet's: what is unknown in it means nothing, such as the variables of a web server."""

    class Meta:
        """The option that makes it so."""

        unknown = EXCLUDE


def _needed() -> fields.String:
    """A field that has to say something."""
    return fields.String(required=True, validate=validate.Length(1))


def _may() -> fields.String:
    return fields.String(load_default="")


class VerifySchema(Sent):
    """Which key, and for which site; `api_key` and the host's first label may stand for `key`."""

    key = _may()
    api_key = _may()
    blog = _needed()


@dataclass(frozen=True, slots=True)
class Entry:
    """A comment as Akismet's clients tell of it; what they do not say is "". The names are Akismet's."""

    blog: str
    user_ip: str
    user_agent: str
    permalink: str
    comment_author: str
    comment_author_email: str
    comment_author_url: str
    comment_content: str
    blog_lang: str
    user_role: str
    is_test: str
    recheck_reason: str
    guid: str


class EntrySchema(Sent):
    """A comment to check, or one that was misjudged."""

    blog = _needed()
    user_ip = _needed()
    user_agent = _may()
    permalink = _may()
    comment_author = _may()
    comment_author_email = _may()
    comment_author_url = _may()
    comment_content = _may()
    blog_lang = _may()
    user_role = _may()
    is_test = _may()
    recheck_reason = _may()
    guid = _may()

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Entry:
        """A frozen value."""
        return Entry(**values)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which blogs of a key are wanted: of a month (`2026-11`, "" for the current one), by a part of their names.

    `order` is the figure by which they stand, the largest first.
    """

    month: str
    part: str
    order: str
    limit: int
    offset: int
    as_csv: bool


class KeySitesSchema(Sent):
    """Which month, which blogs, in which order, and how many of them; what cannot be read says nothing, as in PHP."""

    month = fields.String(load_default="", metadata={"description": "YYYY-MM; by default the current one."})
    filter = _may()
    format = fields.String(load_default="json", metadata={"description": "json or csv"})
    order = fields.String(load_default="total", metadata={"description": f"{', '.join(ORDERS)}"})
    limit = fields.String(load_default="", metadata={"description": f"By default {SITES}."})
    offset = _may()

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Wanted:
        """A frozen value."""
        return Wanted(
            month=values["month"] if MONTH.fullmatch(values["month"]) else "",
            part=values["filter"].lower(),
            order=values["order"] if values["order"] in ORDERS else ORDERS[0],
            limit=_number(values["limit"], SITES),
            offset=_number(values["offset"], 0),
            as_csv=values["format"] == "csv",
        )


def _number(said: str, default: int) -> int:
    return int(said) if DIGITS.fullmatch(said) else default


class UsageLimitSchema(Schema):
    """What the key used of its calls in this month."""

    limit = fields.Raw(metadata={"description": "Calls a month, or the word none."})
    usage = fields.Integer()
    percentage = fields.String()
    throttled = fields.Boolean()
