"""Appeals: an author contests a rejection."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.appeals import ContestedSchema, ContestSchema

blueprint = Blueprint("appeals", __name__, url_prefix="/v1/comments", description="What authors contest")


@blueprint.route("/<id:comment_id>/appeals", methods=["POST"])
@needs("submit", problems=(404, 409, 410, 415))
@blueprint.arguments(ContestSchema(), required=False)
@blueprint.response(201, ContestedSchema)
@blueprint.alt_response(200, schema=ContestedSchema, description="It waits already", success=True)
def contest(said: dict[str, Any], comment_id: str) -> Any:
    """Contests a rejection: the comment waits for somebody other than who rejected it."""
    site = caller().site
    record = parts().comments.get(site, comment_id)
    made = parts().appeals.contest(site, caller().op, record, said.get("statement") or "")
    return {"id": comment_id, "status": "pending", "appealed_at": made.at}, 201 if made.fresh else 200
