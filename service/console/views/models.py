"""The models: which are in force, what each says of itself, what the gate said of it; publishing and rolling back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import marshmallow as ma
from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from model.checks import Report
from service.api.context import parts
from service.console.forms import Unfit, filled
from service.console.model_card import Block, blocks
from service.console.pages import back, page
from service.console.visits import open_to, visitor
from service.publishing import Offer, UnknownVersion, UnusableModel
from service.store.models import EVERY_SITE, Change, Move, MovedMeanwhile, NothingBefore, VersionTaken

blueprint = Blueprint("models", __name__, url_prefix="/models")

LOGGED: Final = 50
"""Lines of the log on the page."""

WORDS: Final[Mapping[type[Exception], str]] = {
    MovedMeanwhile: "Meanwhile something else was put in force for this site, so nothing was changed.",
    NothingBefore: "No publication for this site is left to take back. Nothing was changed.",
    UnusableModel: "The model's files are damaged; the service's log says which. Nothing was changed.",
    VersionTaken: "Another model was published under this version. Nothing was changed.",
}
"""Why a change was refused."""


class ChangeSchema(ma.Schema):
    """A change of what is in force: why, that it is meant, and what was in force for the site as the page was shown."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, 500, error="Say it in at most 500 characters."),
        error_messages={"required": "Say why; colleagues read it in the log."},
    )
    sure = fields.Boolean(
        required=True,
        validate=validate.Equal(True),
        error_messages={"required": "Tick that you mean it: it concerns every comment from then on."},
    )
    seen = fields.String(load_default="", validate=validate.Length(max=64))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, and what the gate said before it, if that was kept."""

    move: Move
    everywhere: bool
    report: Report | None


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """The models that this site may use, and who published what."""
    return _overview(200, {})


@blueprint.get("/<digest>")
@open_to("moderate")
def one(digest: str) -> ResponseReturnValue:
    """A model: its card, what the gate said, and the form that puts it in force."""
    return _model(_offer(digest), 200, {})


@blueprint.post("/<digest>/publish")
@open_to("admin")
def publish(digest: str) -> ResponseReturnValue:
    """Puts a model in force for this site alone; sent again, it changes nothing."""
    offer = _offer(digest)
    try:
        change = _change()
    except Unfit as unfit:
        return _model(offer, 422, unfit.errors, unfit.sent)
    told = f"{offer.version} is in force for {visitor().site}; every worker uses it within 5 seconds."
    return _moved(lambda: parts().publishing.choose(visitor().site, offer.version, change), told)


@blueprint.post("/back")
@open_to("admin")
def roll_back() -> ResponseReturnValue:
    """Takes this site's last publication back; sent again, it takes back no other."""
    try:
        change = _change()
    except Unfit as unfit:
        return _overview(422, unfit.errors, unfit.sent)
    site = visitor().site
    return _moved(
        lambda: parts().publishing.roll_back(site, change), "The last publication for this site is taken back."
    )


def _moved(change: Callable[[], None], told: str) -> ResponseReturnValue:
    """Makes a change and goes to the overview, which says what became of it."""
    try:
        change()
    except tuple(WORDS) as refused:
        told = WORDS[type(refused)]
    parts().models.look()
    return back("console.models.show", told=told)


def _change() -> Change:
    sent = filled(ChangeSchema)
    return Change(visitor().op, visitor().name, sent["reason"].strip(), sent["seen"])


def _overview(status: int, errors: Mapping[str, Any], sent: Mapping[str, Any] | None = None) -> ResponseReturnValue:
    publishing, site = parts().publishing, visitor().site
    offers, stack = publishing.offers(site), publishing.stack(site)
    lines = [Line(one, one.place == EVERY_SITE, None) for one in publishing.moves(site)[:LOGGED]]
    return page(
        "console/models.html",
        status,
        offers=offers,
        stack=stack,
        before=_before(offers, stack),
        digests={one.digest for one in offers},
        lines=lines,
        errors=errors,
        sent=sent or {},
    )


def _before(offers: list[Offer], stack: list[str]) -> str:
    """What a step back would bring, in words; "" where there is none."""
    if not stack:
        return ""
    versions = {one.digest: one.version for one in offers}
    return versions.get(stack[1], "the one before") if len(stack) > 1 else "the model that all sites use"


def _model(
    offer: Offer, status: int, errors: Mapping[str, Any], sent: Mapping[str, Any] | None = None
) -> ResponseReturnValue:
    publishing, site = parts().publishing, visitor().site
    stack = publishing.stack(site)
    lines = [
        Line(one, one.place == EVERY_SITE, publishing.report(one) if one.gated else None)
        for one in publishing.moves(site)
        if one.digest == offer.digest and not one.back
    ]
    return page(
        "console/model.html",
        status,
        offer=offer,
        seen=stack[0] if stack else "",
        chosen=bool(stack) and stack[0] == offer.digest,
        card=_card(offer),
        lines=lines[:LOGGED],
        errors=errors,
        sent=sent or {},
    )


def _card(offer: Offer) -> list[Block] | None:
    """The card's parts below its title; None where the model's files are damaged."""
    try:
        found = list(blocks(parts().publishing.card(offer)))
    except UnusableModel:
        return None
    return found[1:] if found and found[0].level == 1 else found


def _offer(digest: str) -> Offer:
    """A model that this site may use.

    :raises UnknownVersion: there is none of this digest, or it is another site's.
    """
    for one in parts().publishing.offers(visitor().site):
        if one.digest == digest:
            return one
    raise UnknownVersion(digest)
