"""The figures that regulators ask for, to be printed."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.api.context import parts
from service.api.stats import YEAR
from service.console.forms import Unfit, queried
from service.console.pages import page
from service.console.periods import PeriodSchema, period_of, sent_of
from service.console.visits import open_to, visitor
from service.moderation.transparency import transparency

blueprint = Blueprint("transparency", __name__, url_prefix="/transparency")


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """What article 15 of the Digital Services Act asks for, in whole days; without a beginning, over a year."""
    try:
        asked = queried(PeriodSchema)
    except Unfit as unfit:
        return page("console/transparency.html", 422, errors=unfit.errors, sent=unfit.sent)
    period = period_of(asked)
    found = parts().figures.over(visitor().site, period.since, period.until, "day", unasked=YEAR)
    return page(
        "console/transparency.html",
        found=found.range,
        figures=transparency(found.totals, parts().models.in_force(visitor().site).version),
        sent=sent_of(asked, found.range.since, found.range.until),
    )
