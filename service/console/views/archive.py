"""The list of comments, newest first."""

from typing import Any, Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields, validate, validates_schema

from service.api.context import parts
from service.api.exchange import current
from service.console.forms import Unfit, queried
from service.console.pages import page
from service.console.reading.severe import severe_of
from service.console.times import Moment
from service.console.visits import open_to, visitor
from service.moderation.judge import REASON_CODES
from service.schemas.fields import Strict, Text, cursor_field
from service.store.comments import Filters
from service.store.records import STATUSES

blueprint = Blueprint("archive", __name__, url_prefix="/comments")

LISTED: Final = 50
"""Comments of a page."""


class ArchiveSchema(Strict):
    """What the list is narrowed to; `from` is included, `to` is not."""

    status = fields.String(validate=validate.OneOf(STATUSES))
    reason = fields.String(validate=validate.OneOf(REASON_CODES))
    author_id = Text(least=1, most=128)
    article_id = Text(least=1, most=128)
    q = Text(least=1, most=200)
    since = Moment(data_key="from")
    until = Moment(data_key="to")
    cursor = cursor_field()

    @validates_schema
    def in_order(self, wanted: dict[str, Any], **_: Any) -> None:
        """A range has something in it."""
        if "until" in wanted and wanted["until"] <= wanted.get("since", 0):
            raise ValidationError("It ends before it begins.", "to")


@blueprint.get("")
@open_to("moderate")
def search() -> ResponseReturnValue:
    """The site's comments."""
    sent: dict[str, Any] = {name: value for name, value in current().args.items() if value.strip()}
    more = bool(sent.keys() - {"q", "status", "cursor"})
    around = {"sent": sent, "more": more, "statuses": STATUSES, "reasons": REASON_CODES}
    try:
        wanted = queried(ArchiveSchema)
    except Unfit as unfit:
        return page("console/archive.html", 422, errors=unfit.errors, found=None, reports={}, further=None, **around)
    site, cursor = visitor().site, wanted.pop("cursor", None)
    found = parts().comments.find(site, Filters(**wanted), LISTED, cursor)
    reports = parts().reports.of(site, [one.id for one in found.records])
    further = found.after and url_for("console.archive.search", **(sent | {"cursor": found.after}))
    severe = severe_of(found.records)
    return page(
        "console/archive.html", errors={}, found=found, reports=reports, severe=severe, further=further, **around
    )
