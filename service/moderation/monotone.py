"""A monotone map between another service's scores and ours, and back, without a score that rounding would misplace."""

import struct
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

NEAR: Final = 64
"""Neighbouring numbers on either side of a guess among which the answer nearly always is."""


@dataclass(frozen=True)
class MonotoneMap:
    """Their scores and ours that mean the same, straight lines between: `pairs` are (theirs, ours), at least two.

    Theirs ascend strictly, from 0 to 1; ours never fall and lie in [0, 1]. Both ways never fall, and they fit together:
    for every score there above 0, `theirs_of(ours) >= there` exactly where `ours >= ours_of(there)`.
    """

    pairs: tuple[tuple[float, float], ...]

    def ours_of(self, score: float) -> float:
        """Our score that means what theirs does; both in [0, 1].

        Every step keeps order when it is rounded, so that the whole never falls.
        """
        place = bisect_left(self._theirs, score)
        right, ours = self.pairs[place]
        if right == score or place == 0:
            return ours
        left, least = self.pairs[place - 1]
        return min(least + (score - left) / (right - left) * (ours - least), ours)

    def theirs_of(self, score: float) -> float:
        """The highest of their scores that means no more than ours does; 0 if all mean more. Both in [0, 1]."""
        place = bisect_right(self._ours, score)
        if place in (0, len(self.pairs)):
            return self.pairs[place - 1][0] if place else 0.0
        (left, least), (right, most) = self.pairs[place - 1], self.pairs[place]
        guess = min(left + (score - least) / (most - least) * (right - left), right)
        first, last = _ordinal(left), _ordinal(right)
        near = range(max(first, _ordinal(guess) - NEAR), min(last, _ordinal(guess) + NEAR))
        if not self._ours_at(near.start) <= score < self._ours_at(near.stop):
            near = range(first, last)
        return _number(near.start + bisect_right(near, score, lo=1, key=self._ours_at) - 1)

    def _ours_at(self, ordinal: int) -> float:
        return self.ours_of(_number(ordinal))

    @cached_property
    def _theirs(self) -> tuple[float, ...]:
        return tuple(theirs for theirs, _ in self.pairs)

    @cached_property
    def _ours(self) -> tuple[float, ...]:
        return tuple(ours for _, ours in self.pairs)


def _ordinal(number: float) -> int:
    """Where a number that is not negative stands among all such numbers (IEEE 754: their bits are in order)."""
    (ordinal,) = struct.unpack("<q", struct.pack("<d", abs(number)))
    return int(ordinal)


def _number(ordinal: int) -> float:
    (number,) = struct.unpack("<d", struct.pack("<q", ordinal))
    return float(number)
