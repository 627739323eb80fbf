"""Blind second reviews: taken a few at a time, answered or given back one after the other."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

import marshmallow as ma
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.console.forms import filled
from service.console.pages import back, page
from service.console.visits import open_to, visitor
from service.moderation.comment import LABELS
from service.store.queue import ClaimedByOther, LapsedClaim, Shelf
from service.store.reviews import Answer, OwnReview, ReviewedBefore, UnknownReview, VoidReview

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")

AT_ONCE: Final = 3
"""Reviews that one person holds: so few that others find some, too."""

LEASE_SECONDS: Final = 900
"""How long they are held; each look at the page begins it anew."""

SKIP: Final = "skip"

NOTHING: Final = "Nothing waits for your review."
GONE: Final = "The comment or the decision that was to be reviewed is no more, so your answer was not needed."

WORDS: Final[Mapping[type[Exception], str]] = {
    ReviewedBefore: "Another answer came first, and the first counts. Yours was not kept.",
    VoidReview: GONE,
    UnknownReview: GONE,
    OwnReview: "You decided on this comment meanwhile, so its review is for somebody else.",
}
"""Why an answer was not taken."""


class ReviewFormSchema(ma.Schema):
    """What a moderator would have decided, or that they give the review back."""

    action = fields.String(required=True, validate=validate.OneOf((*get_args(Answer), SKIP)))
    labels = fields.List(fields.String(validate=validate.OneOf(LABELS)), load_default=list)


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """What reviews are, and the way to the next ones; looking takes none."""
    return page("console/reviews.html")


@blueprint.post("/take")
@open_to("moderate")
def take() -> ResponseReturnValue:
    """Leases the next few reviews to this person; sent again, the same ones."""
    return _on_to_next("")


@blueprint.get("/<id:token>")
@open_to("moderate")
def held(token: str) -> ResponseReturnValue:
    """The first review that this person still holds, as its comment was posted; their lease begins anew."""
    ids = _held(token)
    found = parts().dossiers.blind(visitor().site, ids)
    if not found:
        return back("console.reviews.show", told="What you held is given back: the time was over, or it is done.")
    return page("console/review.html", claim=token, item=found[0])


@blueprint.post("/<id:token>/answers/<id:review>")
@open_to("moderate")
def answer(token: str, review: str) -> ResponseReturnValue:
    """Takes an answer, or gives the review back, and goes on; sent again, it changes nothing."""
    _held(token)  # another person's claim is none
    said = filled(ReviewFormSchema)
    if said["action"] == SKIP:
        parts().queue.give_back(visitor().site, token, visitor().name, review)
        told = "Given back: somebody else reviews it."
    else:
        told = _answered(review, said["action"], list(dict.fromkeys(said["labels"])))
    if _held(token):
        return back("console.reviews.held", told=told, token=token)
    if said["action"] == SKIP:  # the next one could be the one that was just given back
        return back("console.reviews.show", told=told)
    return _on_to_next(told)


@blueprint.post("/<id:token>/stop")
@open_to("moderate")
def stop(token: str) -> ResponseReturnValue:
    """Gives back all that is still held."""
    parts().queue.give_back(visitor().site, token, visitor().name)
    return back("console.reviews.show", told="What you held is given back.")


def _answered(review: str, action: Answer, labels: Sequence[str]) -> str:
    """Answers a review; says what became of it."""
    who = visitor()
    try:
        parts().reviews.answer(who.site, who.op, who.name, review, action, labels)
    except ClaimedByOther as other:
        return f"Your time was over and {other.args[0]} reviews it now. Your answer was not kept."
    except tuple(WORDS) as refused:
        return WORDS[type(refused)]
    return "Taken."


def _on_to_next(told: str) -> Response:
    """To the next reviews, under a claim that is named by this very form."""
    who = visitor()
    claim = parts().queue.claim(
        who.site,
        who.op,
        who.name,
        limit=AT_ONCE,
        lease_seconds=LEASE_SECONDS,
        order="oldest",
        shelf=Shelf(reviews=True),
    )
    if not claim.ids:
        return back("console.reviews.show", told=f"{told} {NOTHING}".strip())
    return back("console.reviews.held", told=told, token=claim.token)


def _held(token: str) -> list[str]:
    """What this person still holds of a claim, for as long again.

    :raises UnknownClaim: they have no such claim.
    """
    who = visitor()
    try:
        return parts().queue.renew(who.site, token, who.name, LEASE_SECONDS).ids
    except LapsedClaim:
        return []
