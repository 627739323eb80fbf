"""Perspective's scores and ours of the same comments, side by side: the thresholds and maps that link the two."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np

from service.moderation.differing import Differences, Picked
from service.moderation.migration import Agreement, Flags, Scores, agreement, monotone_map, same_share
from service.moderation.monotone import MonotoneMap
from service.moderation.perspective import ATTRIBUTE_OF

SHOWN_NAMES: Final = 20
"""Names of attributes that are not known here, of which it is told how often they came."""


class Columns:
    """Scores of comments there and here, side by side, NaN where there is none: 16 bytes a comment and attribute."""

    def __init__(self) -> None:
        """Begin with no comment."""
        self.comments = 0
        self.unknown: Counter[str] = Counter()
        self._theirs: dict[str, array[float]] = {}
        self._ours: dict[str, array[float]] = {}

    def add(self, theirs: Mapping[str, float], ours: Mapping[str, float]) -> None:
        """Keeps one comment's scores; names of theirs that have no attribute here are only counted."""
        for name in theirs:
            if name in self._theirs:
                continue
            if name in ATTRIBUTE_OF:
                self._theirs[name] = array("d", [nan]) * self.comments
                self._ours[name] = array("d", [nan]) * self.comments
            elif name in self.unknown or len(self.unknown) < SHOWN_NAMES:
                self.unknown[name] += 1
        for name, column in self._theirs.items():
            column.append(theirs.get(name, nan))
            self._ours[name].append(ours.get(ATTRIBUTE_OF[name], nan))
        self.comments += 1

    @property
    def names(self) -> list[str]:
        """Perspective's attributes that were seen, in the order of our table."""
        return [name for name in ATTRIBUTE_OF if name in self._theirs]

    def of(self, name: str) -> tuple[Scores, Scores]:
        """Scores there and here of every comment, NaN where there is none."""
        return np.array(self._theirs[name]), np.array(self._ours[name])


@dataclass(frozen=True, slots=True)
class Fit:
    """An attribute's threshold there and here, and how far the two agree on `comments`.

    `there` None: none was given. `here` None: no comment was held there. `left_out` counts comments in languages in
    which the model does not know the attribute. `differ` has the comments on which the two differ most.
    """

    name: str
    attribute: str
    comments: int
    left_out: int
    there: float | None
    here: float | None
    found: Agreement | None
    means: MonotoneMap
    differ: Differences


def fitted(columns: Columns, thresholds: Mapping[str, float], picked: Picked) -> tuple[list[Fit], Agreement]:
    """Each attribute by itself, and how the rules agree when any of them holds a comment."""
    fits = []
    any_there: Flags = np.zeros(columns.comments, dtype=np.bool_)
    any_here, compared = any_there.copy(), any_there.copy()
    for name in columns.names:
        theirs, ours = columns.of(name)
        known = ~np.isnan(theirs) & ~np.isnan(ours)
        if not known.any():
            continue
        there = thresholds.get(name)
        here = None if there is None else same_share(theirs[known], ours[known], there)
        found = None
        if there is not None:
            held_there, held_here = known & (theirs >= there), known & (ours >= (np.inf if here is None else here))
            found = agreement(held_there[known], held_here[known])
            any_there, any_here, compared = any_there | held_there, any_here | held_here, compared | known
        left_out = int((~np.isnan(theirs) & ~known).sum())
        in_use = None if there is None or here is None else (there, here)
        means, differ = monotone_map(theirs[known], ours[known], in_use), picked.of(name, here)
        fits.append(Fit(name, ATTRIBUTE_OF[name], int(known.sum()), left_out, there, here, found, means, differ))
    return fits, agreement(any_there[compared], any_here[compared])


def bands(fits: Sequence[Fit], attributes: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """The policy's thresholds: of several of theirs that are one of ours the lowest, and none where there was none."""
    held: dict[str, float] = {}
    for fit in fits:
        if fit.here is not None:
            held[fit.attribute] = min(fit.here, held.get(fit.attribute, 1.0))
    return {attribute: {"hold": held.get(attribute), "reject": None} for attribute in attributes}


def maps(fits: Sequence[Fit]) -> dict[str, tuple[tuple[float, float], ...]]:
    """The policy's maps, by Perspective's names."""
    return {fit.name: fit.means.pairs for fit in fits}
