"""The site's events, followed by a cursor."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.events import EventPageSchema, EventQuerySchema

blueprint = Blueprint("events", __name__, url_prefix="/v1/events", description="What happened, in order")


@blueprint.route("", methods=["GET"])
@needs("submit", effect=False, problems=(410,))
@blueprint.arguments(EventQuerySchema(), location="query")
@blueprint.response(200, EventPageSchema)
def follow(query: dict[str, Any]) -> Any:
    """Events behind the cursor, at least once and never skipping one; waits for the first if asked to."""
    cursor = query["after"]
    found = parts().feed.after(caller().site, cursor, query["limit"], query["wait"])
    return {"items": found, "next_cursor": found[-1].id if found else cursor}
