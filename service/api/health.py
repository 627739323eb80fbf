"""Whether the service lives, whether it may be sent to, and its metrics."""

from typing import Any

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.api.context import Blueprint, parts
from service.monitoring import census, vitals
from service.monitoring.metrics import build_info
from service.schemas.health import HealthSchema
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
    """All that the promises rest on is there: Redis, and its settings against loss; and the service is not ending."""
    if parts().draining.announced:
        return _unready(["The service is ending"])
    chosen = parts().settings
    problems = problems_of(parts().store, allow_volatile=chosen.allow_volatile, replicas=chosen.redis_wait)
    return _unready(problems) if problems else {"status": "ok"}


def _unready(problems: list[str]) -> Any:
    return {"status": "unready", "problems": problems}, 503, {"Retry-After": "1"}


@blueprint.route("/metrics", methods=["GET"])
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def metrics() -> Response:
    """Prometheus' text format, over all workers. It asks nothing of Redis: what of it is told was counted before."""
    house = parts()
    shared = house.settings.metrics
    told = (
        house.metrics.exposition(),
        build_info(house.models.own.version),
        census.exposition(shared),
        vitals.exposition(shared),
    )
    return Response(b"".join(told), content_type=CONTENT_TYPE_LATEST)
