"""The people who sign in: let in, sent away, made admins."""

from typing import Any, get_args

import marshmallow as ma
from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate
from werkzeug.exceptions import NotFound

from service.api.context import parts
from service.api.problems import Problem
from service.console.forms import Unfit, filled, queried
from service.console.pages import back, page
from service.console.visits import open_to, visitor
from service.passwords import invented
from service.store.people import NAME_LIMIT, NameTaken, Person, PersonRole, TooManyPeople

blueprint = Blueprint("people", __name__, url_prefix="/people")

printable = validate.Predicate("isprintable", error="It has signs that cannot be seen.")
known_role = validate.OneOf(get_args(PersonRole), error="Choose one of these.")


class NameSchema(ma.Schema):
    """Who."""

    name = fields.String(required=True, validate=[validate.Length(1, NAME_LIMIT), printable])


class PersonSchema(NameSchema):
    """The form: who, and what they may do."""

    role = fields.String(required=True, validate=known_role)


class AccessSchema(NameSchema):
    """The form: who, and whether they may sign in."""

    open = fields.Boolean(required=True)


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """All people, and a form for another."""
    return _people(200)


@blueprint.post("")
@open_to("admin")
def create() -> ResponseReturnValue:
    """Adds a person and shows their first password: in this answer, and never again."""
    who = visitor()
    try:
        sent = filled(PersonSchema)
    except Unfit as unfit:
        return _people(422, unfit.errors, unfit.sent)
    password = invented()
    digest = parts().passwords.digest(password)
    named = (who.site, sent["name"].strip(), sent["role"], digest)
    try:
        person = parts().people.create(*named, by=who.name, op=who.op, temporary=True)
    except NameTaken:
        return _people(409, {"name": ["Somebody has this name already."]}, sent)
    except TooManyPeople:
        return _people(409, {"name": ["Your site has as many people as it may have."]}, sent)
    return _shown_once(person, digest, password)


@blueprint.get("/person")
@open_to("admin")
def person() -> ResponseReturnValue:
    """One person, and what can be changed."""
    return page("console/person.html", person=_person(queried(NameSchema)["name"]), roles=get_args(PersonRole))


@blueprint.post("/role")
@open_to("admin")
def set_role() -> ResponseReturnValue:
    """Another role, in force with the person's next click."""
    who, sent = visitor(), filled(PersonSchema)
    whom = _other(sent["name"])
    parts().people.set_role(who.site, whom.name, sent["role"], by=who.name, op=who.op)
    return back("console.people.person", name=whom.name, told="The role is changed.")


@blueprint.post("/access")
@open_to("admin")
def set_access() -> ResponseReturnValue:
    """Ends a person's access and all of their sessions, or lets them in again."""
    who, sent = visitor(), filled(AccessSchema)
    whom = _other(sent["name"])
    if sent["open"]:
        parts().people.enable(who.site, whom.name, by=who.name, op=who.op)
        return back("console.people.person", name=whom.name, told=f"{whom.name} may sign in again.")
    parts().people.disable(who.site, whom.name, by=who.name, op=who.op)
    return back("console.people.person", name=whom.name, told=f"{whom.name} is signed out and may not sign in.")


@blueprint.post("/password")
@open_to("admin")
def set_password() -> ResponseReturnValue:
    """A new password for who forgot theirs, shown in this answer and never again; their sessions end."""
    who, whom = visitor(), _other(filled(NameSchema)["name"])
    if whom.subject:
        raise Problem(409, f"{whom.name} signs in through your newsroom's accounts and has no password here.")
    password = invented()
    digest = parts().passwords.digest(password)
    changed = parts().people.set_password(who.site, whom.name, digest, by=who.name, op=who.op, temporary=True)
    return _shown_once(changed, digest, password)


def _people(status: int, errors: Any = None, sent: Any = None) -> ResponseReturnValue:
    around = {"errors": errors or {}, "sent": sent or {}, "roles": get_args(PersonRole)}
    return page("console/people.html", status, people=parts().people.all(visitor().site), **around)


def _person(name: str) -> Person:
    """One person of this site.

    :raises NotFound: it has none of this name.
    """
    found = parts().people.find(visitor().site, name)
    if found is None:
        raise NotFound
    return found


def _other(name: str) -> Person:
    """One person of this site who is not the visitor: nobody locks themselves out, so an admin is always left.

    :raises Problem: it is the visitor.
    """
    if name == visitor().name:
        raise Problem(409, "Another admin does that for you: so nobody locks their own site by mistake.")
    return _person(name)


def _shown_once(whom: Person, digest: str, password: str) -> ResponseReturnValue:
    """The page with a password.

    :raises Problem: the form came twice, and the password that is in force was in the first answer.
    """
    if whom.password != digest:
        detail = f"This form came twice. The password was shown the first time: make another for {whom.name}."
        raise Problem(409, detail)
    return page("console/person_password.html", person=whom, password=password)
