"""OpenAI's moderations endpoint, for its clients: https://platform.openai.com/docs/api-reference/moderations."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Response

from service.api.context import Blueprint, bearer, caller, described, enter, loaded, needs, parts, read_json
from service.api.exchange import current
from service.api.problems import Problem, problem_of_any
from service.flagging import Looked
from service.intake import RateExceeded, RateRule
from service.moderation.openai import CATEGORIES, Flags
from service.schemas.openai import (
    EMPTY,
    MISSING,
    NO_INPUT,
    NO_PART,
    NO_STRING,
    TOO_LONG,
    TOO_MANY,
    ModerationRequestSchema,
    ModerationSchema,
    OpenAiErrorSchema,
)
from service.turns import SLICE

blueprint = Blueprint("openai", __name__, url_prefix="/v1/moderations", description="As OpenAI's, for its clients")

ERRORS: Final = (400, 401, 403, 413, 415, 429, 500, 503)

TEXT_ALONE: Final = {category: ["text"] for category in CATEGORIES}
"""Which kinds of input a score is about."""

CODES: Final[Mapping[str, str]] = {
    MISSING: "missing_required_parameter",
    NO_INPUT: "invalid_type",
    NO_STRING: "invalid_type",
    NO_PART: "invalid_type",
    EMPTY: "empty_array",
    TOO_MANY: "array_above_max_length",
    TOO_LONG: "string_above_max_length",
}
"""OpenAI's codes of what is wrong with a field; of all else it is `invalid_value`."""

CODES_OF_STATUS: Final = {
    403: "insufficient_permissions",
    413: "request_too_large",
    415: "unsupported_content_type",
    429: "rate_limit_exceeded",
    503: "service_unavailable",
}


@blueprint.route("", methods=["POST"])
@needs("submit", effect=False, counted=False, batch=True, takes_in=True, problems=(413, 415, 500))
@described(
    blueprint.arguments(ModerationRequestSchema()),
    blueprint.response(200, ModerationSchema),
    *(blueprint.alt_response(one, schema=OpenAiErrorSchema, description=HTTPStatus(one).phrase) for one in ERRORS),
)
def moderate() -> Response:
    """Flags texts by OpenAI's categories, as far as a model here knows them. Nothing of them is stored."""
    asked, who, house = current(), caller(), parts()
    texts = loaded(ModerationRequestSchema, read_json(asked))["input"]
    rate = RateRule(who.key.id, house.settings.rate_limit)
    if len(texts) > SLICE:
        enter(asked)  # so much is not looked at for a key that is over its limit
        rate = RateRule("", 0)
    looked, rated = house.flagging.flag(who.site, texts, rate)
    if rated and rate.limit:
        asked.rated = rated
        if rated.requests > rate.limit:
            raise RateExceeded(rated.seconds_left)
    return Response(orjson.dumps(_written(looked)), content_type="application/json")


def _written(looked: Looked) -> dict[str, Any]:
    return {
        "id": f"modr-{current().id.replace('-', '')}",
        "model": looked.model,
        "results": [_result(one) for one in looked.found],
    }


def _result(flags: Flags) -> dict[str, Any]:
    return {
        "flagged": flags.flagged,
        "categories": flags.categories,
        "category_scores": flags.scores,
        "category_applied_input_types": TEXT_ALONE,
    }


def _refused(error: Exception) -> Response:
    """Any error in the shape that OpenAI's clients read."""
    problem = problem_of_any(error)
    status = 400 if problem.status == HTTPStatus.UNPROCESSABLE_ENTITY else problem.status
    body = orjson.dumps({"error": _fault(problem)})
    return Response(body, status, {**problem.headers, **_retrying(problem)}, content_type="application/json")


def _fault(problem: Problem) -> dict[str, str | None]:
    kind = "invalid_request_error"
    if problem.kind == "invalid":
        path, (said, *_) = next(iter(problem.more["errors"].items()))
        # A path such as `input.3.type` is `input[3].type` there.
        param = None if path == "_" else re.sub(r"\.(\d+)", r"[\1]", path)
        message = f"Invalid '{param}': {said}" if param else "The body of the request is no JSON object."
        return {"message": message, "type": kind, "param": param, "code": CODES.get(said, "invalid_value")}
    code = CODES_OF_STATUS.get(problem.status)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        code = "invalid_api_key" if bearer(current()) else None
    elif problem.kind == "site-closed":
        code = "site_closed"
    elif problem.status == HTTPStatus.TOO_MANY_REQUESTS:
        kind = "requests"
    elif problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = "server_error"
    return {"message": problem.detail, "type": kind, "param": None, "code": code}


def _retrying(problem: Problem) -> dict[str, str]:
    """What OpenAI's clients go by when they repeat a request by themselves."""
    seconds = problem.headers.get("Retry-After")
    if seconds is None:
        return {}
    return {"retry-after-ms": str(int(seconds) * 1000), "x-should-retry": "true"}


def _standing(response: Response) -> Response:
    """Where the key stands, in the headers that OpenAI's clients know."""
    limit, rated = parts().settings.rate_limit, current().rated
    if limit and rated:
        response.headers["x-ratelimit-limit-requests"] = str(limit)
        response.headers["x-ratelimit-remaining-requests"] = str(max(0, limit - rated.requests))
        response.headers["x-ratelimit-reset-requests"] = f"{rated.seconds_left}s"
    return response


blueprint.register_error_handler(Exception, _refused)
blueprint.after_request(_standing)
