"""Authors: found, looked at, and how the site stands to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import fields

from service.api.context import parts
from service.api.exchange import current
from service.console.choices import STANDINGS
from service.console.forms import Unfit, filled, queried
from service.console.pages import back, page
from service.console.reading.severe import severe_of
from service.console.times import TERMS, end_of, term_field
from service.console.visits import open_to, visitor
from service.moderation.signals import Standing
from service.schemas.authors import STANDING
from service.schemas.fields import Strict, Text, cursor_field
from service.store.authors import AuthorRecord, UnknownAuthor
from service.store.comments import Filters
from service.store.records import Record

blueprint = Blueprint("authors", __name__, url_prefix="/authors")

RECENT: Final = 25
"""Newest comments that an author's page shows."""

BY_NAME: Final = 50
"""Comments under a name that one look finds."""


class SoughtSchema(Strict):
    """Whom to look for: an id, or a part of a name."""

    q = Text(most=300, trim=True)
    cursor = cursor_field()


class StandingFormSchema(Strict):
    """How the site shall stand to an author, and for how long."""

    standing = fields.String(required=True, validate=STANDING, error_messages={"required": "Choose one of these."})
    term = term_field()


@dataclass(frozen=True, slots=True)
class Named:
    """An author whose name fits: where their comments stand, and how the site stands to them; None without an id."""

    id: str | None
    name: str
    comments: Mapping[str, int]
    standing: Standing


@blueprint.get("")
@open_to("moderate")
def search() -> ResponseReturnValue:
    """An author by id, and by name among the newest comments."""
    try:
        sought = queried(SoughtSchema)
    except Unfit as unfit:
        return page("console/authors.html", 422, q=unfit.sent.get("q", ""), errors=unfit.errors)
    q = sought.get("q", "")
    if not q:
        return page("console/authors.html", q="")
    site = visitor().site
    found = parts().comments.find(site, Filters(author_name=q), BY_NAME, sought.get("cursor"))
    known = None if "cursor" in sought else _known(site, q)
    return page("console/authors.html", q=q, known=known, names=_named(site, found.records), found=found)


@blueprint.get("/<text:author_id>", merge_slashes=False)
@open_to("moderate")
def show(author_id: str) -> ResponseReturnValue:
    """An author, with what they wrote lately."""
    return _shown(author_id)


@blueprint.post("/<text:author_id>", merge_slashes=False)
@open_to("moderate")
def set_standing(author_id: str) -> ResponseReturnValue:
    """Sets how the site stands to an author."""
    try:
        wanted = filled(StandingFormSchema)
    except Unfit as unfit:
        return _shown(author_id, 422, unfit.errors, unfit.sent)
    standing: Standing = wanted["standing"]
    until = None if standing == "normal" else end_of(wanted["term"])
    parts().authors.set_standing(
        visitor().site, author_id, op=visitor().op, by=visitor().name, standing=standing, until=until
    )
    return back("console.authors.show", author_id=author_id, told=f"The standing is {STANDINGS[standing][0]} now.")


def _shown(
    author_id: str, status: int = 200, errors: Mapping[str, Any] | None = None, sent: Mapping[str, Any] | None = None
) -> ResponseReturnValue:
    site = visitor().site
    author = parts().authors.get(site, author_id)
    recent = parts().comments.find(site, Filters(author_id=author_id), RECENT, None)
    reports = parts().reports.of(site, [one.id for one in recent.records])
    return page(
        "console/author.html",
        status,
        author=author,
        recent=recent,
        reports=reports,
        severe=severe_of(recent.records),
        reported=sum(one.count for one in reports.values()),
        names=sorted({one.submission.author.name for one in recent.records if one.submission.author.name}),
        standings=STANDINGS,
        terms=TERMS,
        errors=errors or {},
        sent=sent or {"standing": author.standing},
        here=current().path,
    )


def _known(site: str, author_id: str) -> AuthorRecord | None:
    """The author with this very id, if there is one."""
    try:
        return parts().authors.get(site, author_id)
    except UnknownAuthor:
        return None


def _named(site: str, records: Sequence[Record]) -> list[Named]:
    """Who wrote these comments, each once, the newest first."""
    writers = list(dict.fromkeys((one.submission.author.id, one.submission.author.name or "") for one in records))
    ids = list(dict.fromkeys(one for one, _ in writers if one is not None))
    counts = dict(zip(ids, parts().comments.author_counts(site, ids), strict=True))
    standings = parts().authors.standings(site, ids)
    return [Named(one, name, counts.get(one or "", {}), standings.get(one or "", "normal")) for one, name in writers]
