"""What an author may ask of the newsroom: all that is held of them, and that it goes."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from service.api.context import parts
from service.api.privacy import streamed
from service.console.pages import back, page
from service.console.visits import open_to, visitor
from service.store.authors import UnknownAuthor

blueprint = Blueprint("privacy", __name__, url_prefix="/privacy")


@blueprint.get("/export/<text:author_id>", merge_slashes=False)
@open_to("admin")
def export(author_id: str) -> ResponseReturnValue:
    """All that is held of an author, as a file; its name says nothing of whose it is."""
    held = parts().privacy.holdings(visitor().site, author_id)
    headers = {"Content-Disposition": 'attachment; filename="author.json"'}
    return Response(streamed(held), content_type="application/json", headers=headers)


@blueprint.get("/erase/<text:author_id>", merge_slashes=False)
@open_to("admin")
def ask(author_id: str) -> ResponseReturnValue:
    """What an erasure does, before it is done."""
    return page("console/erase.html", author=parts().authors.get(visitor().site, author_id))


@blueprint.post("/erase/<text:author_id>", merge_slashes=False)
@open_to("admin")
def erase(author_id: str) -> ResponseReturnValue:
    """Erases an author; of one of whom nothing is left, nothing is done."""
    site = visitor().site
    try:
        parts().authors.get(site, author_id)
    except UnknownAuthor:
        return back("console.authors.search", told="Nothing is held of this author any more.")
    done = parts().privacy.erase(site, author_id, visitor().name)
    begun = "The erasure has begun. There is much to erase, and the background worker does the rest."
    return back("console.authors.search", told="The author was erased." if done else begun)
