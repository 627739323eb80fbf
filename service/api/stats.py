"""Figures over time."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.figures import happenings
from service.schemas.fields import ms_of
from service.schemas.stats import StatsQuerySchema, StatsSchema

blueprint = Blueprint("stats", __name__, url_prefix="/v1", description="What happened, in figures")


@blueprint.route("/stats", methods=["GET"])
@needs("moderate", effect=False)
@blueprint.arguments(StatsQuerySchema(), location="query")
@blueprint.response(200, StatsSchema)
def stats(query: dict[str, Any]) -> Any:
    """What happened on the site, by the hour or the day, and how far moderators agree with the model."""
    found = parts().figures.over(caller().site, _ms(query, "since"), _ms(query, "until"), query["bucket"])
    return {
        "since": found.range.since,
        "until": found.range.until,
        "bucket": query["bucket"],
        "buckets": [{"at": at, **happenings(counts)} for at, counts in found.buckets.items()],
        "totals": happenings(found.totals),
        "agreement": found.agreement,
        "drift": parts().drifts.until(caller().site, found.range.until),
    }


def _ms(query: dict[str, Any], name: str) -> int | None:
    return ms_of(query[name]) if name in query else None
