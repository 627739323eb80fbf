"""Comments: how they come in, what is known of them, how they change and how they go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, Final

from service.moderation.campaigns import fingerprint, mask
from service.moderation.comment import Status
from service.moderation.signals import copy_text
from service.store.connection import Store, site_key
from service.store.records import (
    STATUSES,
    ErasedComment,
    Record,
    RecordWithHistory,
    history_from,
    record_from,
    with_history,
)
from service.store.timeline import pages

SEARCHED_AT_MOST: Final = 10_000
"""Newest comments that a search or a filter without an index of its own looks through."""

UNDECIDED: Final[tuple[Status, ...]] = ("pending", "approved")
"""Where a comment stands that is worth a label: what the machine rejects, no policy wants to be looked at."""

PAGE: Final = 500
"""Comments fetched in one round trip while looking."""


class UnknownComment(Exception):
    """The site has no such comment."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of comments is narrowed to; `since` (included) and `until` (not) are ms of arrival.

    `author_name` and `q` are parts of a name and of a text, whatever their case.
    """

    status: Status | None = None
    author_id: str | None = None
    article_id: str | None = None
    reason: str | None = None
    q: str | None = None
    author_name: str | None = None
    since: int = 0
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of comments, newest first; `after` goes on behind it, `searched` counts what was looked at."""

    records: list[Record]
    after: str | None
    searched: int


class Comments:
    """The comments of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def erase(self, site: str, comment_id: str, by: str) -> None:
        """Erases a comment and what was suggested of it, as `by` wants it; erasing it again is no error.

        :raises UnknownComment: the site has no such comment, and nothing was suggested of one.
        """
        known: tuple[str, ...] = ()
        try:
            known = _erased(self.get(site, comment_id))
        except ErasedComment:
            return
        except UnknownComment:  # another system may keep it
            pass
        (what,) = self._store.run("erase", site, comment_id, by, *known)
        if what == "unknown":
            raise UnknownComment(comment_id)
        if what == "arrived":
            self.erase(site, comment_id, by)

    def erase_many(self, site: str, ids: Sequence[str], by: str) -> None:
        """Erases those of the comments that are there, in two round trips."""
        records = self.get_many(site, ids)
        calls = [(one, by, *_erased(record)) for one, record in records.items()]
        if calls:
            self._store.run_all("erase", site, calls)

    def get(self, site: str, comment_id: str) -> Record:
        """One comment.

        :raises UnknownComment: the site has no such comment.
        :raises ErasedComment: it was erased.
        """
        return _there(
            comment_id, self._store.call(lambda client: client.hgetall(site_key(site, "comment", comment_id)))
        )

    def with_history(self, site: str, comment_id: str) -> RecordWithHistory:
        """One comment and what happened to it; raises as `get` does."""

        def build(pipeline: Any) -> None:
            pipeline.hgetall(site_key(site, "comment", comment_id))
            pipeline.lrange(site_key(site, "history", comment_id), 0, -1)

        kept, entries = self._store.together(build)
        return with_history(_there(comment_id, kept), history_from(entries))

    def get_many(self, site: str, ids: Sequence[str]) -> dict[str, Record]:
        """Those of the comments that are there, in one round trip."""
        if not ids:
            return {}

        def build(pipeline: Any) -> None:
            for comment_id in ids:
                pipeline.hgetall(site_key(site, "comment", comment_id))

        answers = self._store.together(build)
        return {
            comment_id: record_from(comment_id, kept)
            for comment_id, kept in zip(ids, answers, strict=True)
            if kept and kept["status"] != "erased"
        }

    def histories(self, site: str, ids: Sequence[str]) -> list[list[dict[str, Any]]]:
        """What happened to several comments, oldest first, in one round trip."""

        def build(pipeline: Any) -> None:
            for comment_id in ids:
                pipeline.lrange(site_key(site, "history", comment_id), 0, -1)

        return [history_from(entries) for entries in self._store.together(build)] if ids else []

    def author_counts(self, site: str, author_ids: Sequence[str]) -> list[dict[str, int]]:
        """How many comments of each author stand where, in one round trip."""

        def build(pipeline: Any) -> None:
            for author_id in author_ids:
                pipeline.hgetall(site_key(site, "author", author_id))

        kept = self._store.together(build) if author_ids else []
        return [{status: int(counts.get(status, 0)) for status in STATUSES} for counts in kept]

    def find(self, site: str, filters: Filters, limit: int, after: str | None) -> Found:
        """A page of comments, newest first.

        A filter without an index of its own (`reason`, `q`, `author_name`, a second one) is met by looking, at
        `SEARCHED_AT_MOST` comments a call.
        """
        records: list[Record] = []
        searched = 0
        page = PAGE if _needs_looking(filters) else limit
        for received, comment_id, record in self._newest(site, filters, after or _end_of(filters), page):
            if received < filters.since:
                break
            searched += 1
            if record is not None and _fits(record, filters):
                records.append(record)
            if len(records) == limit or searched == SEARCHED_AT_MOST:
                return Found(records, f"{received}.{comment_id}", searched)
        return Found(records, None, searched)

    def decided(self, site: str, since: int) -> Iterator[RecordWithHistory]:
        """Comments that a human decided, with their histories, by time of decision from `since` (ms) on."""
        for ids in pages(self._store, site_key(site, "list", "decided"), since):
            records = self.get_many(site, ids)
            for comment_id, history in zip(ids, self.histories(site, ids), strict=True):
                if comment_id in records:
                    yield with_history(records[comment_id], history)

    def all(self, site: str, filters: Filters, since: int = 0) -> Iterator[RecordWithHistory]:
        """Comments of one index with their histories, newest first, back to those received at `since` (ms)."""
        walk = self._newest(site, filters, None, PAGE)
        recent = takewhile(lambda entry: entry[0] >= since, walk)
        while page := [(one, record) for _, one, record in islice(recent, PAGE)]:
            histories = self.histories(site, [one for one, _ in page])
            for (_, record), history in zip(page, histories, strict=True):
                if record is not None:
                    yield with_history(record, history)

    def undecided(self, site: str, since: int) -> Iterator[Record]:
        """Pending and approved comments that no human decided, newest first, back to those received at `since` (ms)."""
        for status in UNDECIDED:
            for received, _, record in self._newest(site, Filters(status=status), None, PAGE):
                if received < since:
                    break
                if record is not None and record.decision is None and record.status == status:
                    yield record

    def _newest(
        self, site: str, filters: Filters, after: str | None, size: int
    ) -> Iterator[tuple[int, str, Record | None]]:
        """Walks the best index for the filters, from the newest or from behind `after`, `size` a round trip."""
        keys = _index_keys(site, filters)
        passed = _position(after) if after else None
        bound = passed[0] if passed else None
        offset = 0
        while True:
            page, more = self._merged_page(keys, bound, offset, size)
            fresh = [entry for entry in page if passed is None or entry < passed]
            records = self.get_many(site, [one for _, one in fresh])
            for received, one in fresh:
                yield received, one, records.get(one)
            if not more:
                return
            last = page[-1][0]
            offset = sum(received == last for received, _ in page) + (offset if last == bound else 0)
            bound = last

    def _merged_page(
        self, keys: Sequence[str], bound: int | None, offset: int, size: int
    ) -> tuple[list[tuple[int, str]], bool]:
        """The next entries of several indices as one, newest first, and whether there may be more."""
        top = "+inf" if bound is None else bound

        def build(pipeline: Any) -> None:
            for key in keys:
                pipeline.zrevrangebyscore(key, top, "-inf", start=0, num=offset + size, withscores=True)

        answers = self._store.together(build)
        merged = sorted(((int(score), one) for answer in answers for one, score in answer), reverse=True)
        end = offset + size
        return merged[offset:end], len(merged) > end or any(len(answer) == end for answer in answers)


def _erased(record: Record) -> tuple[str, str]:
    """What `erase` needs to find what stands elsewhere for a comment's text."""
    body = record.submission.body
    return copy_text(body), " ".join(fingerprint(mask(body)))


def _position(cursor: str) -> tuple[int, str]:
    """The ms of arrival and the id at which a page ended.

    :raises ValueError: not a cursor that `find` gave.
    """
    received, comment_id = cursor.split(".", 1)
    return int(received), comment_id


def _end_of(filters: Filters) -> str | None:
    """The cursor behind all that came at the filters' end or later."""
    return None if filters.until is None else f"{filters.until}."


def _needs_looking(filters: Filters) -> bool:
    """Whether some filter has no index: each comment must be looked at."""
    by_index = sum(value is not None for value in (filters.status, filters.author_id, filters.article_id))
    return by_index > 1 or any(one is not None for one in (filters.reason, filters.q, filters.author_name))


def _there(comment_id: str, kept: Mapping[str, str]) -> Record:
    """A comment from its hash, which is empty where there is none.

    :raises UnknownComment, ErasedComment: it is not there.
    """
    if not kept:
        raise UnknownComment(comment_id)
    return record_from(comment_id, kept)


def _index_keys(site: str, filters: Filters) -> list[str]:
    if filters.author_id is not None:
        return [site_key(site, "list", "author", filters.author_id)]
    if filters.article_id is not None:
        return [site_key(site, "list", "article", filters.article_id)]
    return [site_key(site, "list", status) for status in ([filters.status] if filters.status else STATUSES)]


def _fits(record: Record, filters: Filters) -> bool:
    submission = record.submission
    name = submission.author.name or ""
    return (
        filters.status in (None, record.status)
        and filters.author_id in (None, submission.author.id)
        and filters.article_id in (None, submission.article.id)
        and (filters.reason is None or any(one.code == filters.reason for one in record.judgement.reasons))
        and (filters.q is None or filters.q.casefold() in submission.body.casefold())
        and (filters.author_name is None or filters.author_name.casefold() in name.casefold())
    )
