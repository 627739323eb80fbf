"""One's own account: the password, and where one is signed in."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import address_of, parts
from service.api.exchange import current
from service.console.forms import Unfit, filled
from service.console.pages import back, page
from service.console.visits import open_to, remember, visitor
from service.console.words import browser_words
from service.passwords import LEAST, MOST
from service.store.people import Person
from service.store.sessions import TooManyAttempts

blueprint = Blueprint("account", __name__, url_prefix="/account")

new_password = validate.Length(LEAST, MOST, error=f"A password has {LEAST} to {MOST} characters.")


class PasswordSchema(ma.Schema):
    """The form: the password now, and another."""

    current = fields.String(required=True, validate=validate.Length(1, MOST))
    new = fields.String(required=True, validate=new_password)


class SessionSchema(ma.Schema):
    """The form: which session."""

    session = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}$"))


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """Who one is here, and where one is signed in."""
    return _account(200)


@blueprint.post("/password")
@open_to("moderate")
def change() -> ResponseReturnValue:
    """Another password, for who knows the one now; all sessions end, and this browser gets a new one."""
    who, asked = visitor(), current()
    person = _person()
    try:
        sent = filled(PasswordSchema)
        parts().sessions.attempt(who.site, who.name, address_of(asked))
    except Unfit as unfit:
        return _account(422, unfit.errors)
    except TooManyAttempts as many:
        minutes = -(-int(many.args[0]) // 60)
        return _account(429, {"current": [f"Too many attempts failed. Try again in {minutes} min."]})
    if not parts().passwords.fits(person.password, sent["current"]):
        return _account(422, {"current": ["This is not your password now."]})
    parts().sessions.succeeded(who.site, who.name, address_of(asked))
    digest = parts().passwords.digest(sent["new"])
    person = parts().people.set_password(who.site, who.name, digest, by=who.name, op=who.op)
    return _signed_in_anew(person, "Your password is changed. You are signed out everywhere else.")


@blueprint.post("/sessions")
@open_to("moderate")
def end() -> ResponseReturnValue:
    """Ends one of one's own sessions."""
    ended = parts().sessions.end(visitor().site, visitor().name, filled(SessionSchema)["session"])
    return back("console.account.show", told="You are signed out there." if ended else "That one had ended before.")


@blueprint.post("/sign-out")
@open_to("moderate")
def end_all() -> ResponseReturnValue:
    """Ends all of one's sessions; this browser gets a new one."""
    person = parts().people.sign_out(visitor().site, visitor().name, by=visitor().name, op=visitor().op)
    return _signed_in_anew(person, "You are signed out everywhere else.")


def _person() -> Person:
    """The visitor, whose session says that there is one."""
    person = parts().people.find(visitor().site, visitor().name)
    assert person is not None  # noqa: S101  # or the session would not have been found
    return person


def _account(status: int, errors: Mapping[str, Any] | None = None) -> Response:
    sessions = parts().sessions.of(visitor().site, visitor().name)
    return page("console/account.html", status, person=_person(), sessions=sessions, errors=errors or {}, least=LEAST)


def _signed_in_anew(person: Person, told: str) -> Response:
    """Back to the account in a new session, since the one that asked has ended with the others."""
    sessions, response = parts().sessions, back("console.account.show")
    opened = sessions.open(visitor().site, person, browser_words(current().user_agent.string)) or ""
    session = sessions.find(opened)
    if session is not None:
        sessions.tell(session, told)
    return remember(current(), response, opened)
