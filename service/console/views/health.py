"""Queue health, which refreshes itself."""

from typing import Final

import marshmallow as ma
from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.console.forms import queried
from service.console.health import Health, health
from service.console.pages import fragment, page
from service.console.visits import open_to, visitor
from service.store.stats import DAY_MS

blueprint = Blueprint("health", __name__, url_prefix="/health")

ON: Final = "on"


class HealthQuerySchema(ma.Schema):
    """Whether the page refreshes itself."""

    live = fields.String(validate=validate.OneOf([ON, "off"]), load_default=ON)


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """The whole page."""
    return page("console/health.html", health=_health(), live=queried(HealthQuerySchema)["live"] == ON)


@blueprint.get("/figures")
@open_to("moderate")
def figures() -> ResponseReturnValue:
    """Its figures alone, for htmx to put in the place of the older ones."""
    return fragment("console/_health_refresh.html", health=_health())


def _health() -> Health:
    day = parts().figures.over(visitor().site, None, None, "hour", unasked=DAY_MS)
    return health(parts().queue.figures(visitor().site), day)
