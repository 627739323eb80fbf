"""Areas under curves, and how far a figure can be trusted: intervals at 95 %."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95
ROUNDS = 1000
SEED = 7
_AT_ONCE = 1 << 22  # row numbers drawn at once

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Statistic = Callable[..., float]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the interval that holds it at 95 %."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Write it with three decimals: "0.904 (0.880 to 0.926)"."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def auc(truth: Flags, scores: Floats) -> float:
    """Area under the ROC curve: the chance that a positive row scores above a negative one, ties counted half.

    It is scikit-learn's `roc_auc_score`, ten times as fast. NaN without rows of both kinds.
    """
    clean, bad = np.sort(scores[~truth]), np.sort(scores[truth])
    if not (len(clean) and len(bad)):
        return math.nan
    below = clean.searchsorted(bad, side="left").sum() + clean.searchsorted(bad, side="right").sum()
    return float(below) / (2 * len(clean) * len(bad))


def average_precision(truth: Flags, scores: Floats) -> float:
    """Mean precision over the positive rows, each at the threshold of its own score. NaN without rows of both kinds.

    It is scikit-learn's `average_precision_score`, ten times as fast.
    """
    if not truth.any() or truth.all():
        return math.nan
    order = np.argsort(-scores)
    ordered, found = scores[order], np.cumsum(truth[order])
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # of each run of equal scores
    gained = np.diff(found[last], prepend=0)
    return float((gained * found[last] / (last + 1)).sum() / found[-1])


def auc_difference(truth: Flags, first: Floats, second: Floats) -> float:
    """Return how much larger the area under the second scores' curve is."""
    return auc(truth, second) - auc(truth, first)


def bootstrap(statistic: Statistic, truth: Flags, *scores: Floats, seed: int = SEED, rounds: int = ROUNDS) -> Interval:
    """Return `statistic(truth, *scores)` with its percentile bootstrap interval (Efron 1979).

    Rows are drawn with replacement among the positive and among the negative ones apart, so that every draw has as many
    of each kind. A draw takes the same rows of `truth` and of all `scores`: of two models' scores the statistic may be
    a difference, and the interval is then a paired one. The same seed gives the same interval.

    Raises `ValueError` where there is but one row of a kind.
    """
    kinds = [rows for rows in (np.flatnonzero(truth), np.flatnonzero(~truth)) if len(rows)]

    def drawn(*rows: NDArray[np.intp]) -> float:
        chosen = np.concatenate(rows)
        return statistic(truth[chosen], *(each[chosen] for each in scores))

    found = stats.bootstrap(
        kinds,
        drawn,
        n_resamples=rounds,
        batch=max(_AT_ONCE // len(truth), 1),
        vectorized=False,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(statistic(truth, *scores)), float(found.low), float(found.high))


def share(flags: Flags, method: str = "wilson") -> Interval:
    """Return the share of rows (at least one) that are true with its score interval (Wilson 1927).

    Unlike a bootstrap interval, it has a width also where all rows are alike. The method "exact" (Clopper and Pearson
    1934) never promises more than the rows tell.
    """
    count = int(flags.sum())
    found = stats.binomtest(count, len(flags)).proportion_ci(CONFIDENCE, method=method)
    return Interval(count / len(flags), float(found.low), float(found.high))
