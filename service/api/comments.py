"""Comments: posted, fetched, listed, edited, erased."""

from dataclasses import replace
from typing import Any

import orjson
from flask import Response

from service.api.context import Blueprint, caller, described, loaded, needs, parts, read_json
from service.api.exchange import current
from service.api.problems import Problem, invalid, problem_of
from service.intake import Outcome, Placed, Post, RateRule
from service.schemas.comments import (
    BatchResultSchema,
    BatchSchema,
    CommentListSchema,
    CommentQuerySchema,
    CommentWithHistorySchema,
    PlacedSchema,
    PostSchema,
    written,
)
from service.store.comments import Filters
from service.store.records import RecordWithHistory, as_fields

blueprint = Blueprint("comments", __name__, url_prefix="/v1/comments", description="What readers write")


@blueprint.route("", methods=["POST"])
@needs("submit", counted=False, takes_in=True, problems=(409, 410, 413, 415))
@described(
    blueprint.arguments(PostSchema()),
    blueprint.response(201, PlacedSchema),
    blueprint.alt_response(200, schema=PlacedSchema, description="The first answer again", success=True),
)
def post_comment() -> Response:
    """Takes a comment in: scored, judged, stored. The same id again gets the first answer again."""
    asked, house, who = current(), parts(), caller()
    post: Post = loaded(PostSchema, read_json(asked))
    if who.once:
        post = replace(post, once=who.once)
    outcome, asked.rated = house.intake.post(who.site, post, RateRule(who.key.id, house.settings.rate_limit))
    if not isinstance(outcome, Placed):
        raise outcome
    return Response(orjson.dumps(written(outcome)), 201 if outcome.fresh else 200, content_type="application/json")


@blueprint.route("/batch", methods=["POST"])
@needs("submit", batch=True, takes_in=True, problems=(409, 413, 415))
@blueprint.arguments(BatchSchema())
@blueprint.response(200, BatchResultSchema)
def post_comments(batch: dict[str, Any]) -> Any:
    """Takes up to 1,000 comments in; the results are in their order, each a comment or a problem."""
    loaded = [_loaded(one, at) for at, one in enumerate(batch["comments"])]
    outcomes = parts().intake.post_batch(caller().site, [one for one in loaded if isinstance(one, Post)])
    return {"results": [_result(next(outcomes)) if isinstance(one, Post) else one.document() for one in loaded]}


@blueprint.route("", methods=["GET"])
@needs("submit", effect=False)
@blueprint.arguments(CommentQuerySchema(), location="query")
@blueprint.response(200, CommentListSchema)
def list_comments(query: tuple[Filters, int, str | None]) -> Any:
    """The site's comments, newest first."""
    found = parts().comments.find(caller().site, *query)
    return {"items": found.records, "next_cursor": found.after, "searched": found.searched}


@blueprint.route("/<id:comment_id>", methods=["GET"])
@needs("submit", effect=False, problems=(404, 410))
@blueprint.response(200, CommentWithHistorySchema)
def get_comment(comment_id: str) -> Any:
    """A comment and what happened to it; moderators' notes are for moderators."""
    return _shown(parts().comments.with_history(caller().site, comment_id))


@blueprint.route("/<id:comment_id>", methods=["PUT"])
@needs("submit", takes_in=True, problems=(404, 409, 410, 413, 415))
@blueprint.arguments(PostSchema())
@blueprint.response(200, CommentWithHistorySchema)
def edit_comment(post: Post, comment_id: str) -> Any:
    """An edit: scored and judged again. While pending, the comment keeps its place in the queue."""
    if post.id not in (None, comment_id):
        raise invalid({"id": ["It is not the id in the address."]})
    site = caller().site
    parts().intake.edit(site, parts().comments.get(site, comment_id), post.submission, caller().op)
    return _shown(parts().comments.with_history(site, comment_id))


@blueprint.route("/<id:comment_id>", methods=["DELETE"])
@needs("submit", problems=(404,))
@blueprint.response(204)
def erase_comment(comment_id: str) -> Response:
    """Erases the text, the author's data and labels suggested of it for good; what stays is that there was a comment.

    One that only another system keeps is known by what was suggested of it.
    """
    parts().comments.erase(caller().site, comment_id, caller().name)
    return Response(status=204)


def _shown(record: RecordWithHistory) -> dict[str, Any]:
    """A comment with its last appeal; what moderators, authors and readers tell moderators is for these alone."""
    site = caller().site
    appeal = parts().appeals.last_of(site, [record]).get(record.id)
    reports = None
    if caller().key.reaches("moderate"):
        reports = parts().reports.of(site, [record.id]).get(record.id)
    else:
        without = [{name: said for name, said in entry.items() if name != "note"} for entry in record.history]
        record, appeal = replace(record, history=without), appeal and replace(appeal, statement=None)
    return {**as_fields(record), "history": record.history, "appeal": appeal, "reports": reports}


def _loaded(one: Any, at: int) -> Post | Problem:
    """A comment of a batch, or what is wrong with it."""
    try:
        post: Post = loaded(PostSchema, one)
    except Problem as problem:
        return problem
    return replace(post, once=f"{caller().once}/{at}") if caller().once else post


def _result(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Placed):
        return written(outcome)
    return problem_of(outcome).document()
