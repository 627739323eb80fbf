"""Blind reviews: answered by moderators, their disagreements closed by admins; and how far moderators agree."""

from typing import Any, Final

from service.api.context import Blueprint, caller, needs, parts
from service.moderation.agreement import by_pair, overall
from service.schemas.fields import ms_of
from service.schemas.reviews import (
    AgreementQuerySchema,
    AgreementReportSchema,
    AnsweredSchema,
    AnswerSchema,
    DisagreementQuerySchema,
    DisagreementsSchema,
    ResolutionSchema,
    ResolvedSchema,
)
from service.store.retention import DAY_MS, now_ms
from service.store.reviews import days_kept

blueprint = Blueprint("reviews", __name__, url_prefix="/v1", description="What a second moderator says, unseen")

DAYS: Final = 90
"""How far back agreement is counted, unless somebody says."""


@blueprint.route("/reviews/<id:review>", methods=["POST"])
@needs("moderate", problems=(404, 409, 415))
@blueprint.arguments(AnswerSchema())
@blueprint.response(200, AnsweredSchema)
def answer(said: dict[str, Any], review: str) -> Any:
    """Says what one would have decided; it changes no comment. The first answer counts, the same again is fine."""
    labels = list(dict.fromkeys(said["labels"]))
    parts().reviews.answer(caller().site, caller().op, caller().name, review, said["action"], labels)
    return {"id": review, "action": said["action"], "labels": labels}


@blueprint.route("/reviews/disagreements", methods=["GET"])
@needs("admin", effect=False)
@blueprint.arguments(DisagreementQuerySchema(), location="query")
@blueprint.response(200, DisagreementsSchema)
def disagreements(query: dict[str, Any]) -> Any:
    """Reviews that ended otherwise than what they are of, both sides, until an admin closes them."""
    ms, _, last = query.get("cursor", "").partition(".")
    found, behind = parts().reviews.disagreements(caller().site, query["limit"], (int(ms), last) if ms else None)
    return {
        "items": parts().dossiers.sides(caller().site, found),
        "next_cursor": f"{behind[0]}.{behind[1]}" if behind else None,
    }


@blueprint.route("/reviews/<id:review>/resolution", methods=["POST"])
@needs("admin", problems=(404, 409, 415))
@blueprint.arguments(ResolutionSchema())
@blueprint.response(200, ResolvedSchema)
def resolve(said: dict[str, Any], review: str) -> Any:
    """Closes a disagreement. The comment stays as it is: an admin who wants it otherwise decides on it."""
    parts().reviews.resolve(caller().site, caller().name, review, said["right"])
    return {"id": review, "right": said["right"]}


@blueprint.route("/stats/agreement", methods=["GET"])
@needs("admin", effect=False)
@blueprint.arguments(AgreementQuerySchema(), location="query")
@blueprint.response(200, AgreementReportSchema)
def agreement(query: dict[str, Any]) -> Any:
    """Cohen's kappa from blind second reviews, on the action and each label, together and by pair of moderators."""
    until = ms_of(query["to"]) if "to" in query else now_ms()
    since = ms_of(query["from_"]) if "from_" in query else until - DAYS * DAY_MS
    days = days_kept(since, until)
    counted = parts().reviews.counted(caller().site, days)
    together = overall(counted)
    return {
        "from_": days.start * DAY_MS,
        "to": days.stop * DAY_MS,
        "action": together.action,
        "labels": together.labels,
        "pairs": by_pair(counted),
    }
