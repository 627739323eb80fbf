"""Winnow's HTTP API as a news site's backend sees it: a comment goes in, where it stands comes out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from service.demo.exchange import NOT_THERE, Exchange, WinnowRefused, refused


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
class Appeal:
    """A comment's last appeal: `outcome` is `upheld` (the rejection was right), `reversed`, or None while it waits."""

    at: datetime
    outcome: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class Kept:
    """All that the site needs to know of one comment."""

    placed: Placed
    comment: Comment
    article_id: str | None
    appeal: Appeal | None


@dataclass(frozen=True)
class Statement:
    """Why a comment was rejected; it can be contested `until` then. `text` says all of it in plain English.

    `labels` are a moderator's, `attributes` those whose scores told, `rules` codes of reasons; `automated` is whether
    no person decided, `term` the site's rule that was broken, if that was said.
    """

    since: datetime
    until: datetime
    text: str
    labels: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    automated: bool = False
    term: str | None = None


@dataclass(frozen=True)
class Report:
    """What a reader says of a comment; `reader_ip` is the reader's address, if the site knows it."""

    reader_id: str
    reason: str
    note: str | None = None
    reader_ip: str | None = None


@dataclass(frozen=True)
class Span:
    """A telling part of a text, in code points; `weight` is how much it tells."""

    start: int
    end: int
    attribute: str
    weight: float


@dataclass(frozen=True)
class Scored:
    """What the model in force thinks of a text that nobody posted yet."""

    model: str
    scores: Mapping[str, float]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Thresholds:
    """The scores from which a new site's policy holds a comment, as a `model` brings them."""

    model: str
    hold: Mapping[str, float]


@dataclass(frozen=True)
class Page:
    """A stretch of comments, newest first; `next_cursor` leads to the older ones."""

    comments: tuple[Comment, ...]
    next_cursor: str | None


class WinnowClient:
    """Talks to one Winnow as one site, with that site's `submit` key.

    `timeout` is in seconds and bounds one attempt. Every call is safe to repeat: a comment carries its id, a report
    its reader, an appeal its words. So a connection that breaks in the middle is tried `again`.
    """

    def __init__(self, base_url: str, key: str, timeout: float, again: int = 1) -> None:
        self._winnow = Exchange(base_url, key, timeout, again)

    def place(self, comment: NewComment) -> Placed:
        """Post one comment; the same comment again gets the first answer again."""
        return _placed(self._winnow.call("POST", "/v1/comments", _comment_json(comment)))

    def place_batch(self, comments: Sequence[NewComment]) -> list[Placed | WinnowRefused]:
        """Post up to 1,000 comments; each gets its own answer, in order."""
        answer = self._winnow.call("POST", "/v1/comments/batch", {"comments": [_comment_json(c) for c in comments]})
        return [_placed_or_refused(result) for result in answer["results"]]

    def find(self, comment_id: str) -> Kept | None:
        """What is kept of a comment, or None when Winnow does not have it (any more)."""
        try:
            return _kept(self._winnow.call("GET", _path(comment_id)))
        except WinnowRefused as refusal:
            if refusal.status in NOT_THERE:
                return None
            raise

    def approved(self, article_id: str, limit: int, cursor: str | None = None) -> Page:
        """Return the comments that may stand under an article."""
        query = {"article_id": article_id, "status": "approved", "limit": str(limit)}
        if cursor:
            query["cursor"] = cursor
        answer = self._winnow.call("GET", f"/v1/comments?{urlencode(query)}")
        return Page(tuple(_comment(kept) for kept in answer["items"]), answer.get("next_cursor"))

    def statuses(self, article_id: str) -> Iterator[tuple[str, str]]:
        """Return the ids of all comments of an article, whatever became of them, and where each stands."""
        query = {"article_id": article_id, "limit": "1000"}
        while True:
            answer = self._winnow.call("GET", f"/v1/comments?{urlencode(query)}")
            yield from ((kept["id"], kept["status"]) for kept in answer["items"])
            if not answer.get("next_cursor"):
                return
            query["cursor"] = answer["next_cursor"]

    def report(self, comment_id: str, said: Report) -> None:
        """Hand on a reader's report; the same reader again counts once."""
        fields = {
            "reporter_id": said.reader_id,
            "reason": said.reason,
            "note": said.note,
            "reporter_ip": said.reader_ip,
        }
        self._winnow.call("POST", _path(comment_id, "/reports"), fields)

    def statement(self, comment_id: str) -> Statement:
        """Return why a comment is or was rejected."""
        answer = self._winnow.call("GET", _path(comment_id, "/statement"))
        return _statement(answer)

    def contest(self, comment_id: str, statement: str) -> None:
        """Contest a rejection for the author; the same words again change nothing."""
        self._winnow.call("POST", _path(comment_id, "/appeals"), {"statement": statement or None})

    def score(self, text: str) -> Scored:
        """Return what the model thinks of a text; nothing is stored."""
        answer = self._winnow.call("POST", "/v1/score", {"texts": [text], "explain": True})
        (result,) = answer["results"]
        spans = tuple(Span(one["start"], one["end"], one["attribute"], one["weight"]) for one in result["spans"])
        return Scored(answer["model"], result["scores"], spans)

    def thresholds(self) -> Thresholds:
        """Return the thresholds that the model in force comes with; the site's own are for admins to read."""
        answer = self._winnow.call("GET", "/v1/model")
        return Thresholds(answer["version"], answer["thresholds"])


def _path(comment_id: str, of_it: str = "") -> str:
    return f"/v1/comments/{quote(comment_id, safe='')}{of_it}"


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
    return refused(result) if isinstance(result["status"], int) else _placed(result)


def _placed(answer: Mapping[str, Any]) -> Placed:
    reasons = tuple(
        Reason(reason["code"], reason.get("detail", ""), reason.get("attribute"))
        for reason in answer.get("reasons", ())
    )
    return Placed(answer["id"], answer["status"], answer.get("verdict", ""), reasons)


def _kept(answer: Mapping[str, Any]) -> Kept:
    article = answer.get("article") or {}
    return Kept(_placed(answer), _comment(answer), article.get("id"), _appeal(answer.get("appeal")))


def _appeal(kept: Mapping[str, Any] | None) -> Appeal | None:
    if kept is None:
        return None
    decided = kept.get("decided_at")
    return Appeal(_time(kept["at"]), kept.get("outcome"), _time(decided) if decided else None)


def _statement(answer: Mapping[str, Any]) -> Statement:
    facts = answer["facts"]
    return Statement(
        _time(answer["since"]),
        _time(answer["contest"]["until"]),
        answer["text"],
        tuple(facts["labels"]),
        tuple(finding["attribute"] for finding in facts["findings"]),
        tuple(facts["rules"]),
        answer["automated"]["decision"],
        answer["ground"]["term"],
    )


def _comment(kept: Mapping[str, Any]) -> Comment:
    return Comment(
        id=kept["id"],
        body=kept["body"],
        author_name=(kept.get("author") or {}).get("name") or "",
        posted_at=_time(kept.get("posted_at") or kept["received_at"]),
        parent_id=kept.get("parent_id"),
        language=kept.get("language"),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
