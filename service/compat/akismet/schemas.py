"""What Akismet's clients send, of which only few fields have to be there, and what they get as JSON."""

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate


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


class KeySitesSchema(Sent):
    """Which month, which sites, in which order, and how many of them; what cannot be read says nothing."""

    month = fields.String(load_default="", metadata={"description": "YYYY-MM; by default the current one."})
    filter = _may()
    format = fields.String(load_default="json", metadata={"description": "json or csv"})
    order = fields.String(load_default="total")
    limit = fields.String(load_default="")
    offset = fields.String(load_default="")


class UsageLimitSchema(Schema):
    """What the key used of its calls in this month."""

    limit = fields.Raw(metadata={"description": "Calls a month, or the word none."})
    usage = fields.Integer()
    percentage = fields.String()
    throttled = fields.Boolean()
