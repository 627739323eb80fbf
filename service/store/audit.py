"""The audit log: who did what to what, and when. Scripts write it as they act; nothing edits it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson

from service.store.connection import Store, site_key
from service.store.events import position

SEARCHED_AT_MOST: Final = 10_000
"""Entries that a page with filters looks through."""

PAGE: Final = 500
"""Entries fetched in one round trip."""


@dataclass(frozen=True, slots=True)
class Act:
    """One line: at `at` (ms) `by` did `act` to the comment `on`, if any; `data` has ids and figures, never a text."""

    id: str
    at: int
    by: str
    act: str
    on: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a look at the log is narrowed to; times in ms, `since` included and `until` not."""

    since: int = 0
    until: int | None = None
    by: str | None = None
    act: str | None = None


@dataclass(frozen=True, slots=True)
class Acts:
    """A page, newest first; `after` goes on behind it, `searched` counts what was looked at."""

    items: list[Act]
    after: str | None
    searched: int


class Audit:
    """The audit log of every site. A cursor is the id of the last line that was looked at."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, site: str, op: str, by: str, act: str, data: Mapping[str, Any]) -> None:
        """Writes down what an operator did by command; `op` names this act, so that it is written once."""
        self._store.run("put_audit", site, by, act, "", op, orjson.dumps({**data, "op": op}))

    def find(self, site: str, wanted: Wanted, limit: int, cursor: str | None) -> Acts:
        """A page, newest first; where it is narrowed, up to `SEARCHED_AT_MOST` lines are looked at."""
        found: list[Act] = []
        searched = 0
        for act in self._newest(site, wanted, cursor):
            searched += 1
            if wanted.by in (None, act.by) and wanted.act in (None, act.act):
                found.append(act)
            if len(found) == limit or searched == SEARCHED_AT_MOST:
                return Acts(found, act.id, searched)
        return Acts(found, None, searched)

    def since(self, site: str, ms: int) -> Iterator[Act]:
        """All lines from a time on, oldest first."""
        first = str(ms)
        while page := self._store.call(partial(_forward, key=site_key(site, "audit"), first=first)):
            yield from (_act(*entry) for entry in page)
            first = f"({page[-1][0]}"

    def drop_before(self, site: str, ms: int) -> int:
        """Drops what was done before a time, its end, and says how many lines went."""
        return int(self._store.call(lambda client: client.xtrim(site_key(site, "audit"), minid=ms, approximate=False)))

    def _newest(self, site: str, wanted: Wanted, cursor: str | None) -> Iterator[Act]:
        before = cursor or (None if wanted.until is None else f"{wanted.until}-0")
        key, first = site_key(site, "audit"), str(wanted.since)
        while before is None or position(before) > (0, 0):  # before which there is nothing, and Redis says so
            last = "+" if before is None else f"({before}"
            page = self._store.call(partial(_backward, key=key, last=last, first=first))
            if not page:
                return
            yield from (_act(*entry) for entry in page)
            before = page[-1][0]


def _backward(client: Any, *, key: str, last: str, first: str) -> Any:
    return client.xrevrange(key, max=last, min=first, count=PAGE)


def _forward(client: Any, *, key: str, first: str) -> Any:
    return client.xrange(key, min=first, count=PAGE)


def _act(entry: str, fields: Mapping[str, str]) -> Act:
    data = orjson.loads(fields["data"])
    return Act(entry, int(fields["at"]), fields["by"], fields["act"], fields["on"] or None, data)
