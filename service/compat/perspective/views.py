"""The API's methods, and the document that describes them."""

import re
from typing import Any, Final

import orjson
from flask import Response

from service.api.context import Blueprint, Decorator, caller, described, enter, parts
from service.api.exchange import current
from service.compat.perspective.discovery import NAME, VERSION, document
from service.compat.perspective.errors import JSON, GoogleError, answer
from service.compat.perspective.fields import Message
from service.compat.perspective.messages import (
    GoogleErrorSchema,
    PerspectiveAnalyzeCommentRequestSchema,
    PerspectiveAnalyzeCommentResponseSchema,
    PerspectiveSuggestCommentScoreRequestSchema,
    PerspectiveSuggestCommentScoreResponseSchema,
)
from service.compat.perspective.reading import analysis_of, feedback_of, let_in, suggestion_of
from service.compat.perspective.scoring import analyzed, languages_of
from service.intake import RateRule

blueprint = Blueprint("perspective", __name__, description="Jigsaw's Perspective, for its clients")
blueprint.register_error_handler(Exception, answer)

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

_ANALYZE: Final = PerspectiveAnalyzeCommentRequestSchema()
_SUGGEST: Final = PerspectiveSuggestCommentScoreRequestSchema()


KEY: Final = [
    {
        "in": "query",
        "name": "key",
        "schema": {"type": "string"},
        "description": "The site's key; it may also come in X-Goog-Api-Key, or as a bearer's token.",
    }
]


def _described(request: type[Message], response: type[Message]) -> Decorator:
    """Documents a method: its messages, that it takes a key, and how it refuses."""
    refusals = [blueprint.alt_response(status, schema=GoogleErrorSchema) for status in (400, 401, 403, 429, 503)]
    security = blueprint.doc(security=[{"key": []}])
    return described(blueprint.arguments(request()), blueprint.response(200, response), *refusals, security)


@blueprint.route("/v1alpha1/comments:analyze", methods=["POST"], parameters=KEY)
@_described(PerspectiveAnalyzeCommentRequestSchema, PerspectiveAnalyzeCommentResponseSchema)
def analyze() -> Response:
    """Scores a comment for Perspective's attributes; nothing of it is stored."""
    asked, house = current(), parts()
    let_in(asked)
    analysis = analysis_of(asked, _ANALYZE)
    site, rate = caller().site, RateRule(caller().key.id, house.settings.rate_limit)
    policy, asked.rated = house.checking.scored(site, "perspective", rate)
    return _said(analyzed(analysis, house.models.in_force(site), policy))


@blueprint.route("/v1alpha1/comments:suggestscore", methods=["POST"], parameters=KEY)
@_described(PerspectiveSuggestCommentScoreRequestSchema, PerspectiveSuggestCommentScoreResponseSchema)
def suggestscore() -> Response:
    """Takes the scores that a comment should have, as labels; `doNotStore` keeps nothing."""
    asked = current()
    let_in(asked)
    enter(asked)
    feedback = feedback_of(asked, _SUGGEST)
    languages = languages_of(feedback.comment.text, feedback.languages)
    suggestion = suggestion_of(feedback, languages.chosen if languages.effective else None)
    if suggestion and not feedback.do_not_store:
        parts().suggestions.add(caller().site, caller().key, caller().name, suggestion)
    told: dict[str, Any] = {"detectedLanguages": languages.detected, "requestedLanguages": feedback.languages}
    return _said(told | ({"clientToken": feedback.token} if feedback.token else {}))


@blueprint.route("/$discovery/rest", methods=["GET"])
@blueprint.response(200, {"type": "object"})
def discovery() -> Response:
    """The API's discovery document; its `rootUrl` is where this request came. It takes no key."""
    return _document(current().args.get("version", VERSION))


@blueprint.route(f"/discovery/v1/apis/{NAME}/{VERSION}/rest", methods=["GET"])
@blueprint.response(200, {"type": "object"})
def directory() -> Response:
    """The same, at the path at which Google's clients look by themselves."""
    return _document(VERSION)


def _document(version: str) -> Response:
    asked = current()
    if version != VERSION:
        raise GoogleError(404, "Discovery document not found.")
    if not _HOST.fullmatch(asked.host):
        raise GoogleError(400, "The Host header is no host.")
    response = _said(document(f"{asked.scheme}://{asked.host}/"))
    response.headers["Cache-Control"] = "no-store"
    return response


def _said(message: dict[str, Any]) -> Response:
    return Response(orjson.dumps(message), content_type=JSON)
