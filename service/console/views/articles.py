"""Articles: how comments under each are taken, and which came in."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.api.exchange import current
from service.console.choices import MODES
from service.console.forms import Unfit, filled, queried
from service.console.pages import back, page
from service.console.reading.severe import severe_of
from service.console.times import TERMS, end_of, term_field
from service.console.visits import open_to, visitor
from service.schemas.authors import MODE
from service.schemas.fields import Strict, Text, cursor_field
from service.store.comments import Filters
from service.store.records import STATUSES

blueprint = Blueprint("articles", __name__, url_prefix="/articles")

LISTED: Final = 200
"""Articles with a mode that the list shows, the last set first."""

RECENT: Final = 25
"""Comments that a page of an article shows."""

CHOOSE: Final = "Choose one of these."


class ListSchema(Strict):
    """What the list is narrowed to."""

    mode = fields.String(validate=MODE)


class ModeFormSchema(Strict):
    """How comments under an article shall be taken, and for how long; without a mode as the policy says."""

    mode = fields.String(load_default="", validate=validate.OneOf(list(MODES), error=CHOOSE))
    term = term_field()


class NamedModeFormSchema(ModeFormSchema):
    """A mode of its own for the article with this id, under which nobody need have written yet."""

    article_id = Text(least=1, most=128, required=True, error_messages={"required": "Give the article's id."})
    mode = fields.String(required=True, validate=MODE, error_messages={"required": CHOOSE})


class PageSchema(Strict):
    """Which comments of an article."""

    status = fields.String(validate=validate.OneOf(STATUSES))
    cursor = cursor_field()


@blueprint.get("")
@open_to("moderate")
def search() -> ResponseReturnValue:
    """The articles that have a mode of their own."""
    return _listed(200, queried(ListSchema).get("mode"), {}, {})


@blueprint.post("")
@open_to("moderate")
def name() -> ResponseReturnValue:
    """Sets a mode by an article's id."""
    try:
        wanted = filled(NamedModeFormSchema)
    except Unfit as unfit:
        return _listed(422, None, unfit.errors, unfit.sent)
    _set(wanted["article_id"], wanted)
    return back("console.articles.search", told=f"Comments under {wanted['article_id']}: {MODES[wanted['mode']][0]}.")


@blueprint.get("/<text:article_id>", merge_slashes=False)
@open_to("moderate")
def show(article_id: str) -> ResponseReturnValue:
    """An article, with what came in lately."""
    return _shown(article_id, 200, {}, {})


@blueprint.post("/<text:article_id>", merge_slashes=False)
@open_to("moderate")
def set_mode(article_id: str) -> ResponseReturnValue:
    """Sets how comments under an article are taken."""
    try:
        wanted = filled(ModeFormSchema)
    except Unfit as unfit:
        return _shown(article_id, 422, unfit.errors, unfit.sent)
    _set(article_id, wanted)
    told = f"The article's mode is: {MODES[wanted['mode']][0]}."
    if not wanted["mode"] and not parts().articles.look(visitor().site, article_id).total:
        return back("console.articles.search", told=told)  # nothing is known of it any more
    return back("console.articles.show", article_id=article_id, told=told)


def _set(article_id: str, wanted: Mapping[str, Any]) -> None:
    mode = wanted["mode"] or None
    until = end_of(wanted["term"]) if mode else None
    parts().articles.set_mode(visitor().site, article_id, op=visitor().op, by=visitor().name, mode=mode, until=until)


def _listed(status: int, mode: Any, errors: Mapping[str, Any], sent: Mapping[str, Any]) -> ResponseReturnValue:
    found = parts().articles.with_mode(visitor().site, mode, LISTED)
    return page(
        "console/articles.html",
        status,
        found=found,
        most=LISTED,
        mode=mode or "",
        modes=MODES,
        terms=TERMS,
        errors=errors,
        sent=sent,
    )


def _shown(article_id: str, status: int, errors: Mapping[str, Any], sent: Mapping[str, Any]) -> ResponseReturnValue:
    site, asked = visitor().site, queried(PageSchema)
    article = parts().articles.get(site, article_id)
    filters = Filters(article_id=article_id, status=asked.get("status"))
    found = parts().comments.find(site, filters, RECENT, asked.get("cursor"))
    reports = parts().reports.of(site, [one.id for one in found.records])
    return page(
        "console/article.html",
        status,
        article=article,
        found=found,
        told_of=found.records[0].submission.article if found.records else None,
        reports=reports,
        severe=severe_of(found.records),
        chosen=asked.get("status", ""),
        modes=MODES,
        terms=TERMS,
        errors=errors,
        sent=sent or {"mode": article.mode or ""},
        here=current().path,
    )
