"""Signing in through the newsroom's own accounts (OpenID Connect)."""

import hmac
import re
from typing import Final

import structlog
from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from service.api.context import parts
from service.api.exchange import Request, current
from service.console.pages import page
from service.console.signon.sso import NotAdmitted, ProviderRefuses, SignOn, SignOnFailed
from service.console.views.signin import onward, to
from service.console.visits import remember, signed_in
from service.console.words import browser_words

log = structlog.get_logger()

blueprint = Blueprint("sso", __name__, url_prefix="/sso")

LASTS: Final = 600
"""Seconds within which a browser has to come back from the provider."""

SECRETS: Final = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)\.(.*)", re.DOTALL)
"""What the browser keeps meanwhile: state, nonce, the verifier of PKCE (RFC 7636), and where to go then."""


@blueprint.get("")
def start() -> ResponseReturnValue:
    """Sends the browser to the provider, with a cookie by which it is known when it comes back."""
    try:
        started = _sign_on().start(_back())
    except SignOnFailed as failed:
        return _sent_away(failed)
    kept = f"{started.state}.{started.nonce}.{started.verifier}.{onward(current().args.get('next', ''))}"
    return _keep(to(started.url), kept)


@blueprint.get("/back")
def finish() -> ResponseReturnValue:
    """Takes in whom the provider sends back, if it was this browser that went there; once."""
    asked, sign_on = current(), _sign_on()
    try:
        kept = _begun_here(asked)
        if "code" not in asked.args or asked.args.get("iss", sign_on.issuer) != sign_on.issuer:  # RFC 9207
            raise ProviderRefuses(asked.args.get("error", "no code, or another issuer's"))
        person = sign_on.finish(_back(), asked.args["code"], nonce=kept[2], verifier=kept[3])
        opened = parts().sessions.open(sign_on.site, person, browser_words(asked.user_agent.string))
        if opened is None:
            raise NotAdmitted("Your access was changed just now. Try again.")
    except SignOnFailed as failed:
        return _sent_away(failed)
    before = signed_in(asked)
    if before is not None:
        parts().sessions.close(before)
    return _keep(remember(asked, to(onward(kept[4])), opened), "")


def _begun_here(asked: Request) -> re.Match[str]:
    """What the browser kept since it went to the provider.

    :raises NotAdmitted: it kept nothing, or something else than came back.
    """
    kept = SECRETS.fullmatch(asked.cookies.get(_cookie(asked), ""))
    state = asked.args.get("state", "").encode("utf-8", "surrogateescape")
    if kept is None or not hmac.compare_digest(kept[1].encode(), state):
        raise NotAdmitted("This sign-in was not begun in this browser, or it took too long. Begin anew.")
    return kept


def _sign_on() -> SignOn:
    """What is set up.

    :raises NotFound: nothing is.
    """
    sign_on = parts().sign_on
    if sign_on is None:
        raise NotFound
    return sign_on


def _back() -> str:
    """The address that the provider sends browsers back to, and has to know."""
    return url_for("console.sso.finish", _external=True)


def _sent_away(failed: SignOnFailed) -> Response:
    """A page that says why not; what the browser kept is good for nothing more."""
    # What it says may name the person, or be what anybody put into the address.
    log.warning("single sign-on failed", kind=type(failed).__name__, cause=type(failed.__cause__).__name__)
    return _keep(page("console/sso.html", failed.status, why=failed.shown), "")


def _cookie(asked: Request) -> str:
    return "__Secure-winnow-sso" if asked.is_secure else "winnow-sso"


def _keep(response: Response, kept: str) -> Response:
    """Hands the browser what it keeps until it comes back; "" takes it away."""
    asked = current()
    response.set_cookie(
        _cookie(asked),
        kept,
        max_age=LASTS if kept else 0,
        secure=asked.is_secure,
        httponly=True,
        samesite="Lax",  # it has to come along when the provider sends the browser back
        path=url_for("console.sso.start"),
    )
    return response
