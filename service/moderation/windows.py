"""Counts in windows of time, made again from comments in order of arrival, as the store makes them."""

from collections import Counter, OrderedDict
from typing import Final

TEXTS_REMEMBERED: Final = 200_000
"""Texts among which copies are looked for; beyond that the oldest are forgotten."""


class Copies:
    """How often texts came, each copy counted if it came within so many seconds of the one before it."""

    def __init__(self, seconds: int) -> None:
        self._ms = seconds * 1000
        self._seen: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def add(self, digest: bytes, at: int, least: int) -> int:
        """Copies before this one; not fewer than is known from elsewhere."""
        count, last = self._seen.pop(digest, (0, at))
        copies = max(least, count if abs(at - last) <= self._ms else 0)
        self._seen[digest] = (copies + 1, at)
        oldest = next(iter(self._seen))
        if len(self._seen) > TEXTS_REMEMBERED or at - self._seen[oldest][1] > self._ms:
            del self._seen[oldest]
        return copies


class Window:
    """What came in fixed windows of the clock, as the service counts them."""

    def __init__(self, seconds: int) -> None:
        self._ms = seconds * 1000
        self._window = -1
        self._counts: Counter[str] = Counter()

    def add(self, whose: str, at: int, least: int) -> int:
        """Comments in this window, this one included; not fewer than is known from elsewhere."""
        window = at // self._ms
        if window != self._window:
            self._window = window
            self._counts.clear()
        self._counts[whose] = max(least, self._counts[whose] + 1)
        return self._counts[whose]
