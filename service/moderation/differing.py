"""The comments on which two rules differ most, picked while they pass by: no more of them is kept than is shown."""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from operator import itemgetter
from typing import Final

SHOWN: Final = 120
"""Characters of a comment's text that are kept, to tell which one it is."""


@dataclass(frozen=True, slots=True)
class Differing:
    """A comment that only one of two rules holds: its line in the log, its scores there and here, and how it begins."""

    line: int
    there: float
    here: float
    text: str


@dataclass(frozen=True, slots=True)
class Differences:
    """What only theirs holds, the lowest of our scores first; what only ours holds, the highest first."""

    only_there: tuple[Differing, ...] = ()
    only_here: tuple[Differing, ...] = ()


@dataclass(slots=True)
class _Outermost:
    """Of all that pass by, the few with the lowest keys; of comments that begin alike, one."""

    limit: int
    kept: list[tuple[tuple[float, float], Differing]] = field(default_factory=list)

    def offer(self, key: tuple[float, float], line: int, scores: tuple[float, float], text: str) -> None:
        if len(self.kept) == self.limit and (not self.limit or key >= self.kept[-1][0]):
            return
        one = Differing(line, *scores, shortened(text))
        if all(one.text != other.text for _, other in self.kept):
            insort(self.kept, (key, one), key=itemgetter(0))
            del self.kept[self.limit :]


class Picked:
    """For each attribute the outermost comments on either side of its threshold there, `limit` of each.

    What they are is known before the threshold here is: of those held there, the lowest of our scores are the first
    that ours does not hold, whatever it is.
    """

    def __init__(self, thresholds: Mapping[str, float], limit: int) -> None:
        """Begin with no comment; `thresholds` are theirs, by their names."""
        self._thresholds = thresholds
        self._held = {name: _Outermost(limit) for name in thresholds}
        self._others = {name: _Outermost(limit) for name in thresholds}

    def add(self, name: str, line: int, scores: tuple[float, float], text: str) -> None:
        """Looks at a comment with its scores there and here, for an attribute by its name there."""
        if name not in self._thresholds:
            return
        there, here = scores
        if there >= self._thresholds[name]:
            self._held[name].offer((here, -there), line, scores, text)
        else:
            self._others[name].offer((-here, there), line, scores, text)

    def of(self, name: str, here: float | None) -> Differences:
        """On which comments the threshold there and `here` differ most; None is a rule that holds nothing."""
        if name not in self._thresholds:
            return Differences()
        held, others = ([one for _, one in side[name].kept] for side in (self._held, self._others))
        return Differences(
            tuple(takewhile(lambda one: here is None or one.here < here, held)),
            tuple(takewhile(lambda one: here is not None and one.here >= here, others)),
        )


def shortened(text: str) -> str:
    """How a text begins, on one line and without characters that a terminal would obey."""
    begun = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * SHOWN])
    line = " ".join(begun.split())
    return line if len(line) <= SHOWN and len(text) <= 4 * SHOWN else f"{line[: SHOWN - 1].rstrip()}…"
