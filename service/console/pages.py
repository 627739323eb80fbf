"""Pages and fragments of pages, and the way back to one after a form."""

import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

import flask
from flask import Response, redirect, render_template, url_for
from markupsafe import Markup

from service.api.context import parts
from service.console.navigation import menu
from service.console.visits import Visitor, visitor

HTML: Final = "text/html; charset=utf-8"

STATIC: Final = Path(__file__).parent / "static"


def page(template: str, status: int = 200, /, **values: Any) -> Response:
    """A whole page, with the menu for who is signed in and the sentence that waits to be shown."""
    told = _told()
    return Response(render_template(template, told=told, **around(), **values), status, content_type=HTML)


def fragment(template: str, status: int = 200, /, **values: Any) -> Response:
    """A part of a page, for htmx."""
    return Response(render_template(template, **around(), **values), status, content_type=HTML)


def back(endpoint: str, /, *, told: str = "", **values: Any) -> Response:
    """To a page by GET, so that a reload repeats nothing; `told` is shown there once."""
    if told:
        parts().sessions.tell(visitor().session, told)
    return cast("Response", redirect(url_for(endpoint, **values), 303))


def asset(name: str) -> str:
    """The address of a file of ours; it changes with the file, so that browsers may keep it for ever."""
    return url_for("console.static", filename=name, v=_digest(name))


def token() -> Markup:
    """The hidden fields of every form that changes something: whose it is, and the name of its effect."""
    csrf = visitor().session.csrf
    return Markup('<input type="hidden" name="csrf" value="{}"><input type="hidden" name="op" value="{}">').format(
        csrf, secrets.token_urlsafe(16)
    )


def here() -> Visitor | None:
    """Who is signed in, on pages that are for others, too."""
    found: Visitor | None = flask.g.get("visitor")
    return found


def around() -> dict[str, Any]:
    """What every template is given: who is signed in, and the menu for them."""
    return {"visitor": here(), "menu": menu(here())}


def _told() -> str:
    person = here()
    if person is None or not person.session.told:
        return ""
    parts().sessions.tell(person.session, "")
    return person.session.told


@cache
def _digest(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]
