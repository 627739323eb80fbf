"""What other systems' users said of their comments: how much, and the newest."""

from typing import Final

from flask import Blueprint
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.console.forms import queried
from service.console.pages import page
from service.console.visits import open_to, visitor
from service.moderation.severity import severity
from service.schemas.fields import Strict

blueprint = Blueprint("suggestions", __name__, url_prefix="/suggestions")

LISTED: Final = 50
"""Suggestions that the page shows, the newest first."""


class ListSchema(Strict):
    """With which standing; those that no moderator gave are what one wants to look at before they train anything."""

    standing = fields.String(load_default="apart", validate=validate.OneOf(["moderated", "apart"]))


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """The suggestions of the site. They are stored without scores, so severe texts are found anew."""
    site, standing = visitor().site, queried(ListSchema)["standing"]
    found = parts().suggestions.newest(site, standing, LISTED)
    scored = parts().models.in_force(site).score([one.text for one in found], [one.language for one in found])
    comments = parts().comments.get_many(site, [one.reference for one in found])
    return page(
        "console/suggestions.html",
        standing=standing,
        totals=parts().suggestions.totals(site),
        found=[(one, severity((), of.scores), of.language) for one, of in zip(found, scored, strict=True)],
        here=comments.keys(),
        most=LISTED,
    )
