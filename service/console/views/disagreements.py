"""Reviews that ended otherwise than what they are of: an admin says who was right."""

from typing import Final, get_args

import marshmallow as ma
from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.console.forms import filled, queried
from service.console.pages import back, page
from service.console.visits import open_to, visitor
from service.schemas.fields import cursor_field
from service.store.reviews import ResolvedBefore, Right

blueprint = Blueprint("disagreements", __name__, url_prefix="/disagreements")

AT_ONCE: Final = 20


class PageSchema(ma.Schema):
    """Where the list goes on."""

    cursor = cursor_field()


class RightSchema(ma.Schema):
    """Who was right."""

    right = fields.String(required=True, validate=validate.OneOf(get_args(Right)))


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """Both sides of each, the longest waiting first."""
    ms, _, last = queried(PageSchema).get("cursor", "").partition(".")
    site = visitor().site
    found, behind = parts().reviews.disagreements(site, AT_ONCE, (int(ms), last) if ms else None)
    return page(
        "console/disagreements.html",
        cases=parts().dossiers.sides(site, found),
        further=url_for("console.disagreements.show", cursor=f"{behind[0]}.{behind[1]}") if behind else "",
    )


@blueprint.post("/<id:review>")
@open_to("admin")
def resolve(review: str) -> ResponseReturnValue:
    """Closes a disagreement; the comment stays as it is. Sent again, it changes nothing."""
    right = filled(RightSchema)["right"]
    try:
        parts().reviews.resolve(visitor().site, visitor().name, review, right)
    except ResolvedBefore:
        return back("console.disagreements.show", told="It was closed before, with another word. That one stands.")
    return back("console.disagreements.show", told="Closed.")
