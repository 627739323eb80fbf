"""Statistics over a range of days."""

from typing import Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.api.context import parts
from service.console.forms import Unfit, queried
from service.console.pages import page
from service.console.periods import Period, StatsPeriodSchema, period_of, presets, sent_of
from service.console.statistics import Among, Statistics, among, statistics
from service.console.visits import open_to, visitor
from service.store.retention import now_ms
from service.store.reviews import days_kept

blueprint = Blueprint("stats", __name__, url_prefix="/stats")

LARGEST: Final = 5
"""Campaigns that are listed."""


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """What happened, how far moderators agree with the model and each other, and how far comments have moved."""
    now = now_ms()
    try:
        asked = queried(StatsPeriodSchema)
    except Unfit as unfit:
        return page("console/stats.html", 422, errors=unfit.errors, sent=unfit.sent, presets=presets(now, 0, 0))
    period = period_of(asked)
    found = _statistics(period, now)
    return page(
        "console/stats.html",
        found=found,
        among=_among(found) if visitor().reaches("admin") else None,
        campaigns=parts().campaigns.largest(visitor().site, LARGEST, None)[0],
        sent=sent_of(asked, found.since, found.until),
        presets=presets(now, found.since, found.until),
    )


def _statistics(period: Period, now: int) -> Statistics:
    overview = parts().figures.over(visitor().site, period.since, period.until, period.bucket)
    return statistics(overview, parts().drifts.until(visitor().site, overview.range.until), now)


def _among(found: Statistics) -> Among:
    return among(parts().reviews.counted(visitor().site, days_kept(found.since, found.until - 1)))
