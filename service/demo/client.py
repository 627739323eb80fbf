"""Winnow's HTTP API as a news site's backend sees it: a comment goes in, where it stands comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import urllib3

SUCCESS = range(200, 300)
CLIENT_ERROR = range(400, 500)
NOT_THERE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class WinnowUnavailable(Exception):
    """The comment is not acknowledged: send it again, same id, after `retry_after` seconds if known."""

    def __init__(self, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class WinnowRefused(Exception):
    """Winnow's problem+json for a request that no repeating mends; `errors` has messages by field path."""

    def __init__(self, status: int, title: str, detail: str, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors


@dataclass(frozen=True)
class ArticleReference:
    """The article that a comment stands under, as Winnow is told of it."""

    id: str
    url: str
    title: str
    section: str


@dataclass(frozen=True)
class NewComment:
    """A comment on its way to Winnow. Without `posted_at` Winnow takes the time at which it arrives."""

    id: str
    body: str
    author_id: str
    author_name: str
    article: ArticleReference
    parent_id: str | None = None
    posted_at: datetime | None = None


@dataclass(frozen=True)
class Reason:
    """Why the verdict is not a plain approval; `attribute` is set where a score is the reason."""

    code: str
    detail: str
    attribute: str | None


@dataclass(frozen=True)
class Placed:
    """Where a comment stands: `status` now (approved, pending, rejected), `verdict` the machine's."""

    id: str
    status: str
    verdict: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Comment:
    """A comment as Winnow keeps it, with everything in it still as untrusted as when the reader typed it."""

    id: str
    body: str
    author_name: str
    posted_at: datetime
    parent_id: str | None
    language: str | None


@dataclass(frozen=True)
class Page:
    """A stretch of comments, newest first; `next_cursor` leads to the older ones."""

    comments: tuple[Comment, ...]
    next_cursor: str | None

    @property
    def names(self) -> dict[str, str]:
        """Who wrote which comment of these, by the comment's id."""
        return {comment.id: comment.author_name for comment in self.comments}


class WinnowClient:
    """Talks to one Winnow as one site, with that site's `submit` key.

    `timeout` is in seconds and bounds one attempt. A connection that breaks in the middle is tried once more:
    every comment carries its id, so Winnow answers the second attempt as it did the first.
    """

    def __init__(self, base_url: str, key: str, timeout: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = urllib3.PoolManager(
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=urllib3.Timeout(total=timeout),
            retries=urllib3.Retry(
                connect=0, read=1, redirect=0, allowed_methods=None, respect_retry_after_header=False
            ),
        )

    def place(self, comment: NewComment) -> Placed:
        """Post one comment; the same comment again gets the first answer again."""
        return _placed(self._call("POST", "/v1/comments", _comment_json(comment)))

    def place_batch(self, comments: Sequence[NewComment]) -> list[Placed | WinnowRefused]:
        """Post up to 1,000 comments; each gets its own answer, in order."""
        answer = self._call("POST", "/v1/comments/batch", {"comments": [_comment_json(c) for c in comments]})
        return [_placed_or_refused(result) for result in answer["results"]]

    def find(self, comment_id: str) -> Placed | None:
        """Where a comment stands now, or None when Winnow does not have it (any more)."""
        try:
            return _placed(self._call("GET", f"/v1/comments/{quote(comment_id, safe='')}"))
        except WinnowRefused as refusal:
            if refusal.status in NOT_THERE:
                return None
            raise

    def approved(self, article_id: str, limit: int, cursor: str | None = None) -> Page:
        """Return the comments that may stand under an article."""
        query = {"article_id": article_id, "status": "approved", "limit": str(limit)}
        if cursor:
            query["cursor"] = cursor
        answer = self._call("GET", f"/v1/comments?{urlencode(query)}")
        return Page(tuple(_comment(kept) for kept in answer["items"]), answer.get("next_cursor"))

    def _call(self, method: str, path: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = None if payload is None else orjson.dumps(payload)
        headers = {**self._http.headers, "Content-Type": "application/json"} if body else None
        try:
            response = self._http.request(method, self._base_url + path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise WinnowUnavailable(f"no answer from Winnow: {error}") from error
        return _answer(response)


def _answer(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    status = response.status
    if status in SUCCESS:
        return _json(response)
    if status in CLIENT_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS:
        raise _refused(_json(response) | {"status": status})
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


def _comment_json(comment: NewComment) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": comment.id,
        "body": comment.body,
        "author": {"id": comment.author_id, "name": comment.author_name},
        "article": {
            "id": comment.article.id,
            "url": comment.article.url,
            "title": comment.article.title,
            "section": comment.article.section,
        },
    }
    if comment.parent_id:
        fields["parent_id"] = comment.parent_id
    if comment.posted_at:
        fields["posted_at"] = comment.posted_at
    return fields


def _placed_or_refused(result: Mapping[str, Any]) -> Placed | WinnowRefused:
    return _refused(result) if isinstance(result["status"], int) else _placed(result)


def _placed(answer: Mapping[str, Any]) -> Placed:
    reasons = tuple(
        Reason(reason["code"], reason.get("detail", ""), reason.get("attribute"))
        for reason in answer.get("reasons", ())
    )
    return Placed(answer["id"], answer["status"], answer.get("verdict", ""), reasons)


def _refused(problem: Mapping[str, Any]) -> WinnowRefused:
    return WinnowRefused(
        problem["status"], problem.get("title", ""), problem.get("detail", ""), problem.get("errors", {})
    )


def _comment(kept: Mapping[str, Any]) -> Comment:
    return Comment(
        id=kept["id"],
        body=kept["body"],
        author_name=(kept.get("author") or {}).get("name") or "",
        posted_at=datetime.fromisoformat(kept.get("posted_at") or kept["received_at"]),
        parent_id=kept.get("parent_id"),
        language=kept.get("language"),
    )
