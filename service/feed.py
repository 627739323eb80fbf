"""Long polls on the events: one reader in a worker wakes all who wait."""

import threading
import time
from dataclasses import dataclass, field
from typing import Final

from service.store.connection import StoreUnavailable
from service.store.events import Event, Events, position

LOOKS_EVERY: Final = 0.05
"""Seconds between the reader's looks while somebody waits."""


@dataclass(slots=True, eq=False)
class _Waiter:
    site: str
    cursor: str
    woken: threading.Event = field(default_factory=threading.Event)


class EventFeed:
    """Waits for events without a connection for each that waits; the reader rests while nobody does."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._waiters: set[_Waiter] = set()
        self._reading = False
        self._ending = False

    def end(self) -> None:
        """Lets all who wait go with what there is, and nobody wait from now on."""
        self._ending = True
        for one in list(self._waiters):
            one.woken.set()

    def after(self, site: str, cursor: str, limit: int, seconds: float) -> list[Event]:
        """Events behind the cursor; where there are none, waits up to `seconds` for the first.

        :raises LostEvents: some behind the cursor are kept no more.
        """
        until = time.monotonic() + seconds
        while True:
            found = self._events.after(site, cursor, limit)
            left = until - time.monotonic()
            if found or left <= 0 or self._ending:
                return found
            waiter = _Waiter(site, cursor)
            self._waiters.add(waiter)
            self._wake_reader()
            waiter.woken.wait(left)
            self._waiters.discard(waiter)

    def _wake_reader(self) -> None:
        if not self._reading:
            self._reading = True
            threading.Thread(target=self._read, name="event-feed", daemon=True).start()

    def _read(self) -> None:
        try:
            while self._waiters:
                self._look()
                time.sleep(LOOKS_EVERY)
        finally:
            self._reading = False
        if self._waiters:  # somebody came while the reader was leaving
            self._wake_reader()

    def _look(self) -> None:
        waiters = list(self._waiters)
        sites = sorted({one.site for one in waiters})
        try:
            newest = dict(zip(sites, self._events.newest(sites), strict=True))
        except StoreUnavailable:  # each finds that out by itself, and says so
            newest = None
        for one in waiters:
            if newest is None or _behind(one.cursor, newest[one.site]):
                one.woken.set()
                self._waiters.discard(one)


def _behind(cursor: str, newest: str) -> bool:
    return bool(newest) and (not cursor or position(cursor) < position(newest))
