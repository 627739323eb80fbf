"""The console: its pages under one roof, with their errors and headers."""

from typing import Any, Final

import structlog
from flask import Blueprint, Response
from flask.sansio.app import App
from werkzeug.exceptions import NotFound

from service.api.exchange import current
from service.api.problems import invalid, problem_of_any
from service.console import words
from service.console.forms import Unfit
from service.console.pages import asset, back, page, token
from service.console.plots import scales
from service.console.reading import showing
from service.console.views import (
    account,
    archive,
    articles,
    audit,
    authors,
    campaigns,
    comments,
    disagreements,
    health,
    keys,
    models,
    parked,
    people,
    policy,
    policy_trial,
    policy_versions,
    privacy,
    queue,
    reviews,
    signin,
    similar,
    sso,
    stats,
    suggestions,
    transparency,
    webhooks,
)
from service.console.visits import from_script, open_to

log = structlog.get_logger()

PAGES: Final = (
    signin,
    sso,
    queue,
    comments,
    campaigns,
    similar,
    archive,
    authors,
    privacy,
    articles,
    audit,
    webhooks,
    parked,
    models,
    reviews,
    disagreements,
    health,
    stats,
    transparency,
    suggestions,
    policy,
    policy_trial,
    policy_versions,
    account,
    people,
    keys,
)
"""The pages, a blueprint each."""

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

FOR_EVER: Final = 365 * 86400
"""Seconds; an asset's address changes with it."""


class ConsoleBlueprint(Blueprint):
    """A blueprint whose files may be kept by browsers."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """For ever: see `pages.asset`."""
        return FOR_EVER


def make() -> Blueprint:
    """The blueprint, new."""
    console = ConsoleBlueprint(
        "console",
        __name__,
        url_prefix="/console",
        static_folder="static",
        static_url_path="/static",
        template_folder="templates",
    )
    for room in PAGES:
        console.register_blueprint(room.blueprint)
    console.add_url_rule("/", "home", _home)
    console.add_url_rule("/<path:rest>", "lost", _lost, methods=["GET", "POST"])
    console.register_error_handler(Exception, _error)
    console.after_request(_headed)
    console.record_once(lambda state: _furnish(state.app))
    return console


@open_to("moderate")
def _home() -> Response:
    return back("console.queue.show")


def _furnish(app: App) -> None:
    """What templates may call."""
    app.jinja_env.filters.update({**words.FILTERS, **showing.FILTERS, **scales.FILTERS})
    app.jinja_env.globals.update(asset=asset, token=token, **words.TABLES)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


@open_to("moderate")
def _lost(rest: str) -> Any:
    raise NotFound


def _error(error: Exception) -> Response:
    """An error as a page, or as problem+json for a script of ours."""
    problem = invalid(error.errors) if isinstance(error, Unfit) else problem_of_any(error)
    if from_script(current()):
        return problem.response()
    response = page("console/problem.html", problem.status, problem=problem)
    response.headers.update(problem.headers)
    return response


def _headed(response: Response) -> Response:
    response.headers.update(HEADERS)
    if current().endpoint != "console.static":
        response.headers["Cache-Control"] = "no-store"
    return response
