"""One request to Winnow's HTTP API and its answer: JSON, or one of two errors."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import urllib3

SUCCESS = range(200, 300)
CLIENT_ERROR = range(400, 500)
NOT_THERE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
PROBLEM = "urn:winnow:problem:"


class WinnowUnavailable(Exception):
    """Nothing is acknowledged: send it again, the same, after `retry_after` seconds if known."""

    def __init__(self, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class WinnowRefused(Exception):
    """Winnow's problem+json for a request that no repeating mends.

    `kind` is the end of the problem's type, such as `contested`, or empty; `errors` has messages by field path.
    """

    def __init__(self, status: int, title: str, detail: str, errors: Mapping[str, Sequence[str]], kind: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.kind = kind


class Exchange:
    """The connections to one Winnow with one key.

    `timeout` is in seconds and bounds one attempt. A connection that breaks in the middle is tried `again` times
    more; what is sent must be safe to repeat.
    """

    def __init__(self, base_url: str, key: str, timeout: float, again: int = 1) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = urllib3.PoolManager(
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=urllib3.Timeout(total=timeout),
            retries=urllib3.Retry(
                connect=0, read=again, redirect=0, allowed_methods=None, respect_retry_after_header=False
            ),
        )

    def call(self, method: str, path: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one request. Raises WinnowUnavailable and WinnowRefused."""
        body = None if payload is None else orjson.dumps(payload)
        headers = {**self._http.headers, "Content-Type": "application/json"} if body else None
        try:
            response = self._http.request(method, self._base_url + path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise WinnowUnavailable(f"no answer from Winnow: {error}") from error
        return _answer(response)


def refused(problem: Mapping[str, Any]) -> WinnowRefused:
    """Make the error of a problem, whether it is a whole answer or one result of a batch."""
    kind = str(problem.get("type", ""))
    return WinnowRefused(
        problem["status"],
        problem.get("title", ""),
        problem.get("detail", ""),
        problem.get("errors", {}),
        kind.removeprefix(PROBLEM) if kind.startswith(PROBLEM) else "",
    )


def _answer(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    status = response.status
    if status in SUCCESS:
        return _json(response)
    if status in CLIENT_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS:
        raise refused(_json(response) | {"status": status})
    raise WinnowUnavailable(f"Winnow answered {status}", _seconds(response.headers.get("Retry-After")))


def _json(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        answer = orjson.loads(response.data)
    except orjson.JSONDecodeError as error:
        raise WinnowUnavailable(f"{response.status} without JSON: this is not Winnow's answer") from error
    if not isinstance(answer, dict):
        raise WinnowUnavailable(f"{response.status} without an object: this is not Winnow's answer")
    return answer


def _seconds(retry_after: str | None) -> int | None:
    return int(retry_after) if retry_after and retry_after.isdecimal() else None
