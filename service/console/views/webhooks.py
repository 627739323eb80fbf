"""Webhooks: made, changed, stopped and started, given a new secret, deleted."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields, validate, validates_schema

from service.api.context import parts
from service.console.choices import EVENTS, FAILURES
from service.console.forms import Unfit, filled
from service.console.pages import back, page
from service.console.visits import open_to, visitor
from service.schemas.events import EVENT_TYPES
from service.schemas.fields import Strict
from service.schemas.webhooks import UrlField
from service.store.webhooks import MOST, Act, Webhook
from service.webhooks.addresses import UnusableUrl, check_url
from service.webhooks.signing import new_secret

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")

PARKED: Final = 5
"""Parked deliveries that a webhook's own page shows."""


class WebhookFormSchema(Strict):
    """Where events go, and which: all, or those that are ticked."""

    url = UrlField(required=True, error_messages={"required": "Give the address that events shall go to."})
    which = fields.String(load_default="all", validate=validate.OneOf(["all", "some"]))
    types = fields.List(
        fields.String(validate=validate.OneOf(EVENT_TYPES, error="There is no such event.")), load_default=list
    )

    @validates_schema
    def some_are_ticked(self, wanted: dict[str, Any], **_: Any) -> None:
        """A webhook that gets nothing is none."""
        if wanted.get("which") == "some" and not wanted.get("types"):
            raise ValidationError("Tick at least one event.", "types")


class EnabledFormSchema(Strict):
    """Whether it shall deliver."""

    enabled = fields.String(required=True, validate=validate.OneOf(["yes", "no"]))


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """All webhooks and how they go, and the form for another."""
    return _listed(200, {}, {})


@blueprint.post("")
@open_to("admin")
def create() -> ResponseReturnValue:
    """Makes a webhook; the answer shows its secret, and nothing does later."""
    try:
        wanted = _wanted()
    except Unfit as unfit:
        return _listed(422, unfit.errors, unfit.sent)
    site = visitor().site
    made, secret = parts().webhooks.create(site, act(), wanted["url"], wanted["types"], new_secret())
    return page("console/webhook_secret.html", 201, hook=parts().webhooks.get(site, made), secret=secret, fresh=True)


@blueprint.get("/<id:webhook>")
@open_to("admin")
def one(webhook: str) -> ResponseReturnValue:
    """One webhook: how it goes, and what can be done about it."""
    return _shown(webhook, 200, {}, {})


@blueprint.post("/<id:webhook>")
@open_to("admin")
def change(webhook: str) -> ResponseReturnValue:
    """Changes where events go, or which."""
    hook = parts().webhooks.get(visitor().site, webhook)
    try:
        wanted = _wanted()
    except Unfit as unfit:
        return _shown(webhook, 422, unfit.errors, unfit.sent)
    changes = {name: value for name, value in wanted.items() if value != getattr(hook, name)}
    if not changes:
        return back("console.webhooks.one", webhook=webhook, told="It was so already; nothing was changed.")
    parts().webhooks.change(visitor().site, act(), webhook, changes)
    return back("console.webhooks.one", webhook=webhook, told="The webhook was changed.")


@blueprint.post("/<id:webhook>/enabled")
@open_to("admin")
def enable(webhook: str) -> ResponseReturnValue:
    """Starts or stops it; started, what waits for a retry is tried at once."""
    enabled = filled(EnabledFormSchema)["enabled"] == "yes"
    parts().webhooks.change(visitor().site, act(), webhook, {"enabled": enabled})
    told = (
        "It delivers; what waits is tried at once." if enabled else "It is stopped. Events wait for it, up to 7 days."
    )
    return back("console.webhooks.one", webhook=webhook, told=told)


@blueprint.post("/<id:webhook>/rotate")
@open_to("admin")
def rotate(webhook: str) -> ResponseReturnValue:
    """Puts a new secret in force; the answer shows it, and nothing does later."""
    site = visitor().site
    secret, _ = parts().webhooks.rotate(site, act(), webhook, new_secret())
    return page("console/webhook_secret.html", hook=parts().webhooks.get(site, webhook), secret=secret, fresh=False)


@blueprint.get("/<id:webhook>/delete")
@open_to("admin")
def ask(webhook: str) -> ResponseReturnValue:
    """What goes with a webhook, before it does."""
    return page("console/webhook_delete.html", hook=parts().webhooks.get(visitor().site, webhook))


@blueprint.post("/<id:webhook>/delete")
@open_to("admin")
def delete(webhook: str) -> ResponseReturnValue:
    """Deletes a webhook with all that it owes."""
    parts().webhooks.drop(visitor().site, act(), webhook)
    return back("console.webhooks.show", told="The webhook was deleted.")


def act() -> Act:
    """What this request does, and who."""
    return Act(visitor().op, visitor().name)


def _wanted() -> dict[str, Any]:
    """The URL and the types (None for all) of the form.

    :raises Unfit: they do not fit, or nothing may be delivered to the URL.
    """
    sent = filled(WebhookFormSchema)
    try:
        check_url(sent["url"], parts().settings.webhook_networks)
    except UnusableUrl as problem:
        raise Unfit({"url": [str(problem)]}, sent) from problem
    ticked = tuple(one for one in EVENT_TYPES if one in sent["types"])
    return {"url": sent["url"], "types": ticked if sent["which"] == "some" else None}


def _listed(status: int, errors: Mapping[str, Any], sent: Mapping[str, Any]) -> ResponseReturnValue:
    hooks = parts().webhooks.all(visitor().site)
    around = {"events": EVENTS, "failures": FAILURES, "most": MOST}
    return page("console/webhooks.html", status, hooks=hooks, errors=errors, sent=sent, **around)


def _shown(webhook: str, status: int, errors: Mapping[str, Any], sent: Mapping[str, Any]) -> ResponseReturnValue:
    site = visitor().site
    hook = parts().webhooks.get(site, webhook)
    parked = parts().webhooks.parked(site, webhook, "", PARKED) if hook.parked else []
    around = {"events": EVENTS, "failures": FAILURES, "parked": parked}
    return page("console/webhook.html", status, hook=hook, errors=errors, sent=sent or _as_form(hook), **around)


def _as_form(hook: Webhook) -> dict[str, Any]:
    """A webhook as its form would send it."""
    return {"url": hook.url, "which": "all" if hook.types is None else "some", "types": hook.types or ()}
