"""What authors may ask of a newsroom, which asks it here for them: what is held of them, and that it goes."""

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.privacy import AuthorExportSchema, GivenCommentSchema
from service.store.privacy import Holdings
from service.store.retention import now_ms

blueprint = Blueprint("privacy", __name__, url_prefix="/v1/authors", description="What is held of an author")


@blueprint.route("/<text:author_id>/export", methods=["GET"], merge_slashes=False)
@needs("admin", effect=False, problems=(404,))
@blueprint.response(200, AuthorExportSchema)
def export_author(author_id: str) -> Any:
    """Everything held of an author, streamed: comments in all statuses with their histories, counts and standing."""
    held = parts().privacy.holdings(caller().site, author_id)
    return Response(streamed(held), content_type="application/json")


@blueprint.route("/<text:author_id>", methods=["DELETE"], merge_slashes=False)
@needs("admin")
@blueprint.response(204)
@blueprint.alt_response(202, description="Begun; the background worker does the rest", success=True)
def erase_author(author_id: str) -> Response:
    """Erases an author for good, with every comment of theirs. Safe to repeat: of nobody there is nothing left."""
    done = parts().privacy.erase(caller().site, author_id, caller().name)
    return Response(status=204 if done else 202)


def streamed(held: Holdings) -> Iterator[bytes]:
    """The JSON of an `AuthorExportSchema`, a comment at a time."""
    schema = GivenCommentSchema()
    head = {
        "author_id": held.author_id,
        "exported_at": now_ms(),
        "comments": held.counts,
        "standing": held.standing or None,
        "standings": held.standings,
    }
    yield orjson.dumps(AuthorExportSchema(exclude=["items"]).dump(head))[:-1] + b',"items":['
    for number, record in enumerate(held.comments):
        yield (b"," if number else b"") + orjson.dumps(schema.dump(record))
    yield b"]}"
