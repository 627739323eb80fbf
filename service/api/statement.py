"""The statement of reasons for a rejection."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.moderation.statement import Case, statement_of
from service.schemas.statement import StatementSchema
from service.store.records import judgements_of

blueprint = Blueprint("statements", __name__, url_prefix="/v1/comments", description="Why a comment was rejected")


@blueprint.route("/<id:comment_id>/statement", methods=["GET"])
@needs("submit", effect=False, problems=(404, 409, 410))
@blueprint.response(200, StatementSchema)
def get_statement(comment_id: str) -> Any:
    """What article 17 of the Digital Services Act asks to tell the author of a comment that is or was rejected."""
    record = parts().comments.with_history(caller().site, comment_id)
    return statement_of(Case(comment_id, record.status, record.received, judgements_of(record), record.history))
