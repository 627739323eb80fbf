"""Articles: how the comments under each are taken, where that is not as the policy says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.moderation.signals import ArticleMode
from service.store.authors import PastEnd
from service.store.connection import Store, site_key
from service.store.records import STATUSES

COUNTED_AT_MOST: Final = 10_000
"""Newest comments of an article that are counted by their status."""

PAGE: Final = 1000


class UnknownArticle(Exception):
    """No comment under this article is kept, and it has no mode of its own."""


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """An article. `mode` None is the policy's; `until` (ms) None is no end.

    `total` counts all comments that are kept, `comments` the newest `COUNTED_AT_MOST` by their status.
    """

    id: str
    total: int
    comments: Mapping[str, int]
    mode: ArticleMode | None
    until: int | None
    by: str | None
    at: int | None


@dataclass(frozen=True, slots=True)
class ModedArticle:
    """An article with a mode of its own."""

    id: str
    mode: ArticleMode
    until: int | None
    by: str
    at: int


class Articles:
    """The articles of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, site: str, article_id: str) -> ArticleRecord:
        """One article.

        :raises UnknownArticle: nothing is known of it.
        """
        record = self.look(site, article_id)
        if not record.total and record.mode is None:
            raise UnknownArticle(article_id)
        return record

    def look(self, site: str, article_id: str) -> ArticleRecord:
        """What is known of an article, be it nothing."""

        def build(pipeline: Any) -> None:
            pipeline.time()
            pipeline.hgetall(site_key(site, "article", article_id))
            pipeline.zcard(site_key(site, "list", "article", article_id))

        (seconds, _), kept, total = self._store.together(build)
        mode = _in_force(kept, seconds * 1000)
        told = mode or {"mode": None, "until": None, "by": None, "at": None}
        return ArticleRecord(id=article_id, total=total, comments=self._by_status(site, article_id), **told)

    def with_mode(self, site: str, mode: ArticleMode | None, limit: int) -> list[ModedArticle]:
        """The articles that have a mode of their own, or this one, the last set first; looks at all of them."""
        found: list[ModedArticle] = []
        at = 0
        while page := self._page(site, at):
            found += [one for one in page if one is not None and mode in (None, one.mode)]
            if len(found) >= limit:
                break
            at += len(page)
        return found[:limit]

    def set_mode(  # noqa: PLR0913
        self, site: str, article_id: str, *, op: str, by: str, mode: ArticleMode | None, until: int | None
    ) -> None:
        """Sets how comments under an article are taken, until a time (ms) or without end; None is the policy's way.

        :raises PastEnd: that time is over.
        """
        ends = "" if until is None else until
        (answer,) = self._store.run("set_article_mode", site, article_id, op, by, mode or "", ends)
        if answer == "past":
            raise PastEnd

    def _page(self, site: str, at: int) -> list[ModedArticle | None]:
        index = site_key(site, "articles")
        ids = self._listed(index, at)
        if not ids:
            return []

        def build(pipeline: Any) -> None:
            pipeline.time()
            for one in ids:
                pipeline.hgetall(site_key(site, "article", one))

        (seconds, _), *kept = self._store.together(build)
        modes = [_in_force(one, seconds * 1000) for one in kept]
        return [ModedArticle(id=one, **mode) if mode else None for one, mode in zip(ids, modes, strict=True)]

    def _by_status(self, site: str, article_id: str) -> dict[str, int]:
        counts = dict.fromkeys(STATUSES, 0)
        listed = site_key(site, "list", "article", article_id)
        for at in range(0, COUNTED_AT_MOST, PAGE):
            ids = self._listed(listed, at)
            for status in self._statuses(site, ids):
                if status in counts:  # what was erased or went meanwhile has none
                    counts[status] += 1
            if len(ids) < PAGE:
                break
        return {str(status): n for status, n in counts.items()}

    def _listed(self, index: str, at: int) -> list[str]:
        """A page of a list, newest first."""
        ids: list[str] = self._store.call(lambda client: client.zrevrange(index, at, at + PAGE - 1))
        return ids

    def _statuses(self, site: str, ids: list[str]) -> list[Any]:
        def build(pipeline: Any) -> None:
            for one in ids:
                pipeline.hget(site_key(site, "comment", one), "status")

        return self._store.together(build) if ids else []


def _in_force(kept: Mapping[str, str], now: int) -> dict[str, Any] | None:
    """A mode as it is at `now` (ms), or None."""
    until = int(kept["until"]) if "until" in kept else None
    if not kept or (until is not None and until <= now):
        return None
    return {"mode": kept["mode"], "until": until, "by": kept["by"], "at": int(kept["at"])}
