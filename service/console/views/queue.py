"""The queue: one comment after another, decided by a key each."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.api.exchange import current
from service.console.forms import filled, queried
from service.console.pages import around, back, page
from service.console.seat.cards import Card, cards
from service.console.seat.conflicts import CAME_FIRST, conflict_words
from service.console.seat.desk import LEASE_SECONDS, Held
from service.console.seat.places import AGES, PlaceSchema, filter_words, filters_of, place_of
from service.console.visits import from_script, open_to, visitor
from service.console.words import DECIDED, attribute_words, span
from service.moderation.comment import LABELS
from service.moderation.policy import Wellbeing
from service.moderation.severity import interleave
from service.schemas.fields import Id, Text
from service.store.queue import Decision, EscalatedComment

blueprint = Blueprint("queue", __name__, url_prefix="/queue")


class QueueQuerySchema(PlaceSchema):
    """The page's address; `last` is the comment that was decided before, whose decision may be taken back."""

    last = Id()


class HereSchema(PlaceSchema):
    """What a page sends of itself: its filters, and the comments that it has."""

    have = fields.List(Id(), load_default=list, validate=validate.Length(max=200))


class CommentFormSchema(PlaceSchema):
    """The comment that is meant, and where the moderator works."""

    id = Id(required=True)


class DecisionFormSchema(CommentFormSchema):
    """A decision, or that the comment is left for others."""

    action = fields.String(required=True, validate=validate.OneOf([*DECIDED, "skip"]))
    labels = fields.List(fields.String(validate=validate.OneOf(["", *LABELS])), load_default=list)
    note = Text(most=2000)
    term = Text(most=200)
    revision = fields.Integer(validate=validate.Range(1))


class UndoFormSchema(CommentFormSchema):
    """What is taken back; with `skipped`, that the comment was skipped."""

    skipped = fields.String(validate=validate.Equal("1"))


class NoteFormSchema(CommentFormSchema):
    """A note for colleagues."""

    text = Text(required=True, least=1, most=2000)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action: `said` tells the moderator; `made` is False where something came first."""

    said: str
    made: bool = True
    undoable: str = ""


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """What waits for this moderator, a batch of it held for them."""
    values = queried(QueueQuerySchema)
    filters = filters_of(values)
    if "escalated" in filters and not visitor().reaches("admin"):
        raise EscalatedComment
    held = parts().desks.fill(visitor().session, place_of(filters))
    wellbeing = parts().policy_of(visitor().site).wellbeing
    return page(
        "console/queue.html",
        cards=_cards(held, wellbeing),
        left=held.left,
        filters=filters,
        last=values.get("last"),
        described=filter_words(filters),
        ages=[(age, f"over {span(seconds)}") for age, seconds in AGES.items()],
        lease_seconds=LEASE_SECONDS,
        wellbeing=wellbeing,
    )


@blueprint.post("/more")
@open_to("moderate")
def more() -> ResponseReturnValue:
    """The comments on the desk that the page does not have yet, and the ids of all that are held for it."""
    here = filled(HereSchema)
    held = parts().desks.fill(visitor().session, place_of(filters_of(here)), set(here["have"]))
    made = _cards(held, parts().policy_of(visitor().site).wellbeing)
    written = render_template("console/_cards.html", cards=made, filters=filters_of(here), **around())
    return jsonify(cards=written, held=list(held.tokens), left=held.left)


@blueprint.post("/hold")
@open_to("moderate")
def hold() -> ResponseReturnValue:
    """Renews what is held for the page."""
    here = filled(HereSchema)
    return jsonify(held=parts().desks.hold(visitor().session, place_of(filters_of(here))))


@blueprint.post("/leave")
@open_to("moderate")
def leave() -> ResponseReturnValue:
    """Gives all back: the moderator went, or wants to see again what they skipped."""
    here = filled(HereSchema)
    gone = from_script(current())
    parts().desks.clear(visitor().session, left_too=not gone)
    return _answered(here, Outcome("All is given back." if gone else "What you skipped is shown again."))


@blueprint.post("/decide")
@open_to("moderate")
def decide() -> ResponseReturnValue:
    """Approves, rejects, escalates or skips."""
    said = filled(DecisionFormSchema)
    if said["action"] == "skip":
        parts().desks.leave(visitor().session, said["id"])
        return _answered(said, Outcome("Skipped: it is left for others."))
    labels = tuple(dict.fromkeys(filter(None, said["labels"]))) if said["action"] == "reject" else ()
    decision = Decision(
        said["id"], said["action"], labels, said.get("note"), said.get("term"), revision=said.get("revision")
    )
    site, name = visitor().site, visitor().name
    try:
        parts().queue.decide(
            site,
            visitor().op,
            name,
            decision,
            admin=visitor().reaches("admin"),
            review_share=parts().policy_of(site).review_share,
        )
    except CAME_FIRST as first:
        return _answered(said, Outcome(conflict_words(first), made=False))
    named = ", ".join(map(attribute_words, labels))
    return _answered(said, Outcome(f"{DECIDED[decision.action]}{': ' + named if named else ''}.", undoable=said["id"]))


@blueprint.post("/undo")
@open_to("moderate")
def undo() -> ResponseReturnValue:
    """Takes one's own last decision back, or that a comment was skipped, and holds the comment again."""
    said = filled(UndoFormSchema)
    try:
        if "skipped" not in said:
            parts().queue.undo(visitor().site, visitor().op, visitor().name, said["id"])
    except CAME_FIRST as first:
        return _answered(said, Outcome(conflict_words(first), made=False))
    parts().desks.take(visitor().session, place_of(filters_of(said)), said["id"])
    return _answered(said, Outcome("Taken back."))


@blueprint.post("/note")
@open_to("moderate")
def note() -> ResponseReturnValue:
    """Leaves a note for colleagues."""
    said = filled(NoteFormSchema)
    try:
        parts().notes.add(visitor().site, said["id"], op=visitor().op, by=visitor().name, text=said["text"])
    except CAME_FIRST as first:
        return _answered(said, Outcome(conflict_words(first), made=False))
    return _answered(said, Outcome("Noted."))


def _answered(said: dict[str, Any], outcome: Outcome) -> Response:
    """For a script, what became of it; for a person, the queue again with that sentence."""
    if from_script(current()):
        answer = jsonify(said=outcome.said, made=outcome.made)
        answer.status_code = 200 if outcome.made else 409
        return answer
    last = {"last": outcome.undoable} if outcome.undoable else {}
    return back("console.queue.show", told=outcome.said, **filters_of(said), **last)


def _cards(held: Held, wellbeing: Wellbeing) -> list[Card]:
    """The fresh ones, milder ones in between where severe ones would follow each other for long."""
    made = cards(parts().authors, visitor().site, held.fresh)
    return interleave(made, [bool(one.severe) for one in made], wellbeing.severe_in_a_row)
