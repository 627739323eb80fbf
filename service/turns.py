"""Long work in slices, so that it never holds up others in the same process."""

import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

SLICE: Final = 32
"""Comments or texts that are scored before others get their turn."""


def slices(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """The parts of a long list in order; after each, other requests of this process get their turn."""
    for start in range(0, len(whole), SLICE):
        yield whole[start : start + SLICE]
        time.sleep(0)
