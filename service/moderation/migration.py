"""From another service's scores to ours on the same comments: thresholds that hold the same share, and a monotone map.

Both match quantiles (equipercentile linking: Kolen and Brennan, Test Equating, Scaling, and Linking, 2014, chapter 2):
a score there and a score here mean the same when as many comments reach the one as reach the other.
"""

from dataclasses import dataclass
from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.moderation.agreement import Agreement as Kappa
from service.moderation.agreement import kappa
from service.moderation.monotone import MonotoneMap

Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEW_HELD: Final = 50
"""Held comments, or others, below which a threshold rests on too few to be more than a guess."""

SHARES: Final = (*(n / 20 for n in range(20, 2, -1)), *(n / 100 for n in range(10, 0, -1)), 0.005, 0.002, 0.001)
"""Shares of comments at or over a score for which the map has a pair: 5 % apart, finer where thresholds lie."""

_DECIMALS: Final = 17
"""Decimals at which a threshold is no longer shortened."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two rules answer on the same comments: those that both hold, only theirs, only ours, neither.

    Shares are None where nothing is there to be divided by.
    """

    both: int
    only_theirs: int
    only_ours: int
    neither: int

    @property
    def comments(self) -> int:
        """How many were looked at."""
        return self.both + self.only_theirs + self.only_ours + self.neither

    @property
    def held_there(self) -> int:
        """How many theirs holds."""
        return self.both + self.only_theirs

    @property
    def held_here(self) -> int:
        """How many ours holds."""
        return self.both + self.only_ours

    @property
    def same(self) -> float | None:
        """The share of equal answers."""
        return self._agreement.observed

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa (1960): agreement beyond chance. 1 is perfect, 0 is chance; None if both say one thing only."""
        return self._agreement.kappa

    @property
    def precision(self) -> float | None:
        """Of what ours holds, the share that theirs holds, too."""
        return _share(self.both, self.held_here)

    @property
    def recall(self) -> float | None:
        """Of what theirs holds, the share that ours holds, too."""
        return _share(self.both, self.held_there)

    @property
    def _agreement(self) -> Kappa:
        return kappa(self.both, self.only_theirs, self.only_ours, self.neither)


def same_share(theirs: Scores, ours: Scores, threshold: float) -> float | None:
    """Our threshold that holds as many comments as `threshold` does there, or as near as ties between ours allow.

    A comment is held at or over a threshold. Of two that are as near, it is the one that holds more. It is as short a
    number as tells the comments apart. None: it should hold no comment, so that no threshold can be told.
    """
    held = int((theirs >= threshold).sum())
    if not held:
        return None
    falling = np.sort(ours)[::-1]
    lowest = falling[held - 1]
    more = int(np.searchsorted(-falling, -lowest, side="right"))  # with all that are equal to the last one held
    fewer = int(np.searchsorted(-falling, -lowest, side="left"))
    count = fewer if fewer and held - fewer < more - held else more
    below = float(falling[count]) if count < len(falling) else -1.0
    return _short(below, float(falling[count - 1]))


def agreement(theirs: Flags, ours: Flags) -> Agreement:
    """How two rules answer, from who holds what."""
    both, only_theirs = int((theirs & ours).sum()), int((theirs & ~ours).sum())
    only_ours = int((~theirs & ours).sum())
    return Agreement(both, only_theirs, only_ours, len(theirs) - both - only_theirs - only_ours)


def monotone_map(theirs: Scores, ours: Scores, in_use: tuple[float, float] | None = None) -> MonotoneMap:
    """The map between two scores of the same comments, at least one: pairs at `SHARES`, and the ends at 0 and 1.

    Where many comments have one score of theirs, it goes with the lowest of ours: as many reach the one as the other.

    :param in_use: a threshold there and the one that was found for it here, which becomes a pair; where ties between
        our scores kept the two from holding equally many, the others give way.
    """
    there, here = np.sort(theirs), np.sort(ours)
    pairs = {1.0: 1.0}
    for held in filter(None, (round(share * len(there)) for share in SHARES)):
        score = float(there[-held])
        reached = len(there) - int(np.searchsorted(there, score, side="left"))
        pairs[score] = float(here[-reached])
    pairs[0.0] = 0.0
    if in_use is not None:
        used, found = in_use
        pairs = {score: max(one, found) if score > used else min(one, found) for score, one in pairs.items()}
        pairs[used] = found
    return MonotoneMap(tuple(sorted(pairs.items())))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _short(below: float, upper: float) -> float:
    """The number with the fewest decimals that is above `below` and not above `upper`; both in [-1, 1]."""
    for decimals in range(2, _DECIMALS):
        shorter: float = round(floor(upper * 10**decimals) / 10**decimals, decimals)
        if below < shorter <= upper:
            return shorter
    return upper
