"""Akismet's addresses. The key comes in the form, or as the first label of the host that was asked."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NoReturn

from flask import Response
from marshmallow import ValidationError

from service.api.context import BODY_LIMIT, Blueprint, admit, caller, described, enter, parts
from service.api.exchange import Request, current
from service.compat.akismet import answers
from service.compat.akismet.answers import Refused, Report
from service.compat.akismet.entries import (
    blog_of,
    check_of,
    content_of,
    foregone,
    guid_of,
    language_of,
    reference_of,
    yes,
)
from service.compat.akismet.form import fields_of
from service.compat.akismet.schemas import Entry, EntrySchema, KeySitesSchema, UsageLimitSchema, VerifySchema, Wanted
from service.intake import RateRule
from service.moderation.comment import Verdict
from service.store.akismet import What
from service.store.connection import StoreUnavailable
from service.store.suggestions import Suggestion

blueprint = Blueprint("akismet", __name__, description="Akismet's interface, for its clients")
blueprint.register_error_handler(Exception, answers.answer_to)

LABEL: Final = re.compile(r"([a-z2-7]{52})\.", re.IGNORECASE)
"""A host whose first label may be a key."""

HOST: Final = "Host"

CALLING: Final = ("api_key", HOST, "key")
VERIFYING: Final = ("key", "api_key", HOST)
"""Where a key stands. WordPress verifies a new `key` with the one that it had before as `api_key`."""

A_WORD: Final = blueprint.response(200, {"type": "string"}, content_type="text/plain")

PLAIN: Final = blueprint.doc(responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
"""A word, or rows, in place of a document: Akismet answers whatever is wrong with a 200, too."""

_ENTRY: Final = EntrySchema()
_VERIFY: Final = VerifySchema()
_SITES: Final = KeySitesSchema()


@blueprint.route("/1.1/verify-key", methods=["POST"])
@described(blueprint.arguments(VerifySchema(), location="form"), A_WORD)
def verify_key() -> Response:
    """`valid` for a key with which comments can be checked, `invalid` for any other."""
    asked = current()
    fields = _known(asked, VERIFYING)
    enter(asked)
    try:
        blog_of(_VERIFY.load(fields)["blog"])
    except ValidationError as error:
        raise Refused("invalid", 'Empty "blog" value') from error
    return answers.said("valid")


@blueprint.route("/1.1/comment-check", methods=["POST"])
@described(blueprint.arguments(EntrySchema(), location="form"), A_WORD)
def check_comment() -> Response:
    """`true` for a comment that the site's policy holds or rejects, `false` for any other. Nothing of it is stored."""
    asked = current()
    fields = _known(asked)
    entry, blog = _entry(fields)
    verdict = _verdict(asked, entry, fields)
    _count(blog, "ham" if verdict == "approve" else "spam")
    return answers.judged(verdict, guid_of(asked.id))


@blueprint.route("/1.1/submit-spam", methods=["POST"])
@described(blueprint.arguments(EntrySchema(), location="form"), A_WORD)
def submit_spam() -> Response:
    """A comment that should have been called spam; kept as a labelled example."""
    return _submitted(1, "missed_spam")


@blueprint.route("/1.1/submit-ham", methods=["POST"])
@described(blueprint.arguments(EntrySchema(), location="form"), A_WORD)
def submit_ham() -> Response:
    """A comment that should not have been called spam; kept as a labelled example."""
    return _submitted(0, "false_positives")


@blueprint.route("/1.2/usage-limit", methods=["GET", "POST"])
@described(blueprint.response(200, UsageLimitSchema), PLAIN)
def usage_limit() -> Response:
    """The comments that the key checked in this month, of those that its rate allows in one."""
    asked = current()
    _known(asked, query=True)
    enter(asked)
    who, house = caller(), parts()
    began = house.akismet_use.month(caller().site)
    usage = sum(row.total for row in house.akismet_use.of(who.site, who.key.id, f"{began:%Y-%m}"))
    limit = house.settings.rate_limit * monthrange(began.year, began.month)[1] * 24 * 60
    percentage = f"{100 * usage / limit if limit else 0:.2f}"
    return answers.document({"limit": limit or "none", "usage": usage, "percentage": percentage, "throttled": False})


@blueprint.route("/1.2/key-sites", methods=["GET", "POST"])
@described(
    blueprint.arguments(KeySitesSchema(), location="query"),
    blueprint.response(200, {"type": "object", "additionalProperties": True}),
    PLAIN,
)
def key_sites() -> Response:
    """The blogs for which the key checked comments in a month, and how often; as JSON, or as CSV."""
    asked = current()
    wanted: Wanted = _SITES.load(_known(asked, query=True))
    enter(asked)
    who, use = caller(), parts().akismet_use
    month = wanted.month or f"{use.month(caller().site):%Y-%m}"
    rows = [row for row in use.of(who.site, who.key.id, month) if wanted.part in row.blog.lower()]
    rows.sort(key=lambda row: (-getattr(row, wanted.order), row.blog))
    report = Report(who.key.id, month, rows[wanted.offset :][: wanted.limit], wanted.limit, wanted.offset, len(rows))
    return answers.table(report) if wanted.as_csv else answers.listing(report)


@blueprint.route("/1.1/<path:_>", methods=["GET", "POST"])
@blueprint.doc(summary="What Akismet has and this has not")
@A_WORD
def other(_: str) -> NoReturn:
    """Statistics and accounts, which WordPress asks for, are not here."""
    raise Refused("invalid", "This service has no such call.")


def _known(asked: Request, places: Sequence[str] = CALLING, *, query: bool = False) -> dict[str, str]:
    """The form of a request whose key is in force; the first of these places that says something says the key.

    :param query: whether fields may also stand in the query, with the key.
    :raises Refused: no place says anything.
    :raises Problem: as `admit` does.
    """
    asked.max_content_length = BODY_LIMIT
    fields = fields_of(asked.query_string) if query else {}
    fields |= fields_of(asked.get_data(), asked.environ.get("CONTENT_TYPE", ""))
    found = fields | {HOST: _label(asked)}
    given = next((found[place].strip() for place in places if found.get(place)), "")
    if not given:
        raise Refused("invalid", f'Empty "{places[0]}" value')
    admit(asked, given, "submit", takes_in=True)
    return fields


def _label(asked: Request) -> str:
    """The key that the host's first label may be."""
    found = LABEL.match(asked.environ.get("HTTP_HOST", ""))
    return found[1].lower() if found else ""


def _entry(fields: Mapping[str, str]) -> tuple[Entry, str]:
    """A comment, and its blog as it is counted.

    :raises Refused: what has to be there is not.
    :raises UnreadableBlog: the blog is none.
    """
    try:
        entry: Entry = _ENTRY.load(fields)
    except ValidationError as error:
        name = min(error.messages_dict)
        raise Refused(f"Missing required field: {name}.", f'Empty "{name}" value') from error
    return entry, blog_of(entry.blog)


def _verdict(asked: Request, entry: Entry, fields: Mapping[str, str]) -> Verdict:
    """The site's verdict on a comment, counted against the key's rate."""
    who, house = caller(), parts()
    spam = foregone(entry, fields)
    check = check_of(entry, asked.id, house.settings.body_max) if spam is None else None
    if check is None:
        enter(asked)
        return "hold" if spam else "approve"
    judgement, asked.rated = house.checking.check(who.site, check, RateRule(who.key.id, house.settings.rate_limit))
    return judgement.verdict


def _submitted(spam: int, what: What) -> Response:
    """Keeps what somebody says of a comment, unless it is a test."""
    asked = current()
    entry, blog = _entry(_known(asked))
    enter(asked)
    if not yes(entry.is_test) and _taken_in(entry, spam):
        _count(blog, what)
    return answers.said(answers.THANKS)


def _taken_in(entry: Entry, spam: int) -> bool:
    """Whether that was said for the first time. Of a comment without content, no text says anything."""
    who, house = caller(), parts()
    text = content_of(entry, house.settings.body_max)
    if not text:
        return True
    told = Suggestion("akismet", text, {"spam": spam}, reference_of(entry.guid), language_of(entry))
    return house.suggestions.add(who.site, who.key, who.name, told) == "kept"


def _count(blog: str, what: What) -> None:
    """Counts it, unless the store is away: no answer waits for that."""
    who = caller()
    with suppress(StoreUnavailable):
        parts().akismet_use.count(who.site, who.key.id, blog, what)
