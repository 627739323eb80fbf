"""One request and its answer: what is known of it on the way, and how every answer ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

import flask
import structlog
import uuid_utils
from flask import Response
from flask.globals import request as of_this_context
from werkzeug.routing import RequestRedirect

from service.intake import Rated
from service.monitoring.metrics import Metrics
from service.store.keys import Key

log = structlog.get_logger()

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Those that metrics and the log tell apart: a client may send any word for one."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is. `name` stands on claims and decisions; `op` names this call's effect."""

    key: Key
    name: str
    op: str
    once: str

    @property
    def site(self) -> str:
        """The site whose key it is; nothing of another is ever seen."""
        return self.key.site


class Request(flask.Request):
    """A request, with its own `id`; `caller` and `rated` are there once a key was found and counted."""

    caller: Caller | None = None
    rated: Rated | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.began = time.perf_counter()
        self.id = str(uuid_utils.uuid7())


def current() -> Request:
    """The request that is being answered, itself: each look through Flask's stand-in costs a search."""
    stand_in: Any = of_this_context
    return cast("Request", stand_in._get_current_object())  # noqa: SLF001  # Werkzeug documents it


def request_id() -> str | None:
    """The id of the request that is being answered, if there is one."""
    return current().id if of_this_context else None


def _within(address: str) -> str:
    """An address without its host: a client may say any, and whoever keeps the answer would send others there."""
    parts = urlsplit(address)
    return f"/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def finisher(metrics: Metrics, limit: int) -> Callable[[Response], Response]:
    """What ends every answer: its request's id, where the key stands under the rate `limit`, the metrics, the log.

    `RateLimit` and `RateLimit-Policy` are as the IETF's draft-ietf-httpapi-ratelimit-headers writes them.
    """

    def finish(response: Response) -> Response:
        asked = current()
        seconds = time.perf_counter() - asked.began
        headers = response.headers
        headers.add("X-Request-Id", asked.id)
        headers["X-Content-Type-Options"] = "nosniff"
        if isinstance(asked.routing_exception, RequestRedirect):  # no error handler is asked about one
            headers["Location"] = _within(headers["Location"])
            response.response, response.content_length = [], 0  # Werkzeug's page names the host, too
        if limit and asked.rated is not None:
            remaining = max(0, limit - asked.rated.requests)
            headers.add("RateLimit-Policy", f'"key";q={limit};w=60')
            headers.add("RateLimit", f'"key";r={remaining};t={asked.rated.seconds_left}')
        if not response.response:
            headers.pop("Content-Type", None)
        method = asked.method if asked.method in METHODS else "other"
        status, rule = response.status_code, asked.url_rule
        route = rule.rule if rule else "none"
        metrics.answered(method, route, status, seconds)
        # An id may be personal, what fits no rule may be anything, and the log outlives erasures.
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1e3, 2))
        return response

    return finish
