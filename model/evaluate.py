"""How well a model does on labelled comments: one `Measure` per file's source and attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from model import ATTRIBUTES
from model.calibrate import calibration_error
from model.classifier import Classifier
from model.data import MAJORITY, Example
from model.intervals import Interval, bootstrap

__all__ = ["Interval", "Measure", "bootstrap", "clean_held_at", "evaluate", "measure"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one attribute on the rows of one source where it is known.

    `caught` and `clean_held` are the shares of positive and of negative rows at or above `threshold`;
    `clean_held_at_85` is the latter at the threshold that catches 85 % of the positives. What needs both kinds of
    rows is None without them.
    """

    source: str
    attribute: str
    rows: int
    positives: int
    threshold: float
    calibration_error: float
    clean_held: float | None
    caught: float | None
    auc: float | None
    average_precision: float | None
    f1: float | None
    clean_held_at_85: float | None


def evaluate(classifier: Classifier, examples: Sequence[Example]) -> list[Measure]:
    """Score the examples, each in its own language, and measure by source and attribute."""
    scored = classifier.score([e.text for e in examples], [e.language for e in examples])
    measures = []
    for source in sorted({example.source for example in examples}):
        for attribute in ATTRIBUTES:
            pairs = [
                (one.scores[attribute], example.labels[attribute] >= MAJORITY)
                for example, one in zip(examples, scored, strict=True)
                if example.source == source and attribute in example.labels and attribute in one.scores
            ]
            if pairs:
                scores, truth = np.array(pairs, dtype=np.float64).T
                measures.append(measure(source, attribute, scores, truth > 0, classifier.thresholds[attribute]))
    return measures


def measure(source: str, attribute: str, scores: Floats, truth: NDArray[np.bool_], threshold: float) -> Measure:
    """Measure scores (rows,) against truths (rows,)."""
    held = scores >= threshold
    both = bool(truth.any() and not truth.all())
    return Measure(
        source=source,
        attribute=attribute,
        rows=len(scores),
        positives=int(truth.sum()),
        threshold=threshold,
        calibration_error=calibration_error(scores, truth),
        clean_held=None if truth.all() else float(held[~truth].mean()),
        caught=float(held[truth].mean()) if truth.any() else None,
        auc=float(roc_auc_score(truth, scores)) if both else None,
        average_precision=float(average_precision_score(truth, scores)) if both else None,
        f1=float(f1_score(truth, held)) if both else None,
        clean_held_at_85=clean_held_at(scores, truth, 0.85) if both else None,
    )


def clean_held_at(scores: Floats, truth: NDArray[np.bool_], caught: float) -> float:
    """Share of the negative rows that a threshold holds which catches the share `caught` of the positive ones."""
    return float((scores[~truth] >= np.quantile(scores[truth], 1 - caught, method="lower")).mean())
