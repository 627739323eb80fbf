"""What was counted on a site, hour by hour: `count` in `lua/_site.lua` writes it."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.store.connection import Store, clock, site_key

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

KEPT_DAYS: Final = 400
"""Days for which counts are kept; `count` says the same."""

HOURS_KEPT_DAYS: Final = 31
"""Days for which counts are kept by the hour; older ones are kept by the day, in a thirtieth of the room."""

_AT_ONCE: Final = 5
"""Days that are read in one round trip, so that a long range keeps neither Redis nor this worker from others."""

Counts = Mapping[str, int]
"""How often what happened; `what=kind` is one of several kinds of it."""


class Stats:
    """The counts of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self, site: str) -> int:
        """Milliseconds since 1970 by the clock by which all of a site is counted."""
        return clock(self._store, site)

    def counted(self, site: str, since: int, until: int, width: int) -> dict[int, Counter[str]]:
        """What was counted from `since` up to `until`, in buckets of `width`; all in ms, whole hours, ends excluded.

        Every bucket is there, by its beginning and in order; one in which nothing happened is empty.
        """
        buckets: dict[int, Counter[str]] = {at: Counter() for at in range(since, until, width)}
        for hour, what, n in self._fields(site, since, until):
            buckets[hour - (hour - since) % width][what] += n
        return buckets

    def fold(self, site: str) -> int:
        """Adds up the hours of days that are too old to be asked for by the hour; says how many days it did."""
        today = self.now(site) // DAY_MS
        folded = self._store.call(lambda client: client.get(site_key(site, "count", "folded")))
        first = max(int(folded or 0) + 1, today - KEPT_DAYS)
        days = range(first, today - HOURS_KEPT_DAYS - 1)
        for day in days:
            self._store.run("fold_counts", site, day)
        return len(days)

    def _fields(self, site: str, since: int, until: int) -> Iterator[tuple[int, str, int]]:
        """Every count of the range with the beginning of its hour."""
        days = range(since // DAY_MS, -(-until // DAY_MS))
        for first in range(0, len(days), _AT_ONCE):
            some = days[first : first + _AT_ONCE]

            def build(pipeline: Any, some: range = some) -> None:
                for day in some:
                    pipeline.hgetall(site_key(site, "count", day))

            for day, fields in zip(some, self._store.together(build), strict=True):
                for field, n in fields.items():
                    hour, _, what = field.partition(":")
                    at = day * DAY_MS + int(hour) * HOUR_MS
                    if since <= at < until:
                        yield at, what, int(n)
            time.sleep(0)
