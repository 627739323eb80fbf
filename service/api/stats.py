"""Figures over time."""

from typing import Any, Final

from service.api.context import Blueprint, caller, needs, parts
from service.figures import happenings
from service.moderation.transparency import transparency
from service.schemas.fields import ms_of
from service.schemas.stats import RangeSchema, StatsQuerySchema, StatsSchema
from service.schemas.transparency import TransparencySchema
from service.store.stats import DAY_MS
from service.turns import slices

YEAR: Final = 365 * DAY_MS

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
        "buckets": [
            {"at": at, **happenings(counts)} for some in slices(list(found.buckets.items())) for at, counts in some
        ],
        "totals": happenings(found.totals),
        "agreement": found.agreement,
        "drift": parts().drifts.until(caller().site, found.range.until),
    }


@blueprint.route("/transparency", methods=["GET"])
@needs("admin", effect=False)
@blueprint.arguments(RangeSchema(), location="query")
@blueprint.response(200, TransparencySchema)
def report(query: dict[str, Any]) -> Any:
    """What article 15 of the Digital Services Act asks for, in whole days; without a beginning, over a year."""
    found = parts().figures.over(caller().site, _ms(query, "since"), _ms(query, "until"), "day", unasked=YEAR)
    figures = transparency(found.totals, parts().models.in_force(caller().site).version)
    return {"since": found.range.since, "until": found.range.until, "figures": figures}


def _ms(query: dict[str, Any], name: str) -> int | None:
    return ms_of(query[name]) if name in query else None
