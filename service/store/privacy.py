"""What is held of an author: given out whole, or erased."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

import orjson

from service.store.comments import Comments, Filters
from service.store.connection import Store, site_key
from service.store.records import RecordWithHistory, as_fields
from service.store.suggestions import KeptSuggestion, kept_from, of_comment

PAGE: Final = 100
"""Comments that are erased in one round trip."""

AT_ONCE: Final = 1000
"""Comments that are erased before the answer; the background worker does the rest."""

A_CHORE: Final = 2_000
"""Comments of an author that the background worker erases before it looks after others."""


REPORTS_TOLD: Final = 100
"""Readers' reports of a comment whose words are kept."""


class NothingHeld(Exception):
    """Nothing is held of this author."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that is held of an author: the standing and those before it (times in ms), counts, and the comments."""

    author_id: str
    standing: dict[str, Any] | None
    standings: list[dict[str, Any]]
    counts: dict[str, int]
    comments: Iterator[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """What others said of a comment, here and elsewhere, and its author of a rejection; times in ms, as it is kept."""

    notes: list[dict[str, Any]]
    appeal: dict[str, Any] | None
    reports: list[dict[str, Any]]
    suggestions: list[KeptSuggestion]


class Privacy:
    """What authors may ask of a site: to see what it holds of them, and that it goes."""

    def __init__(self, store: Store, comments: Comments) -> None:
        self._store, self._comments = store, comments

    def holdings(self, site: str, author_id: str) -> Holdings:
        """All that is held of an author; the comments come as they are asked for, newest first.

        :raises NothingHeld: that is nothing.
        """

        def build(pipeline: Any) -> None:
            pipeline.hgetall(site_key(site, "standing", author_id))
            pipeline.lrange(site_key(site, "standings", author_id), 0, -1)
            pipeline.exists(site_key(site, "list", "author", author_id))

        standing, standings, wrote = self._store.together(build)
        if not (standing or standings or wrote):
            raise NothingHeld(author_id)
        (counts,) = self._comments.author_counts(site, [author_id])
        comments = self.with_all_said(site, self._comments.all(site, Filters(author_id=author_id)))
        return Holdings(
            author_id, _told(standing) if standing else None, [orjson.loads(one) for one in standings], counts, comments
        )

    def said_of(self, site: str, ids: Sequence[str]) -> list[Said]:
        """What was said of each comment, in one round trip: notes, the last appeal, the first reports, suggestions."""

        def build(pipeline: Any) -> None:
            for one in ids:
                pipeline.lrange(site_key(site, "notes", one), 0, -1)
                pipeline.hgetall(site_key(site, "appeal", one))
                pipeline.hmget(site_key(site, "reports", one), [f"t:{n}" for n in range(1, REPORTS_TOLD + 1)])
                pipeline.hgetall(of_comment(site, one))

        found = self._store.together(build) if ids else []
        return [
            Said(
                [orjson.loads(note) for note in notes],
                _appeal(appeal),
                [orjson.loads(one) for one in words if one],
                list(kept_from(comment_id, suggested)),
            )
            for comment_id, notes, appeal, words, suggested in zip(
                ids, found[::4], found[1::4], found[2::4], found[3::4], strict=True
            )
        ]

    def with_all_said(self, site: str, records: Iterable[RecordWithHistory]) -> Iterator[dict[str, Any]]:
        """Comments with what was said of each, as plain values by name; some at a time."""
        rest = iter(records)
        while page := list(islice(rest, PAGE)):
            for record, said in zip(page, self.said_of(site, [one.id for one in page]), strict=True):
                more = {name: getattr(said, name) for name in ("notes", "appeal", "reports", "suggestions")}
                yield {**as_fields(record), "history": record.history, **more}

    def erase(self, site: str, author_id: str, by: str) -> bool:
        """Erases an author and all of their comments; whether that is done, or goes on in the background.

        What was begun is ended by the background worker, whatever becomes of this process.
        """
        self._store.run("ask_erasure", site, author_id, orjson.dumps({"by": by}))
        return self._erase(site, author_id, by, AT_ONCE)

    def go_on(self, site: str) -> int:
        """Goes on with what was asked for and is not done; says how many authors are left."""
        asked = self._store.call(lambda client: client.hgetall(site_key(site, "erasing")))
        done = [self._erase(site, one, orjson.loads(kept)["by"], A_CHORE) for one, kept in asked.items()]
        return done.count(False)

    def _erase(self, site: str, author_id: str, by: str, at_most: int) -> bool:
        """Erases up to so many comments of an author, and the author with the last; whether it came so far."""
        listed = site_key(site, "list", "author", author_id)
        for _ in range(-(-at_most // PAGE)):
            ids = self._store.call(partial(_oldest, key=listed))
            self._comments.erase_many(site, ids, by)
            if len(ids) < PAGE and self._store.run("forget_author", site, author_id, PAGE)[0] == "done":
                return True
        return self._store.run("forget_author", site, author_id, PAGE)[0] == "done"  # type: ignore[no-any-return]


def _oldest(client: Any, *, key: str) -> Any:
    return client.zrange(key, 0, PAGE - 1)


def _told(standing: dict[str, str]) -> dict[str, Any]:
    times = {name: int(standing[name]) if name in standing else None for name in ("at", "until")}
    return {"standing": standing["standing"], **times}


def _appeal(kept: dict[str, str]) -> dict[str, Any] | None:
    if not kept:
        return None
    return kept | {name: int(value) for name, value in kept.items() if name in ("at", "decided_at")}
