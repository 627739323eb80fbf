"""What happened on a site, in order, for those who follow it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.store.connection import Store, site_key
from service.store.records import event_data_from


class LostEvents(Exception):
    """Events behind the cursor are kept no more: following it would skip some."""


@dataclass(frozen=True, slots=True)
class Event:
    """One happening; `at` in ms, `data` figures and reasons but never a comment's text."""

    id: str
    type: str
    at: int
    comment_id: str | None
    data: Mapping[str, Any]


class Events:
    """The events of every site; a cursor is the id of the last one seen, and "" stands before the oldest kept."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, site: str, cursor: str, limit: int) -> list[Event]:
        """Up to `limit` events behind the cursor.

        :raises LostEvents: some of them are kept no more.
        """

        def build(pipeline: Any) -> None:
            pipeline.xrange(site_key(site, "events"), min=f"({cursor}" if cursor else "-", count=limit)
            pipeline.get(site_key(site, "events", "dropped"))

        entries, dropped = self._store.together(build)
        if cursor and dropped and position(cursor) < position(dropped):
            raise LostEvents(cursor)
        return [
            Event(
                id=one,
                type=fields["type"],
                at=int(fields["at"]),
                comment_id=fields["comment"] or None,
                data=event_data_from(fields["data"]),
            )
            for one, fields in entries
        ]

    def kept(self, sites: Sequence[str]) -> int:
        """How many events of these sites are kept, in one round trip."""

        def build(pipeline: Any) -> None:
            for site in sites:
                pipeline.xlen(site_key(site, "events"))

        return sum(self._store.together(build)) if sites else 0

    def newest(self, sites: list[str]) -> list[str]:
        """The id of each site's newest event, "" where there is none, in one round trip."""

        def build(pipeline: Any) -> None:
            for site in sites:
                pipeline.xrevrange(site_key(site, "events"), count=1)

        return [entries[0][0] if entries else "" for entries in self._store.together(build)]

    def drop_before(self, site: str, ms: int) -> int:
        """Drops what happened before a time and says how many events went."""
        return int(self._store.run("trim_events", site, ms))


def position(cursor: str) -> tuple[int, int]:
    """A cursor as something that compares.

    :raises ValueError: not a cursor.
    """
    ms, _, sequence = cursor.partition("-")
    if not (ms.isascii() and ms.isdigit() and sequence.isascii() and sequence.isdigit()):
        raise ValueError(cursor)
    return int(ms), int(sequence)
