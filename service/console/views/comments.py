"""One comment with all that is known of it, and what can be done with it outside the queue."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.console.forms import filled
from service.console.pages import back, page
from service.console.seat.cards import cards
from service.console.seat.conflicts import CAME_FIRST, conflict_words
from service.console.visits import open_to, visitor
from service.console.words import DECIDED
from service.moderation.comment import LABELS
from service.schemas.fields import Text
from service.store.queue import Decision, Waiting

blueprint = Blueprint("comments", __name__, url_prefix="/comments")


class DecideSchema(ma.Schema):
    """A decision; `override` says that it takes the place of the one that the page shows."""

    action = fields.String(required=True, validate=validate.OneOf(DECIDED))
    labels = fields.List(fields.String(validate=validate.OneOf(LABELS)), load_default=list)
    note = Text(most=2000)
    term = Text(most=200)
    revision = fields.Integer(validate=validate.Range(1))
    override = fields.String(validate=validate.Equal("1"))


class NoteSchema(ma.Schema):
    """A note for colleagues."""

    text = Text(required=True, least=1, most=2000)


@blueprint.get("/<id:comment_id>")
@open_to("moderate")
def show(comment_id: str) -> ResponseReturnValue:
    """All that is known of it."""
    site = visitor().site
    parts().comments.get(site, comment_id)
    (dossier,) = parts().dossiers.of(site, [Waiting(comment_id, None, None, None)])
    (card,) = cards(parts().authors, site, [dossier])
    return page("console/comment.html", card=card, yours=dossier.decided_by == visitor().name)


@blueprint.post("/<id:comment_id>/decide")
@open_to("moderate")
def decide(comment_id: str) -> ResponseReturnValue:
    """A decision, or another in place of the one that stands."""
    said = filled(DecideSchema)
    labels = tuple(dict.fromkeys(said["labels"])) if said["action"] == "reject" else ()
    decision = Decision(
        comment_id,
        said["action"],
        labels,
        said.get("note"),
        said.get("term"),
        override="override" in said,
        revision=said.get("revision"),
    )
    site = visitor().site
    share = parts().policy_of(site).review_share
    return _done(
        comment_id,
        f"{DECIDED[decision.action]}.",
        lambda: parts().queue.decide(
            site, visitor().op, visitor().name, decision, admin=visitor().reaches("admin"), review_share=share
        ),
    )


@blueprint.post("/<id:comment_id>/undo")
@open_to("moderate")
def undo(comment_id: str) -> ResponseReturnValue:
    """Takes one's own last decision back."""
    site, name = visitor().site, visitor().name
    return _done(comment_id, "Taken back.", lambda: parts().queue.undo(site, visitor().op, name, comment_id))


@blueprint.post("/<id:comment_id>/note")
@open_to("moderate")
def note(comment_id: str) -> ResponseReturnValue:
    """Leaves a note for colleagues."""
    said = filled(NoteSchema)
    site, name = visitor().site, visitor().name
    return _done(
        comment_id, "Noted.", lambda: parts().notes.add(site, comment_id, op=visitor().op, by=name, text=said["text"])
    )


def _done(comment_id: str, told: str, act: Any) -> Response:
    """Does it, and goes back to the comment with a sentence of how it went."""
    parts().comments.get(visitor().site, comment_id)
    try:
        act()
    except CAME_FIRST as first:
        told = conflict_words(first)
    return back("console.comments.show", comment_id=comment_id, told=told)
