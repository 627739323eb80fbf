"""Deliveries that were given up, and their second chance."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.console.choices import EVENTS
from service.console.forms import Unfit, filled, queried
from service.console.pages import back, page
from service.console.views.webhooks import act
from service.console.visits import open_to, visitor
from service.schemas.fields import Strict
from service.schemas.webhooks import EVENT_ID

blueprint = Blueprint("parked", __name__, url_prefix="/webhooks/<id:webhook>/parked")

LISTED: Final = 100
"""Deliveries of a page."""


class PageSchema(Strict):
    """Where to go on."""

    cursor = fields.String(validate=EVENT_ID)


class ReplayFormSchema(Strict):
    """All, or those that are ticked; `cursor` is the page on which they stand."""

    which = fields.String(required=True, validate=validate.OneOf(["all", "some"]))
    events = fields.List(fields.String(validate=EVENT_ID), load_default=list, validate=validate.Length(0, 1000))


@blueprint.get("")
@open_to("admin")
def show(webhook: str) -> ResponseReturnValue:
    """Parked deliveries, oldest event first."""
    return _shown(webhook, 200, {})


@blueprint.post("")
@open_to("admin")
def replay(webhook: str) -> ResponseReturnValue:
    """Has parked deliveries tried again from the start."""
    try:
        wanted = filled(ReplayFormSchema)
    except Unfit as unfit:
        return _shown(webhook, 422, unfit.errors)
    if wanted["which"] == "some" and not wanted["events"]:
        return _shown(webhook, 422, {"events": ["Tick at least one delivery."]})
    chosen = None if wanted["which"] == "all" else wanted["events"]
    moved = parts().webhooks.replay(visitor().site, act(), webhook, chosen)
    told = "1 delivery is tried again." if moved == 1 else f"{moved} deliveries are tried again."
    return back("console.webhooks.one", webhook=webhook, told=told)


def _shown(webhook: str, status: int, errors: Mapping[str, Any]) -> ResponseReturnValue:
    site, cursor = visitor().site, queried(PageSchema).get("cursor", "")
    hook = parts().webhooks.get(site, webhook)
    found = parts().webhooks.parked(site, webhook, cursor, LISTED)
    further = found[-1].id if len(found) == LISTED else None
    return page("console/parked.html", status, hook=hook, found=found, further=further, events=EVENTS, errors=errors)
