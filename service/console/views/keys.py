"""The site's API keys."""

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
from service.store.keys import Key, MadeBefore, Role
from service.store.people import NAME_LIMIT

blueprint = Blueprint("keys", __name__, url_prefix="/keys")


printable = validate.Predicate("isprintable", error="It has signs that cannot be seen.")


class KeyFormSchema(ma.Schema):
    """The form: what a new key may do, and in whose name."""

    role = fields.String(required=True, validate=validate.OneOf(get_args(Role), error="Choose one of these."))
    name = fields.String(
        load_default="",
        validate=validate.And(
            validate.Length(max=NAME_LIMIT),
            validate.Predicate("isprintable", error="It has signs that cannot be seen."),
        ),
    )
    delegate = fields.Boolean(load_default=False)


class KeySchema(ma.Schema):
    """Which key, by its public id."""

    id = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{12}$", error="Not a key's id."))


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """The keys that are in force."""
    return _keys(200)


@blueprint.post("")
@open_to("admin")
def create() -> ResponseReturnValue:
    """Makes a key and shows its text: in this answer, and never again."""
    who = visitor()
    try:
        sent = filled(KeyFormSchema)
    except Unfit as unfit:
        return _keys(422, unfit.errors, unfit.sent)
    name = sent["name"].strip()
    try:
        text, key = parts().keys.create(who.site, sent["role"], name, delegate=sent["delegate"], by=who.name, op=who.op)
    except MadeBefore as before:
        detail = "This form came twice. The key was made the first time and shown then: revoke it if you missed it."
        raise Problem(409, detail) from before
    return page("console/key.html", text=text, key=key)


@blueprint.get("/revoke")
@open_to("admin")
def ask() -> ResponseReturnValue:
    """Asks once more."""
    return page("console/key_revoke.html", key=_key(queried(KeySchema)["id"]))


@blueprint.post("/revoke")
@open_to("admin")
def revoke() -> ResponseReturnValue:
    """Ends a key, in every worker within two seconds; done twice, it is done."""
    parts().keys.revoke(filled(KeySchema)["id"], by=visitor().name, site=visitor().site)
    return back("console.keys.show", told="The key is revoked. Every worker refuses it within two seconds.")


def _keys(status: int, errors: Any = None, sent: Any = None) -> ResponseReturnValue:
    keys = parts().keys.of(visitor().site)
    return page("console/keys.html", status, keys=keys, errors=errors or {}, sent=sent or {}, roles=get_args(Role))


def _key(key_id: str) -> Key:
    """One key of this site.

    :raises NotFound: it has none of this id.
    """
    for key in parts().keys.of(visitor().site):
        if key.id == key_id:
            return key
    raise NotFound
