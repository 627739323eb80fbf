"""The audit log."""

from typing import Any, Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields, validates_schema

from service.api.context import parts
from service.api.exchange import current
from service.console.acts import ACTS, act_words, details, kind_of
from service.console.forms import Unfit, queried
from service.console.pages import page
from service.console.times import Moment
from service.console.visits import open_to, visitor
from service.schemas.audit import CURSOR
from service.schemas.fields import Strict, Text
from service.store.audit import Wanted

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

LISTED: Final = 100
"""Lines of a page."""


class AuditFormSchema(Strict):
    """What a look at the log is narrowed to; `from` is included, `to` is not."""

    since = Moment(data_key="from")
    until = Moment(data_key="to")
    by = Text(least=1, most=200, trim=True)
    act = Text(least=1, most=100)
    cursor = fields.String(validate=CURSOR)

    @validates_schema
    def in_order(self, wanted: dict[str, Any], **_: Any) -> None:
        """A range has something in it."""
        if "until" in wanted and wanted["until"] <= wanted.get("since", 0):
            raise ValidationError("It ends before it begins.", "to")


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """Who did what, newest first."""
    sent: dict[str, Any] = {name: value for name, value in current().args.items() if value.strip()}
    words = {act: said for act, (said, _) in ACTS.items()}
    try:
        wanted = queried(AuditFormSchema)
    except Unfit as unfit:
        return page("console/audit.html", 422, errors=unfit.errors, sent=sent, words=words, found=None, further=None)
    site, cursor = visitor().site, wanted.pop("cursor", None)
    found = parts().audit.find(site, Wanted(**wanted), LISTED, cursor)
    references = [one.on for one in found.items if one.on and kind_of(one.act) == "author"]
    return page(
        "console/audit.html",
        errors={},
        sent=sent,
        words=words,
        found=found,
        narrowed=bool(wanted.keys() & {"by", "act"}),
        authors=parts().authors.named(site, list(dict.fromkeys(references))),
        act_words=act_words,
        kind_of=kind_of,
        details=details,
        further=found.after and url_for("console.audit.show", **(sent | {"cursor": found.after})),
    )
