"""Whether the service lives, whether it may be sent to, and its metrics."""

from typing import Any

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.api.context import Blueprint, parts
from service.metrics import gauge
from service.schemas.health import HealthSchema
from service.store.connection import StoreUnavailable
from service.store.health import problems_of

blueprint = Blueprint("health", __name__, description="For those who run it")


@blueprint.route("/healthz", methods=["GET"])
@blueprint.response(200, HealthSchema)
def healthz() -> Any:
    """The process answers."""
    return {"status": "ok"}


@blueprint.route("/readyz", methods=["GET"])
@blueprint.response(200, HealthSchema)
@blueprint.alt_response(503, schema=HealthSchema, description="Not to be sent to, and why")
def readyz() -> Any:
    """All that the promises rest on is there: Redis, and its settings against loss."""
    chosen = parts().settings
    problems = problems_of(parts().store, allow_volatile=chosen.allow_volatile, replicas=chosen.redis_wait)
    if problems:
        return {"status": "unready", "problems": problems}, 503, {"Retry-After": "1"}
    return {"status": "ok"}


@blueprint.route("/metrics", methods=["GET"])
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def metrics() -> Response:
    """Prometheus' text format, over all workers."""
    return Response(parts().metrics.exposition() + _of_the_store(), content_type=CONTENT_TYPE_LATEST)


def _of_the_store() -> bytes:
    """What Redis knows of all sites together, none by its name; nothing while it is away."""
    house = parts()
    try:
        kept = {one: house.policies.retention(one).decided_days for one in house.keys.sites()}
        expiring = sum(house.labels.expiring(kept).values())
        drifted = house.observed.alarms()
    except StoreUnavailable:
        return b""
    return gauge("winnow_drifted_sites", "Sites with an alarm for drift", drifted) + gauge(
        "winnow_labels_expiring", "Decisions that were never exported and end within 14 days", expiring
    )
