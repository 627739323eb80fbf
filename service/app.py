"""Builds the Flask app and names every part it wires; nothing else does."""

import time
from typing import Any, Final

import orjson
import structlog
import uuid_utils
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider
from werkzeug.routing import BaseConverter

from model.classifier import Classifier
from service import logs
from service.api import admin, comments, docs, events, health, problems, queue, score
from service.api.context import BODY_LIMIT, Parts, parts, rate_headers
from service.api.openapi import OPENAPI, ProblemApi
from service.dossiers import Dossiers
from service.feed import EventFeed
from service.intake import Intake
from service.metrics import Metrics
from service.models import Copies, Models
from service.publishing import Publishing
from service.schemas.fields import ID_PATTERN
from service.settings import Settings
from service.store.comments import Comments
from service.store.connection import Store, connect
from service.store.events import Events
from service.store.keys import Guard, Keys
from service.store.models import Published
from service.store.policies import Policies
from service.store.queue import Queue

log = structlog.get_logger()

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Those that metrics tell apart: a client may send any word for one."""


def create_app(settings: Settings, redis_url: str) -> Flask:
    """The service as a WSGI app.

    :param redis_url: where the store is; no connection is made here, so that workers may be forked from this.
    :raises ArtifactError: the model cannot be used.
    """
    logs.configure(settings.log_level)
    app = Flask(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.converters["id"] = IdConverter
    app.config.update(OPENAPI, MAX_CONTENT_LENGTH=BODY_LIMIT, WINNOW_BODY_MAX=settings.body_max)
    app.extensions["winnow"] = wire(settings, redis_url)

    api = ProblemApi(app)
    for room in (comments, score, queue, events, admin, health):
        api.register_blueprint(room.blueprint)
    app.register_blueprint(docs.blueprint)
    problems.register(app)
    app.before_request(_begin)
    app.after_request(rate_headers)
    app.after_request(_end)
    return app


def wire(settings: Settings, redis_url: str) -> Parts:
    """Every part with its collaborators."""
    store = Store(connect(redis_url))
    published = Published(store)
    own = Classifier.load(settings.model)
    models = Models(published, own, Copies(settings.data / "models", published))
    quick = Store(connect(redis_url, patient=False), rests=1.0)
    stored = Comments(store)
    policies = Policies(store)
    metrics = Metrics()
    followed = Events(store)
    return Parts(
        settings=settings,
        metrics=metrics,
        store=store,
        keys=Keys(quick),
        guard=Guard(store),
        quick_guard=Guard(quick),
        comments=stored,
        queue=Queue(store),
        events=followed,
        policies=policies,
        intake=Intake(stored, policies, models, metrics),
        dossiers=Dossiers(stored, models),
        feed=EventFeed(followed),
        models=models,
        publishing=Publishing(published, models, Keys(store), settings.model),
    )


class IdConverter(BaseConverter):
    """A comment's or a claim's id in an address; anything else is no address of ours."""

    regex = ID_PATTERN


class OrjsonProvider(JSONProvider):
    """Flask's JSON through orjson."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Plain values."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A JSON answer."""
        return Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), content_type="application/json")


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = str(uuid_utils.uuid7())
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    """Every answer carries its request's id, is counted, and leaves one line in the log."""
    seconds = time.perf_counter() - g.began
    response.headers["X-Request-Id"] = g.request_id
    if not response.is_streamed and not response.content_length:
        response.headers.pop("Content-Type", None)
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in METHODS else "other"
    parts().metrics.answered(method, route, response.status_code, seconds)
    log.info(
        "request", method=request.method, path=request.path, status=response.status_code, ms=round(seconds * 1e3, 2)
    )
    structlog.contextvars.clear_contextvars()
    return response
