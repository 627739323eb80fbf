"""What every view stands on: who calls, what is sent, which parts serve it."""

import functools
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b, sha256
from http import HTTPStatus
from typing import Any, Final, NoReturn, ParamSpec, cast

import flask
import marshmallow as ma
import orjson
import structlog
from flask import current_app
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser

from service.api.exchange import Caller, Request, current
from service.api.problems import Problem, invalid
from service.campaigning import Campaigning
from service.checking import Checking
from service.console.seat.desk import Desks
from service.console.signon.sso import SignOn
from service.dossiers import Dossiers
from service.drift import Drifts
from service.feed import EventFeed
from service.figures import Figures
from service.flagging import Flagging
from service.intake import Intake, KeyReused, Rated, RateExceeded
from service.models import Models
from service.moderation.policy import Policy, default_policy
from service.monitoring.metrics import Metrics
from service.observations import Observations
from service.passwords import Passwords
from service.previews import Previews
from service.processes.draining import Draining
from service.processes.proxies import client_of
from service.publishing import Publishing
from service.reporting import Reporting
from service.settings import Settings
from service.shadowing import Shadowing
from service.similar import Similar
from service.store.akismet import AkismetUse
from service.store.appeals import Appeals
from service.store.articles import Articles
from service.store.audit import Audit
from service.store.authors import Authors
from service.store.campaigns import Campaigns
from service.store.comments import Comments
from service.store.connection import Store, StoreUnavailable
from service.store.coral import CoralSecrets
from service.store.events import Events
from service.store.keys import Guard, Key, Keys, Role
from service.store.notes import Notes
from service.store.observed import Observed
from service.store.people import NAME_LIMIT, People
from service.store.policies import Policies
from service.store.privacy import Privacy
from service.store.queue import Queue
from service.store.reports import ReaderReports
from service.store.reviews import Reviews
from service.store.sessions import Sessions
from service.store.shadows import Shadows
from service.store.suggestions import Suggestions
from service.store.webhooks import Webhooks

log = structlog.get_logger()

P = ParamSpec("P")

View = Callable[..., Any]
Decorator = Callable[[View], View]

BODY_LIMIT: Final = 1 << 20
BATCH_LIMIT: Final = 16 << 20
"""Bytes of a request's body, and of a batch's."""

IDEMPOTENCY_LIMIT: Final = 255
"""Characters of an Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the views call; built once, in `service.app`."""

    settings: Settings
    metrics: Metrics
    store: Store
    keys: Keys
    coral_secrets: CoralSecrets
    guard: Guard
    quick_guard: Guard
    comments: Comments
    appeals: Appeals
    reviews: Reviews
    queue: Queue
    events: Events
    policies: Policies
    audit: Audit
    privacy: Privacy
    intake: Intake
    checking: Checking
    flagging: Flagging
    suggestions: Suggestions
    akismet_use: AkismetUse
    dossiers: Dossiers
    feed: EventFeed
    draining: Draining
    figures: Figures
    drifts: Drifts
    observed: Observed
    observations: Observations
    models: Models
    previews: Previews
    shadows: Shadows
    shadowing: Shadowing
    publishing: Publishing
    webhooks: Webhooks
    authors: Authors
    articles: Articles
    reports: ReaderReports
    reporting: Reporting
    notes: Notes
    campaigns: Campaigns
    campaigning: Campaigning
    people: People
    sessions: Sessions
    passwords: Passwords
    similar: Similar
    desks: Desks
    sign_on: SignOn | None

    def first_policy_of(self, site: str) -> Policy:
        """Version 1 of a site's policy, which comes with its model."""
        return default_policy(self.models.in_force(site).thresholds)

    def policy_of(self, site: str) -> Policy:
        """The policy in force for a site, in one round trip."""
        return self.policies.in_force(site, self.first_policy_of(site))


def parts() -> Parts:
    """The parts of the app that serves this request."""
    return cast("Parts", current_app.extensions["winnow"])


def caller() -> Caller:
    """Who called; only in views under `needs`."""
    return cast("Caller", current().caller)


class JsonParser(FlaskParser):
    """webargs, with orjson for a reader and a problem for every complaint."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}  # noqa: RUF012  # webargs declares it so

    def load_json(self, req: flask.Request, schema: ma.Schema) -> Any:
        """The body as JSON in UTF-8; where nothing is required, no body and no type count as `{}`."""
        if not req.mimetype and not req.get_data() and not any(one.required for one in schema.fields.values()):
            return {}
        return read_json(req)

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        """What a schema refused."""
        messages = cast("dict[str, Any]", error.messages)
        raise invalid(messages.get("json") or messages.get("query") or messages)


def read_json(req: flask.Request) -> Any:
    """A request's body.

    :raises Problem: 415 for another type, 400 for what is not JSON in UTF-8.
    """
    plain = "application/json"
    if plain not in (req.content_type, req.mimetype) and not req.mimetype.endswith("+json"):
        raise Problem(415, "Send JSON, as application/json.")
    try:
        return orjson.loads(req.get_data())
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"Not JSON in UTF-8: {error.msg} at line {error.lineno}, column {error.colno}.") from error


class Blueprint(SmorestBlueprint):
    """flask-smorest's blueprint with our parser."""

    ARGUMENTS_PARSER = JsonParser()


def needs(  # noqa: PLR0913  # what a view needs, each said where it is used
    role: Role,
    *,
    effect: bool = True,
    counted: bool = True,
    batch: bool = False,
    takes_in: bool = False,
    problems: tuple[int, ...] = (),
) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Lets a view run for keys of this role or above: authenticated, counted, once for an Idempotency-Key.

    :param effect: whether the view changes something; one that does not runs while the store is away, too, and
        ignores an Idempotency-Key.
    :param counted: whether the guard counts the request; a view whose own script counts it says no.
    :param batch: whether the body may be as large as a batch's.
    :param takes_in: whether it takes in what readers write; a site that is closed takes in nothing.
    :param problems: statuses that the view may answer beside those that any may, for the document.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Any]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            asked = current()
            asked.max_content_length = BATCH_LIMIT if batch else BODY_LIMIT
            admit(asked, bearer(asked), role, takes_in=takes_in, effect=effect)
            if not counted:
                return view(*args, **kwargs)
            once = caller().once
            digest = _digest(asked) if once else ""
            if not enter(asked, once, digest, effect=effect):
                return view(*args, **kwargs)
            return _once_only(caller().key, once, digest, functools.partial(view, *args, **kwargs))

        _document(guarded, role, problems)
        return guarded

    return decorate


def described(*decorators: Decorator) -> Decorator:
    """Documents a view as flask-smorest's decorators would, but runs it without them: it loads and dumps by itself.

    For the one route where their cost counts.
    """

    def decorate(view: View) -> View:
        shown = view
        for decorator in reversed(decorators):
            shown = decorator(shown)
        view._apidoc = shown._apidoc  # type: ignore[attr-defined]  # noqa: SLF001  # flask-smorest keeps them there
        return view

    return decorate


def loaded(schema: type[ma.Schema], sent: Any) -> Any:
    """What a schema makes of what was sent.

    :raises Problem: it refuses it.
    """
    named = frozenset(sent) if isinstance(sent, dict) else frozenset()
    try:
        return _narrowed(schema, named & _names(schema)).load(sent)
    except ma.ValidationError as error:
        raise invalid(cast("dict[str, Any]", error.messages)) from error


@cache
def _names(schema: type[ma.Schema]) -> frozenset[str]:
    return frozenset(schema().fields)


@cache
def _narrowed(schema: type[ma.Schema], named: frozenset[str]) -> ma.Schema:
    """The schema without those fields that were not sent and need not be: marshmallow looks at each that it has."""
    return schema(
        only={
            name
            for name, field in schema().fields.items()
            if field.required or field.load_default is not ma.missing or name in named
        }
    )


def admit(asked: Request, text: str, role: Role, *, takes_in: bool = False, effect: bool = False) -> None:
    """Makes the holder of a key, given by its text, the caller.

    :param takes_in: whether the request brings what readers write; a site that is closed takes in nothing.
    :param effect: whether an Idempotency-Key means something.
    :raises Problem: 401 for no key in force, 403 for one that does not reach the role, or for a closed site.
    :raises TooManyBadKeys: 401 was said too often to this address.
    """
    key = parts().keys.find(text, functools.partial(address_of, asked)) if text else None
    if key is None:
        detail = "Send a key that is in force, as Authorization: Bearer …"
        raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
    if not key.reaches(role):
        raise Problem(403, f"This takes a key with the role {role}; this one has {key.role}.")
    if takes_in and key.closed:
        raise Problem(403, "The site is closed: it takes in no more comments.", kind="site-closed")
    name = _name(asked, key)
    once = _once(asked, key, name) if effect else ""
    asked.caller = Caller(key, name, once[:16] or asked.id, once)


def address_of(asked: Request) -> str:
    """The client's address, also behind proxies that are believed."""
    environ = asked.environ
    peer, forwarded = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
    return client_of(peer, forwarded, parts().settings.proxies)


def bearer(asked: Request) -> str:
    """The key that a request sends in its Authorization header; "" without one."""
    scheme, _, text = asked.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def _name(asked: Request, key: Key) -> str:
    """The moderator who stands behind the request: the key's own, or whom a delegate's key names."""
    header = asked.environ.get("HTTP_X_MODERATOR", "").strip() if key.delegate else ""
    if not header:
        return key.name
    try:
        named = header.encode("latin-1").decode()  # WSGI hands a header's bytes over as Latin-1
    except UnicodeError as error:
        raise Problem(400, "X-Moderator is UTF-8.") from error
    if len(named) > NAME_LIMIT or not named.isprintable():
        raise Problem(400, f"X-Moderator is a name of 1 to {NAME_LIMIT} printable characters.")
    return named


def _once(asked: Request, key: Key, name: str) -> str:
    """What an Idempotency-Key of a POST or a DELETE stands for; one moderator's means nothing to another.

    A PUT or PATCH says what shall be, and needs none.
    """
    given = asked.environ.get("HTTP_IDEMPOTENCY_KEY", "") if asked.method in ("POST", "DELETE") else ""
    if not given:
        return ""
    if len(given) > IDEMPOTENCY_LIMIT or not given.isprintable():
        raise Problem(400, f"An Idempotency-Key is 1 to {IDEMPOTENCY_LIMIT} printable characters.")
    return sha256(f"{key.id} {name} {given}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _digest(asked: Request) -> str:
    """Tells the same request from another; keyed with the Idempotency-Key, which is kept nowhere itself."""
    secret = sha256(asked.environ["HTTP_IDEMPOTENCY_KEY"].encode("utf-8", "surrogateescape")).digest()
    whole = b"\n".join([asked.path.encode(), asked.query_string, asked.get_data()])
    return blake2b(whole, digest_size=12, key=secret).hexdigest()


def enter(asked: Request, once: str = "", digest: str = "", *, effect: bool = False) -> bool:
    """Counts the caller's request and opens its record; whether it is new and has to be closed.

    A repeated request runs again under the operation of the first, which every script knows again.

    :raises RateExceeded: the key stands over its limit.
    """
    limit = parts().settings.rate_limit
    if not limit and not once:
        return False
    try:
        guard = parts().guard if effect else parts().quick_guard
        entered = guard.enter(caller().key, limit, once, digest)
    except StoreUnavailable:
        if effect:
            raise
        return False
    asked.rated = Rated(entered.requests, entered.seconds_left)
    if entered.requests > limit:
        raise RateExceeded(entered.seconds_left)
    if entered.once == "other":
        raise KeyReused
    if entered.once == "running":
        raise Problem(409, "The same request is still running.", kind="running", headers={"Retry-After": "1"})
    return entered.once == "new"


def _once_only(key: Key, once: str, digest: str, view: Callable[[], Any]) -> Any:
    """Runs a view under its Idempotency-Key: what took effect is remembered, what failed may be tried again."""
    done = False
    try:
        answer = view()
        done = True
    finally:
        try:
            parts().guard.leave(key.site, once, digest, done=done)
        except StoreUnavailable:  # the effect knows its own operation, and the record ends by itself
            log.warning("idempotency record left open", site=key.site)
    return answer


def _document(view: Any, role: Role, problems: tuple[int, ...]) -> None:
    """Notes in the OpenAPI document what every guarded view may answer, and that it takes a key."""
    notes = view._apidoc = deepcopy(getattr(view, "_apidoc", {}))  # noqa: SLF001  # flask-smorest keeps them there
    answers = notes.setdefault("response", {}).setdefault("responses", {})
    for status in (400, 401, 403, 429, 503, *problems):
        answers.setdefault(status, [HTTPStatus(status).name])
    notes["manual_doc"] = {"security": [{"key": []}], "x-role": role}
