"""Builds the Flask app and names every part it wires; nothing else does."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from werkzeug.routing import BaseConverter

from model.classifier import Classifier
from service import logs
from service.api import (
    appeals,
    articles,
    audit,
    authors,
    campaigns,
    comments,
    docs,
    events,
    exchange,
    health,
    models,
    policy,
    previews,
    privacy,
    problems,
    queue,
    reports,
    reviews,
    score,
    statement,
    stats,
    webhooks,
)
from service.api.context import BODY_LIMIT, Parts
from service.api.exchange import Request
from service.api.openapi import OPENAPI, ProblemApi
from service.campaigning import Campaigning
from service.checking import Checking
from service.compat import akismet, coral, openai, perspective
from service.console import blueprint as console
from service.console.seat.desk import Desks
from service.console.signon.sso import sign_on_of
from service.dossiers import Dossiers
from service.drift import Drifts
from service.feed import EventFeed
from service.figures import Figures
from service.flagging import Flagging
from service.intake import Intake
from service.models import Copies, Models
from service.monitoring.metrics import Metrics
from service.observations import Observations
from service.passwords import Passwords
from service.previews import Previews
from service.processes.draining import Draining
from service.publishing import Publishing
from service.reporting import Reporting
from service.schemas.fields import ID_PATTERN
from service.settings import Settings
from service.shadowing import Shadowing
from service.similar import Similar
from service.store.akismet import AkismetUse
from service.store.appeals import Appeals
from service.store.arrivals import Arrivals
from service.store.articles import Articles
from service.store.audit import Audit
from service.store.authors import Authors
from service.store.campaigns import Campaigns
from service.store.checks import Checks
from service.store.comments import Comments
from service.store.connection import Store, connect
from service.store.coral import CoralSecrets
from service.store.events import Events
from service.store.keys import Guard, Keys
from service.store.models import Published
from service.store.notes import Notes
from service.store.observed import Observed
from service.store.people import People
from service.store.policies import Policies
from service.store.privacy import Privacy
from service.store.queue import Queue
from service.store.replays import Replays
from service.store.reports import ReaderReports
from service.store.retention import now_ms
from service.store.reviews import Reviews
from service.store.sessions import Sessions
from service.store.shadows import Shadows
from service.store.stats import Stats
from service.store.suggestions import Suggestions
from service.store.webhooks import Webhooks

ROOMS: Final = (
    comments,
    reports,
    appeals,
    statement,
    score,
    queue,
    campaigns,
    reviews,
    authors,
    privacy,
    articles,
    events,
    webhooks,
    policy,
    previews,
    models,
    stats,
    audit,
    health,
)
"""The API, a blueprint for each resource, in the order of its document."""

SURFACES: Final[tuple[ModuleType, ...]] = (perspective, akismet, openai, coral)
"""Other services' interfaces, a blueprint for each."""


class App(Flask):
    """Flask with our requests and orjson."""

    request_class = Request

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.json = OrjsonProvider(self)
        self.url_map.converters["id"] = IdConverter
        self.url_map.converters["text"] = TextConverter

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none of ours is a coroutine, and Flask would look at each one at each call."""
        return func


def create_app(settings: Settings, redis_url: str) -> Flask:
    """The service as a WSGI app.

    :param redis_url: where the store is; no connection is made here, so that workers may be forked from this.
    :raises ArtifactError: the model cannot be used.
    """
    logs.configure(settings.log_level, exchange.request_id)
    app = App(__name__)
    app.config.update(OPENAPI, MAX_CONTENT_LENGTH=BODY_LIMIT, WINNOW_BODY_MAX=settings.body_max)
    parts = app.extensions["winnow"] = wire(settings, redis_url)

    api = ProblemApi(app)
    for room in (*ROOMS, *SURFACES):
        api.register_blueprint(room.blueprint)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(console.make())
    problems.register(app)
    app.before_request_funcs.setdefault(None, []).insert(0, parts.metrics.began)  # whatever else follows
    app.teardown_request(parts.metrics.ended)
    app.after_request(exchange.finisher(parts.metrics, settings.rate_limit))
    return app


def wire(settings: Settings, redis_url: str) -> Parts:
    """Every part with its collaborators."""
    metrics = Metrics()
    store = Store(connect(redis_url, replicas=settings.redis_wait), watch=metrics.redis_asked)
    published = Published(store)
    compiled = None if settings.compiled else False
    own = Classifier.load(settings.model, compiled)
    models = Models(published, own, Copies(settings.data / "models", published, compiled))
    hurried = connect(redis_url, patient=False, replicas=settings.redis_wait)
    quick = Store(hurried, rests=1.0, watch=metrics.redis_asked)
    stored, contested, reviewed = Comments(store), Appeals(store), Reviews(store)
    policies = Policies(store)
    reported, notes = ReaderReports(store), Notes(store)
    shadows = Shadows(store)
    shadowing = Shadowing(shadows, policies)
    followed = Events(store)
    feed = EventFeed(followed)
    observed = Observed(quick)  # nothing is seen twice, and metrics wait for nobody
    observations = Observations(observed, now_ms)
    queued = Queue(store)
    grouped = Campaigns(store)
    people = People(store)
    campaigning = Campaigning(grouped, stored, queued)
    dossiers = Dossiers(stored, models, contested, reviewed, reported, notes)
    sessions = Sessions(store)
    return Parts(
        settings=settings,
        metrics=metrics,
        store=store,
        keys=Keys(quick),
        coral_secrets=CoralSecrets(quick),
        guard=Guard(store),
        quick_guard=Guard(quick),
        comments=stored,
        appeals=contested,
        reviews=reviewed,
        queue=queued,
        events=followed,
        policies=policies,
        intake=Intake(Arrivals(store), policies, models, metrics, observations, campaigning, shadowing),
        checking=Checking(Checks(quick), Policies(quick), models, metrics),
        flagging=Flagging(Checks(quick), Policies(quick), models, metrics),
        suggestions=Suggestions(store),
        akismet_use=AkismetUse(quick),
        dossiers=dossiers,
        audit=Audit(store),
        privacy=Privacy(store, stored),
        feed=feed,
        draining=Draining(feed),
        figures=Figures(Stats(store)),
        drifts=Drifts(Observed(store), models),
        observed=observed,
        observations=observations,
        models=models,
        webhooks=Webhooks(store),
        previews=Previews(Replays(store)),
        shadows=shadows,
        shadowing=shadowing,
        publishing=Publishing(published, models, Keys(store), settings.model),
        authors=Authors(store),
        articles=Articles(store),
        reports=reported,
        reporting=Reporting(stored, reported, policies, models),
        notes=notes,
        campaigns=grouped,
        campaigning=campaigning,
        people=people,
        sessions=sessions,
        passwords=Passwords(),
        similar=Similar(stored, grouped),
        desks=Desks(queued, dossiers, sessions),
        sign_on=sign_on_of(settings, people),
    )


class IdConverter(BaseConverter):
    """A comment's or a claim's id in an address; anything else is no address of ours."""

    regex = ID_PATTERN


class TextConverter(BaseConverter):
    """An author's or an article's id in an address: any text of 1 to 128 characters, encoded, slashes too."""

    regex = r"[^\0]{1,128}"
    part_isolating = False


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
