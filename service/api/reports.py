"""What readers report, and what moderators note, about a comment."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.reports import NoteSchema, NotesSchema, NoteTextSchema, ReportedSchema, ReportSchema
from service.store.reports import Report

blueprint = Blueprint("reports", __name__, url_prefix="/v1/comments", description="What readers report")


@blueprint.route("/<id:comment_id>/reports", methods=["POST"])
@needs("submit", problems=(404, 409, 410, 415))
@blueprint.arguments(ReportSchema())
@blueprint.response(201, ReportedSchema)
@blueprint.alt_response(200, schema=ReportedSchema, description="It counts already", success=True)
def report(said: Report, comment_id: str) -> Any:
    """A reader's report: enough of them bring an approved comment into the queue."""
    reported = parts().reporting.take(caller().site, comment_id, said, caller().op)
    return reported, 201 if reported.fresh else 200


@blueprint.route("/<id:comment_id>/notes", methods=["POST"])
@needs("moderate", problems=(404, 409, 410, 415))
@blueprint.arguments(NoteTextSchema())
@blueprint.response(201, NoteSchema)
def note(said: dict[str, str], comment_id: str) -> Any:
    """A note to colleagues; neither authors nor `submit` keys ever see it."""
    return parts().notes.add(caller().site, comment_id, op=caller().op, by=caller().name, text=said["text"])


@blueprint.route("/<id:comment_id>/notes", methods=["GET"])
@needs("moderate", effect=False, problems=(404, 410))
@blueprint.response(200, NotesSchema)
def notes(comment_id: str) -> Any:
    """What moderators noted, oldest first."""
    record = parts().comments.get(caller().site, comment_id)
    return {"items": parts().notes.of(caller().site, [record.id])[0]}
