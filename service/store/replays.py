"""A site's last comments in order of arrival, for a replay."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import merge
from itertools import islice
from typing import Any, Final

import orjson
from redis import Redis

from service.moderation.preview import Replayed
from service.store.connection import Store, site_key
from service.store.records import STATUSES, judgement_from

PAGE: Final = 250
"""Comments fetched in one round trip, which keeps the server about a millisecond."""

END_OF_TIME: Final = 1 << 42
"""A time in ms after all that comes, in the year 2109."""

Place = tuple[int, str]
"""Ms of arrival and id."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The last comments of a site: `count` of them from `start` (ms) on, without the first `skip`."""

    start: int
    skip: int
    count: int


class Replays:
    """Reads the comments of every site as they came in. Nothing is held but a page."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last(self, site: str, wanted: int) -> Stretch:
        """Where the last comments of a site begin: `wanted` of them, or all that there are."""
        kept = self._since(site, 0)
        if kept <= wanted:
            return Stretch(0, 0, kept)
        start, behind, count = 0, END_OF_TIME, kept
        while behind - start > 1:
            middle = (start + behind) // 2
            there = self._since(site, middle)
            if there >= wanted:
                start, count = middle, there
            else:
                behind = middle
        return Stretch(start, count - wanted, wanted)

    def approvals(self, site: str, stretch: Stretch) -> Counter[str]:
        """How many comments of each author, from there on, stand approved."""
        approved: Counter[str] = Counter()
        places = self._ascending(site_key(site, "list", "approved"), stretch.start)
        while page := [comment_id for _, comment_id in islice(places, PAGE)]:
            approved.update(filter(None, self._store.run("authors_of", site, *page)))
        return approved

    def pages(self, site: str, stretch: Stretch, *, approved: bool) -> Iterator[list[Replayed]]:
        """The comments, oldest first; `approved` says whether it matters how many of an author's comments are."""
        lists = [self._ascending(site_key(site, "list", status), stretch.start) for status in STATUSES]
        places = islice(merge(*lists), stretch.skip, stretch.skip + stretch.count)
        while page := [comment_id for _, comment_id in islice(places, PAGE)]:
            answers = self._store.run("replay", site, "1" if approved else "", *page)
            yield [_replayed(one, *answer) for one, answer in zip(page, answers, strict=True) if answer]

    def _since(self, site: str, ms: int) -> int:
        def build(pipeline: Any) -> None:
            for status in STATUSES:
                pipeline.zcount(site_key(site, "list", status), ms, "+inf")

        return sum(self._store.together(build))

    def _ascending(self, key: str, start: int) -> Iterator[Place]:
        """One list from a time on, in order."""
        bound, offset = start, 0
        while True:
            page = self._store.call(partial(_page, key=key, bound=bound, offset=offset))
            yield from ((int(ms), comment_id) for comment_id, ms in page)
            if len(page) < PAGE:
                return
            last = int(page[-1][1])
            offset = sum(int(ms) == last for _, ms in page) + (offset if last == bound else 0)
            bound = last


def _page(client: Redis, *, key: str, bound: int, offset: int) -> Sequence[tuple[str, float]]:
    found: Any = client.zrangebyscore(key, bound, "+inf", start=offset, num=PAGE, withscores=True)
    return found  # type: ignore[no-any-return]


def _replayed(  # noqa: PLR0913, PLR0917  # as the script answers
    comment_id: str,
    posted: str,
    judged: str,
    received: int,
    status: str,
    decided: str,
    approved: int,
    trusted: int,
    free: int,
) -> Replayed:
    told = orjson.loads(posted)
    author, article = told.get("author", {}), told.get("article", {})
    judgement = judgement_from(judged)
    return Replayed(
        id=comment_id,
        text=told["body"],
        scores=judgement.scores,
        language=judgement.language,
        section=article.get("section"),
        author=author.get("id"),
        address=author.get("ip"),
        received=received,
        verdict=judgement.verdict,
        reasons=judgement.reasons,
        approved=status == "approved",
        ever_approved=None if approved < 0 else approved,
        trusted=bool(trusted),
        free_article=bool(free),
        decided=decided,
    )
