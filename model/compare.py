"""Two models side by side on the same labelled comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model import ATTRIBUTES
from model.calibrate import CAUGHT
from model.classifier import Classifier
from model.data import Example
from model.evaluate import Known, clean_held_at, known, score
from model.intervals import ROUNDS, Interval, Statistic, auc, bootstrap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Verdict = Literal["better", "worse", "no difference shown", "too few rows"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure of the first model and of the second, and how much larger the second one's is."""

    first: float
    second: float
    difference: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was measured of both models on the rows of one source where both know the attribute.

    `first_only` and `second_only` count the labelled rows on which only one of them says anything. `caught` and
    `clean_held` are at each model's own threshold, `clean_held_at_85` at the thresholds that catch 85 %. All are None
    without two rows of either kind. `verdict` is the area's: "better" and "worse" are said of the second model, where
    the paired interval of the difference leaves out 0.
    """

    source: str
    attribute: str
    rows: int
    positives: int
    first_only: int
    second_only: int
    thresholds: tuple[float, float]
    verdict: Verdict
    auc: Pair | None = None
    caught: Pair | None = None
    clean_held: Pair | None = None
    clean_held_at_85: Pair | None = None


def compare(
    first: Classifier, second: Classifier, examples: Sequence[Example], rounds: int = ROUNDS
) -> list[Comparison]:
    """Score the examples by both models and compare by source and attribute, with paired bootstrap intervals."""
    scores = [score(one, examples) for one in (first, second)]
    both = np.where(np.isnan(scores[1]), np.nan, scores[0])
    alone = [_counts(examples, np.where(np.isnan(other), one, np.nan)) for one, other in (scores, scores[::-1])]
    found = []
    for one in known(examples, both):
        key = one.source, one.attribute
        thresholds = first.thresholds[one.attribute], second.thresholds[one.attribute]
        seconds = scores[1][one.rows, ATTRIBUTES.index(one.attribute)]
        found.append(_compare(one, seconds, thresholds, (alone[0].get(key, 0), alone[1].get(key, 0)), rounds))
    return found


def _counts(examples: Sequence[Example], scores: Floats) -> dict[tuple[str, str], int]:
    return {(one.source, one.attribute): len(one.rows) for one in known(examples, scores)}


def _compare(
    one: Known, seconds: Floats, thresholds: tuple[float, float], alone: tuple[int, int], rounds: int
) -> Comparison:
    truth, firsts = one.truth, one.scores
    facts = (one.source, one.attribute, len(truth), int(truth.sum()), *alone, thresholds)
    if min(truth.sum(), (~truth).sum()) < 2:  # noqa: PLR2004 (rows of a kind that can be drawn from)
        return Comparison(*facts, "too few rows")
    held: list[Floats] = [
        (scores >= threshold).astype(np.float64)
        for scores, threshold in zip((firsts, seconds), thresholds, strict=True)
    ]
    areas = _pair(auc, truth, firsts, seconds, rounds)
    return Comparison(
        *facts,
        _verdict(areas.difference),
        areas,
        _pair(lambda truth, held: float(held[truth].mean()), truth, held[0], held[1], rounds),
        _pair(lambda truth, held: float(held[~truth].mean()), truth, held[0], held[1], rounds),
        _pair(lambda truth, scores: clean_held_at(scores, truth, CAUGHT), truth, firsts, seconds, rounds),
    )


def _pair(statistic: Statistic, truth: Flags, first: Floats, second: Floats, rounds: int) -> Pair:
    def difference(truth: Flags, first: Floats, second: Floats) -> float:
        return statistic(truth, second) - statistic(truth, first)

    return Pair(
        statistic(truth, first),
        statistic(truth, second),
        bootstrap(difference, truth, first, second, rounds=rounds),
    )


def _verdict(difference: Interval) -> Verdict:
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "no difference shown"
