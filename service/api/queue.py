"""The queue: what waits, who holds it, what was decided."""

from typing import Any

from flask import Response

from service.api.context import Blueprint, caller, needs, parts
from service.api.problems import problem_of
from service.dossiers import Dossier
from service.moderation.figures import timed
from service.schemas.queue import (
    BulkDecisionsSchema,
    ClaimRequestSchema,
    ClaimSchema,
    DecidedSchema,
    DecisionOutcomesSchema,
    DecisionSchema,
    QueueCountsSchema,
    QueuePageSchema,
    QueueQuerySchema,
    RenewedSchema,
    RenewSchema,
    decision_from,
    shelf_from,
)
from service.store.queue import Claim, Decision, EscalatedComment, Waiting

blueprint = Blueprint("queue", __name__, url_prefix="/v1", description="What waits for a moderator")


@blueprint.route("/queue", methods=["GET"])
@needs("moderate", effect=False)
@blueprint.arguments(QueueQuerySchema(), location="query")
@blueprint.response(200, QueuePageSchema)
def look(query: dict[str, Any]) -> Any:
    """Pending comments in order, with what a moderator needs to decide; looking leases nothing."""
    waiting, behind = parts().queue.browse(
        caller().site,
        order=query["order"],
        limit=query["limit"],
        after=_position(query.get("cursor")),
        shelf=shelf_from(query),
    )
    return {
        "items": parts().dossiers.of(caller().site, waiting),
        "next_cursor": ".".join(behind) if behind else None,
    }


@blueprint.route("/queue/counts", methods=["GET"])
@needs("moderate", effect=False)
@blueprint.response(200, QueueCountsSchema)
def count() -> Any:
    """The queue in figures."""
    figures = parts().queue.figures(caller().site)
    return {
        "pending": figures.pending,
        "claimed": figures.claimed,
        "escalated": figures.escalated,
        "reviews": figures.reviews,
        "oldest_seconds": figures.oldest_seconds,
        "by_reason": figures.by("reason"),
        "by_attribute": figures.by("attribute"),
        "time_to_claim": timed(figures.times_to_claim),
        "time_to_decision": timed(figures.times_to_decision),
    }


@blueprint.route("/queue/claims", methods=["POST"])
@needs("moderate", problems=(409, 415))
@blueprint.arguments(ClaimRequestSchema(), required=False)
@blueprint.response(201, ClaimSchema)
def claim(wanted: dict[str, Any]) -> Any:
    """Leases comments or blind reviews to this moderator: two never hold the same. Escalated ones are for admins."""
    if wanted["escalated"] and not _admin():
        raise EscalatedComment
    claimed = parts().queue.claim(
        caller().site,
        caller().op,
        caller().name,
        limit=wanted["limit"],
        lease_seconds=wanted["lease_seconds"],
        order=wanted["order"],
        shelf=shelf_from(wanted),
    )
    lease = {"claim": claimed.token, "expires_at": claimed.ends}
    if wanted["reviews"]:
        return {**lease, "items": [], "reviews": parts().dossiers.blind(caller().site, claimed.ids)}
    return {**lease, "items": _held(claimed)}


@blueprint.route("/queue/claims/<id:token>", methods=["PATCH"])
@needs("moderate", problems=(404, 409, 415))
@blueprint.arguments(RenewSchema())
@blueprint.response(200, RenewedSchema)
def renew(wanted: dict[str, Any], token: str) -> Any:
    """Renews the lease on what the claim still holds."""
    renewed = parts().queue.renew(caller().site, token, caller().name, wanted["lease_seconds"])
    return {"claim": token, "expires_at": renewed.ends, "ids": renewed.ids}


@blueprint.route("/queue/claims/<id:token>", methods=["DELETE"])
@needs("moderate", problems=(404,))
@blueprint.response(204)
def give_back(token: str) -> Response:
    """Gives the claim's comments back to the queue."""
    parts().queue.give_back(caller().site, token, caller().name)
    return Response(status=204)


@blueprint.route("/queue/claims/<id:token>/items/<id:comment_id>", methods=["DELETE"])
@needs("moderate", problems=(404,))
@blueprint.response(204)
def skip(token: str, comment_id: str) -> Response:
    """Gives one comment of the claim back, if the claim still holds it."""
    parts().queue.give_back(caller().site, token, caller().name, comment_id)
    return Response(status=204)


@blueprint.route("/comments/<id:comment_id>/decision", methods=["POST"])
@needs("moderate", problems=(404, 409, 410, 415))
@blueprint.arguments(DecisionSchema())
@blueprint.response(200, DecidedSchema)
def decide(said: dict[str, Any], comment_id: str) -> Any:
    """A decision: the first on a pending comment stands, and the same again changes nothing."""
    decision = decision_from({**said, "id": comment_id})
    status = parts().queue.decide(
        caller().site, caller().op, caller().name, decision, admin=_admin(), review_share=_review_share()
    )
    return {"id": comment_id, "status": status}


@blueprint.route("/comments/<id:comment_id>/decision", methods=["DELETE"])
@needs("moderate", problems=(404, 409, 410))
@blueprint.response(200, DecidedSchema)
def undo(comment_id: str) -> Any:
    """Takes one's own last decision back: everything is as it was before."""
    return {"id": comment_id, "status": parts().queue.undo(caller().site, caller().op, caller().name, comment_id)}


@blueprint.route("/decisions", methods=["POST"])
@needs("moderate", batch=True, problems=(409, 413, 415))
@blueprint.arguments(BulkDecisionsSchema())
@blueprint.response(200, DecisionOutcomesSchema)
def decide_many(bulk: dict[str, list[Decision]]) -> Any:
    """Up to 1,000 decisions; each stands or is refused by itself, in order."""
    decisions = bulk["decisions"]
    named = [(f"{caller().op}.{at}", decision) for at, decision in enumerate(decisions)]
    outcomes = parts().queue.try_all(caller().site, named, caller().name, admin=_admin(), review_share=_review_share())
    return {
        "results": [
            {**problem_of(outcome).document(), "id": decision.id}
            if isinstance(outcome, Exception)
            else {"id": decision.id, "status": outcome}
            for decision, outcome in zip(decisions, outcomes, strict=True)
        ]
    }


def _admin() -> bool:
    return caller().key.reaches("admin")


def _review_share() -> float:
    """The share of decisions that a second moderator reviews."""
    return parts().policy_of(caller().site).review_share


def _held(claimed: Claim) -> list[Dossier]:
    waiting = [Waiting(one, claimed.token, caller().name, claimed.ends) for one in claimed.ids]
    return parts().dossiers.of(caller().site, waiting)


def _position(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    place, _, comment_id = cursor.partition(".")
    return place, comment_id
