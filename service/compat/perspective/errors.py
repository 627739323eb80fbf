"""What goes wrong, as Google's services say it: `google.rpc.Status` in JSON, with the API's own details."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

import orjson
from flask import Response

from service.api.problems import Problem, problem_of_any

JSON: Final = "application/json; charset=UTF-8"
DOMAIN: Final = "type.googleapis.com/"
SERVICE: Final = "commentanalyzer.googleapis.com"

ErrorType = Literal[
    "COMMENT_TOO_LONG",
    "COMMENT_EMPTY",
    "NO_REQUESTED_ATTRIBUTES",
    "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
    "LANGUAGE_DETECTION_FAILED",
    "INVALID_REQUEST",
]
"""The API's own causes, as its page "Limits and errors" lists them; the last one is for all that has no other."""

WORD_OF: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
"""The canonical codes (`google.rpc.Code`) of the statuses that are answered; any other 4xx is told as 400."""

MESSAGES: Final[Mapping[int, str]] = {
    413: "Request payload size exceeds the limit.",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
}

NO_KEY: Final = (
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API."
)
BAD_KEY: Final = "API key not valid. Please pass a valid API key."
BAD_TOKEN: Final = (
    "Request had invalid authentication credentials. "  # noqa: S105  # no secret: Google's words
    "Expected OAuth 2 access token, login cookie or other valid authentication credential."
)


class GoogleError(Exception):
    """An answer that is not what was asked for; `details` are messages with their types in `@type`."""

    def __init__(
        self,
        status: int,
        message: str,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, list(details)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        body: dict[str, Any] = {"code": self.status, "message": self.message, "status": WORD_OF[self.status]}
        if self.details:
            body["details"] = self.details
        return Response(orjson.dumps({"error": body}), self.status, self.headers, content_type=JSON)


def refused(kind: ErrorType, message: str, **more: Any) -> GoogleError:
    """The API's own refusal of what it understood."""
    error = {"@type": f"{DOMAIN}google.commentanalyzer.v1alpha1.Error", "errorType": kind, **more}
    return GoogleError(400, message, [error])


def malformed(violations: Sequence[tuple[str, str]]) -> GoogleError:
    """A body that is no request of the API: what is wrong with which field ("" for the whole)."""
    told = [{"field": field, "description": said} if field else {"description": said} for field, said in violations]
    details = [{"@type": f"{DOMAIN}google.rpc.BadRequest", "fieldViolations": told}]
    return GoogleError(400, "\n".join(said for _, said in violations), details)


def without_key() -> GoogleError:
    """Nobody says who calls."""
    return GoogleError(403, NO_KEY)


def bad_key() -> GoogleError:
    """A key that is not in force."""
    details = [_info("API_KEY_INVALID"), _said(BAD_KEY)]
    return GoogleError(400, BAD_KEY, details)


def bad_token() -> GoogleError:
    """A key that is not in force, sent as a bearer's token."""
    return GoogleError(401, BAD_TOKEN, headers={"WWW-Authenticate": "Bearer"})


def google_error(error: Exception) -> GoogleError:
    """Any error as Google's services would tell it."""
    return error if isinstance(error, GoogleError) else _of(problem_of_any(error))


def answer(error: Exception) -> Response:
    """The answer to a request that failed; for the blueprint."""
    return google_error(error).response()


def _of(problem: Problem) -> GoogleError:
    status = problem.status
    kept = {name: value for name, value in problem.headers.items() if name == "Retry-After"}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        guessing = problem.kind == "bad-keys"
        message = problem.detail if guessing else "Quota exceeded for this key's requests per minute."
        return GoogleError(status, message, [_info("RATE_LIMIT_EXCEEDED")], kept)
    message = MESSAGES.get(status, problem.detail)
    return GoogleError(status if status in WORD_OF else 400, message, headers=kept)


def _info(reason: str) -> dict[str, Any]:
    """A `google.rpc.ErrorInfo`."""
    return {
        "@type": f"{DOMAIN}google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE},
    }


def _said(message: str) -> dict[str, Any]:
    return {"@type": f"{DOMAIN}google.rpc.LocalizedMessage", "locale": "en-US", "message": message}
