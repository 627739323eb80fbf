"""Signing in and out."""

from collections.abc import Mapping
from typing import cast

import marshmallow as ma
from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import address_of, parts
from service.api.exchange import current
from service.console.forms import Unfit, filled
from service.console.pages import page
from service.console.visits import check_origin, open_to, remember, signed_in, visitor
from service.console.words import browser_words
from service.passwords import MOST
from service.settings import SITE_NAME
from service.store.people import NAME_LIMIT, Person
from service.store.sessions import TooManyAttempts

blueprint = Blueprint("signin", __name__)


class SignInSchema(ma.Schema):
    """The form: who, where, and a password."""

    site = fields.String(validate=validate.Regexp(f"{SITE_NAME}$", error="There is no such site."))
    name = fields.String(required=True, validate=validate.Length(1, NAME_LIMIT))
    password = fields.String(required=True, validate=validate.Length(1, MOST))
    next = fields.String()


@blueprint.get("/sign-in")
def show() -> ResponseReturnValue:
    """The form; who is signed in already goes on."""
    if signed_in(current()) is not None:
        return redirect(onward(current().args.get("next", "")), 303)
    return _form(200, "", current().args)


@blueprint.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Opens a session for who knows the password; one answer for all who do not."""
    check_origin(current())
    try:
        sent = filled(SignInSchema)
    except Unfit as unfit:
        return _form(422, "Give your name and your password.", unfit.sent)
    site, name, address = sent.get("site") or _only_site(), sent["name"].strip(), address_of(current())
    try:
        parts().sessions.attempt(site, name, address)
    except TooManyAttempts as many:
        minutes = -(-int(many.args[0]) // 60)
        page_ = _form(429, f"Too many attempts failed. Try again in {minutes} min.", sent)
        page_.headers["Retry-After"] = str(many.args[0])
        return page_
    person = _proven(site, name, sent["password"])
    opened = parts().sessions.open(site, person, browser_words(current().user_agent.string)) if person else None
    if opened is None:
        return _form(401, "Name and password do not fit together.", sent)
    parts().sessions.succeeded(site, name, address)
    before = signed_in(current())
    if before is not None:
        parts().sessions.close(before)
    onto = url_for("console.account.show") if person and person.temporary else onward(sent.get("next", ""))
    return remember(current(), to(onto), opened)


@blueprint.post("/sign-out")
@open_to("moderate")
def leave() -> ResponseReturnValue:
    """Ends the session, on the server, too; what it held goes back to the queue."""
    parts().desks.clear(visitor().session)
    parts().sessions.close(visitor().session)
    return remember(current(), to(url_for("console.signin.show")), "")


def _proven(site: str, name: str, password: str) -> Person | None:
    """The person, if the password is theirs and they may sign in; a name that is none takes as long."""
    person = parts().people.find(site, name) if site else None
    fits = parts().passwords.fits(person.password if person else "", password)
    return person if fits and person and not person.disabled else None


def _form(status: int, wrong: str, sent: Mapping[str, str]) -> Response:
    around = {"one_site": bool(_only_site()), "single_sign_on": parts().sign_on is not None}
    return page("console/sign_in.html", status, wrong=wrong, sent=sent, **around)


def _only_site() -> str:
    """The one site that there is; "" where there are none or several, and the form asks."""
    sites = parts().keys.sites()
    return sites[0] if len(sites) == 1 else ""


def onward(address: str) -> str:
    """Where to after signing in: a page of the console, nothing else."""
    fits = address.startswith("/console/") and "\\" not in address and address.isprintable()
    return address if fits else url_for("console.queue.show")


def to(address: str) -> Response:
    """A redirect that a browser follows by GET."""
    return cast("Response", redirect(address, 303))
