"""The queue."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.console.pages import page
from service.console.visits import open_to

blueprint = Blueprint("queue", __name__, url_prefix="/queue")


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """What waits for this moderator."""
    return page("console/queue.html")
