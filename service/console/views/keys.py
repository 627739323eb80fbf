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
from service.store.keys import (
    SECRET_LEAST,
    SECRET_MOST,
    Key,
    MadeBefore,
    Role,
    SecretKnown,
    TooManySecrets,
    is_secret,
)
from service.store.people import NAME_LIMIT

blueprint = Blueprint("keys", __name__, url_prefix="/keys")


printable = validate.Predicate("isprintable", error="It has signs that cannot be seen.")


class KeyFormSchema(ma.Schema):
    """The form: what a new key may do, and in whose name; for Coral, the secret that it made itself."""

    role = fields.String(required=True, validate=validate.OneOf(get_args(Role), error="Choose one of these."))
    name = fields.String(
        load_default="",
        validate=validate.And(
            validate.Length(max=NAME_LIMIT),
            validate.Predicate("isprintable", error="It has signs that cannot be seen."),
        ),
    )
    delegate = fields.Boolean(load_default=False)
    secret = fields.String(load_default="")

    @ma.post_load
    def trimmed(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Without blanks around a secret, which come with copying it; nobody else's key has one."""
        return values | {"secret": values["secret"].strip()}

    @ma.validates_schema
    def fitting(self, values: dict[str, Any], **_: Any) -> None:
        """A secret is Coral's, and long enough."""
        secret = values.get("secret", "").strip()
        if secret and values.get("role") != "coral":
            raise ma.ValidationError("Only a key for Coral has one.", "secret")
        if secret and not is_secret(secret):
            raise ma.ValidationError(
                f"It has {SECRET_LEAST} to {SECRET_MOST} printable ASCII characters and no blanks.", "secret"
            )


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
    name, secret = sent["name"].strip(), sent["secret"]
    try:
        text, key = parts().keys.create(
            who.site, sent["role"], name, delegate=sent["delegate"], by=who.name, op=who.op, secret=secret
        )
    except MadeBefore as before:
        detail = "This form came twice. The key was made the first time and shown then: revoke it if you missed it."
        raise Problem(409, detail) from before
    except SecretKnown as known:
        return _keys(422, {"secret": [f"Your site has it already: the key {known}."]}, sent)
    except TooManySecrets:
        return _keys(422, {"role": ["Your site has as many keys for Coral as it may have. Revoke one first."]}, sent)
    return page("console/key.html", text="" if secret else text, key=key)


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
