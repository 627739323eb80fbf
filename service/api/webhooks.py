"""Webhooks: where a site's events are pushed to."""

from typing import Any

from flask import Response

from service.api.context import Blueprint, caller, needs, parts
from service.api.problems import invalid
from service.schemas.webhooks import (
    NewWebhookSchema,
    ParkedPageSchema,
    ParkedQuerySchema,
    ReplayedSchema,
    ReplaySchema,
    SecretWebhookSchema,
    WebhookChangeSchema,
    WebhookSchema,
    WebhooksSchema,
)
from service.store.webhooks import Act
from service.webhooks.addresses import UnusableUrl, check_url
from service.webhooks.signing import new_secret

blueprint = Blueprint("webhooks", __name__, url_prefix="/v1/webhooks", description="The events, pushed")


@blueprint.route("", methods=["GET"])
@needs("admin", effect=False)
@blueprint.response(200, WebhooksSchema)
def list_webhooks() -> Any:
    """The site's webhooks, oldest first."""
    return {"items": parts().webhooks.all(caller().site)}


@blueprint.route("", methods=["POST"])
@needs("admin", problems=(409, 415))
@blueprint.arguments(NewWebhookSchema())
@blueprint.response(201, SecretWebhookSchema)
def create_webhook(wanted: dict[str, Any]) -> Any:
    """Makes a webhook, which gets what happens from now on. Its secret is shown here and never again."""
    _check(wanted)
    site, webhooks = caller().site, parts().webhooks
    webhook, secret = webhooks.create(site, _act(), wanted["url"], wanted["types"], new_secret())
    return {"webhook": webhooks.get(site, webhook), "secret": secret}


@blueprint.route("/<id:webhook>", methods=["GET"])
@needs("admin", effect=False, problems=(404,))
@blueprint.response(200, WebhookSchema)
def get_webhook(webhook: str) -> Any:
    """One webhook, and how its deliveries go."""
    return parts().webhooks.get(caller().site, webhook)


@blueprint.route("/<id:webhook>", methods=["PATCH"])
@needs("admin", problems=(404, 415))
@blueprint.arguments(WebhookChangeSchema())
@blueprint.response(200, WebhookSchema)
def change_webhook(changes: dict[str, Any], webhook: str) -> Any:
    """Changes a webhook, or stops and starts it; what waits for a retry is tried at once."""
    _check(changes)
    parts().webhooks.change(caller().site, _act(), webhook, changes)
    return parts().webhooks.get(caller().site, webhook)


@blueprint.route("/<id:webhook>", methods=["DELETE"])
@needs("admin", problems=(404,))
@blueprint.response(204)
def delete_webhook(webhook: str) -> Response:
    """Deletes a webhook with all that it owes."""
    parts().webhooks.drop(caller().site, _act(), webhook)
    return Response(status=204)


@blueprint.route("/<id:webhook>/rotate", methods=["POST"])
@needs("admin", problems=(404,))
@blueprint.response(200, SecretWebhookSchema)
def rotate_secret(webhook: str) -> Any:
    """Makes a new secret, shown here and never again; the one before signs beside it for 24 hours."""
    site, webhooks = caller().site, parts().webhooks
    secret, _ = webhooks.rotate(site, _act(), webhook, new_secret())
    return {"webhook": webhooks.get(site, webhook), "secret": secret}


@blueprint.route("/<id:webhook>/parked", methods=["GET"])
@needs("admin", effect=False, problems=(404,))
@blueprint.arguments(ParkedQuerySchema(), location="query")
@blueprint.response(200, ParkedPageSchema)
def list_parked(query: dict[str, Any], webhook: str) -> Any:
    """Deliveries that were given up, oldest event first."""
    found = parts().webhooks.parked(caller().site, webhook, query.get("cursor", ""), query["limit"])
    return {"items": found, "next_cursor": found[-1].id if len(found) == query["limit"] else None}


@blueprint.route("/<id:webhook>/replay", methods=["POST"])
@needs("admin", problems=(404, 415))
@blueprint.arguments(ReplaySchema())
@blueprint.response(200, ReplayedSchema)
def replay(events: list[str] | None, webhook: str) -> Any:
    """Has parked deliveries tried again from the start, all or those that are named."""
    return {"replayed": parts().webhooks.replay(caller().site, _act(), webhook, events)}


def _act() -> Act:
    return Act(caller().op, caller().name)


def _check(wanted: dict[str, Any]) -> None:
    """That something could be delivered to the URL, if one was sent.

    :raises Problem: nothing could.
    """
    if "url" in wanted:
        try:
            check_url(wanted["url"], parts().settings.webhook_networks)
        except UnusableUrl as problem:
            raise invalid({"url": [str(problem)]}) from problem
