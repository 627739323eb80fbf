"""Authors: what is known of them, and how the site stands to them."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.authors import AuthorRecordSchema, StandingSchema
from service.schemas.fields import ms_of

blueprint = Blueprint("authors", __name__, url_prefix="/v1/authors", description="Who writes")


@blueprint.route("/<text:author_id>", methods=["GET"], merge_slashes=False)
@needs("moderate", effect=False, problems=(404,))
@blueprint.response(200, AuthorRecordSchema)
def get_author(author_id: str) -> Any:
    """An author: how many of their comments stand where, and how the site stands to them."""
    return parts().authors.get(caller().site, author_id)


@blueprint.route("/<text:author_id>/standing", methods=["PUT"], merge_slashes=False)
@needs("moderate", problems=(415,))
@blueprint.arguments(StandingSchema())
@blueprint.response(200, AuthorRecordSchema)
def set_standing(said: dict[str, Any], author_id: str) -> Any:
    """Sets how the site stands to an author, who need not have written yet."""
    site, until = caller().site, said["until"]
    parts().authors.set_standing(
        site,
        author_id,
        op=caller().op,
        by=caller().name,
        standing=said["standing"],
        until=None if until is None else ms_of(until),
    )
    return parts().authors.look(site, author_id)
