"""What is like a comment: a part of the pages that show one, and a page by itself for who has no scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.api.context import parts
from service.api.exchange import current
from service.console.pages import fragment, page
from service.console.reading.severe import severe_in
from service.console.visits import from_script, open_to, visitor
from service.moderation.differences import Segment, differences, folded
from service.moderation.severity import Severity
from service.similar import NearCopy

blueprint = Blueprint("similar", __name__, url_prefix="/comments")


@dataclass(frozen=True, slots=True)
class Beside:
    """A near copy and how it differs from the comment at hand."""

    copy: NearCopy
    segments: Sequence[Segment]
    severe: Sequence[Severity]


@blueprint.get("/<id:comment_id>/similar")
@open_to("moderate")
def show(comment_id: str) -> ResponseReturnValue:
    """Up to five near copies of a comment, with what became of each."""
    likes = parts().similar.of(visitor().site, comment_id)
    body = likes.record.submission.body
    found = [_beside(one, body) for one in likes.copies]
    if from_script(current()):
        return fragment("console/_similar.html", likes=likes, found=found)
    severe = severe_in(likes.record.judgement)
    return page("console/similar.html", likes=likes, found=found, severe=severe)


def _beside(copy: NearCopy, body: str) -> Beside:
    segments = folded(differences(copy.comment.body, body))
    return Beside(copy, segments, severe_in(copy.comment.judgement))
