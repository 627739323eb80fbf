"""Long work in slices or aside, so that others get their turn."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar, cast

from gevent import get_hub

T = TypeVar("T")

SLICE: Final = 32
"""Comments or texts that are scored before others get their turn."""


def slices(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """The parts of a long list in order; after each, other requests of this process get their turn."""
    for start in range(0, len(whole), SLICE):
        yield whole[start : start + SLICE]
        time.sleep(0)


def aside(work: Callable[[], T]) -> T:
    """Does work in a thread of the system's own, so that gevent's others get their turn, and waits for it.

    It must not talk to Redis: connections belong to the threads that gevent made.
    """
    failed: list[Exception] = []

    def guarded() -> T | None:
        try:
            return work()
        except Exception as problem:  # noqa: BLE001  # gevent would print it, with all that the work holds
            failed.append(problem)
            return None

    done = cast("T", get_hub().threadpool.apply(guarded))
    if failed:
        raise failed[0]
    return done
