"""Who is signed in, and that what they send comes from our own pages."""

import functools
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, ParamSpec, cast
from urllib.parse import urlsplit

import flask
from flask import Response, redirect, url_for

from service.api.context import BODY_LIMIT, parts
from service.api.exchange import Request, current
from service.api.problems import Problem
from service.store.keys import REACH, Role
from service.store.sessions import Session

P = ParamSpec("P")

OP_LIMIT: Final = 64
"""Characters of a form's name for its own effect."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is signed in. `name` stands on claims and decisions; `op` names this request's effect."""

    session: Session
    op: str

    @property
    def site(self) -> str:
        """The person's site; nothing of another is ever seen."""
        return self.session.site

    @property
    def name(self) -> str:
        """Who it is."""
        return self.session.name

    @property
    def role(self) -> Role:
        """What they may do."""
        return self.session.role

    def reaches(self, role: Role) -> bool:
        """Whether this person may do what `role` may."""
        return REACH[self.role] >= REACH[role]


def visitor() -> Visitor:
    """Who is signed in; only in views under `open_to`."""
    return cast("Visitor", flask.g.visitor)


def open_to(role: Role, *, size: int = BODY_LIMIT) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Lets a view run for people of this role or above; what changes something comes from a form of ours.

    Who is not signed in goes to the page for that, and comes back; a script's request gets a 401.

    :param size: bytes that the form may have.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Any]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            asked = current()
            asked.max_content_length = asked.max_form_memory_size = size
            if asked.method not in SAFE:
                check_origin(asked)
            session = signed_in(asked)
            if session is None:
                return _to_sign_in(asked)
            flask.g.visitor = Visitor(session, _op(asked, session))
            if asked.method not in SAFE:
                _check_token(asked, session)
            if not visitor().reaches(role):
                raise Problem(403, f"This page is for people with the role {role}.")
            return view(*args, **kwargs)

        return guarded

    return decorate


def signed_in(asked: Request) -> Session | None:
    """The session that the browser's cookie names."""
    token = asked.cookies.get(cookie_name(asked), "")
    return parts().sessions.find(token) if token else None


def cookie_name(asked: Request) -> str:
    """The cookie's name: over HTTPS with the prefix that keeps it to this very host (RFC 6265bis)."""
    return "__Host-winnow" if asked.is_secure else "winnow"


def remember(asked: Request, response: Response, token: str) -> Response:
    """Hands the browser a session's token; "" takes it away."""
    response.set_cookie(
        cookie_name(asked),
        token,
        max_age=None if token else 0,
        secure=asked.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def check_origin(asked: Request) -> None:
    """Refuses what another site's page sent. Browsers say where a request comes from; other clients need not.

    :raises Problem: it comes from elsewhere.
    """
    site = asked.headers.get("Sec-Fetch-Site")
    origin = asked.headers.get("Origin")
    ours = site in ("same-origin", "none") if site else origin is None or urlsplit(origin).netloc == asked.host
    if not ours:
        raise Problem(403, "This was sent from a page that is not ours, so nothing was done.")


def from_script(asked: Request) -> bool:
    """Whether a script of ours asks, and not a person's click."""
    return "HX-Request" in asked.headers or asked.accept_mimetypes.best == "application/json"


def _check_token(asked: Request, session: Session) -> None:
    sent = asked.headers.get("X-CSRF-Token") or asked.form.get("csrf", "")
    if not hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), session.csrf.encode()):
        detail = "The form is older than your sign-in, so nothing was done. Load the page again."
        raise Problem(403, detail, kind="stale-page")


def _op(asked: Request, session: Session) -> str:
    """What a form's hidden name stands for; one person's means nothing to another."""
    given = asked.form.get("op", "") if asked.method not in SAFE else ""
    if not given:
        return asked.id
    if len(given) > OP_LIMIT or not given.isprintable():
        raise Problem(400, "The form's hidden fields are broken. Load the page again.")
    named = f"{session.site} {session.name} {given}"
    return sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _to_sign_in(asked: Request) -> Any:
    here = asked.full_path.rstrip("?") if asked.method in SAFE else ""
    address = url_for("console.signin.show", next=here or None)
    if from_script(asked):
        headers = {"HX-Redirect": url_for("console.signin.show")}
        raise Problem(401, "You are signed out. Sign in again.", kind="signed-out", headers=headers)
    return redirect(address, 303)
