"""How well a model does on labelled comments: by source, by slice of a source, and by the groups that are mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from model import ATTRIBUTES
from model.calibrate import CAUGHT, ENOUGH, FOLDS, calibration_error
from model.classifier import Classifier
from model.data import MAJORITY, Example
from model.identity import TermBias, bias, mentioned
from model.intervals import ROUNDS, SEED, Interval, Statistic, auc, average_precision, bootstrap, share

__all__ = ["Evaluation", "Interval", "Measure", "auc", "bootstrap", "evaluate", "examine", "measure", "score"]

LEAST_SLICE = 50  # rows; smaller slices say nothing
LEAST_CLEAN = 20  # rows of a term, for its false positive rate to mean anything
CERTAIN = 1e-9  # how near to 0 or 1 a score may be when its logit is taken
_LENGTHS = (50, 200, 1000)  # code points, where a slice of length begins
_SIZES = ("under 50 characters", "50 to 199 characters", "200 to 999 characters", "1000 characters or more")
_BOOTSTRAPPED = ("calibration_error", "refitted_error", "auc", "average_precision", "f1", "clean_held_at_85")
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of one source where one attribute's label and score are known: their numbers, truths and scores."""

    source: str
    attribute: str
    rows: NDArray[np.intp]
    truth: Flags
    scores: Floats


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one attribute on the rows of one source, or of one slice of it, where it is known.

    `caught` and `clean_held` are the shares of positive and of negative rows at or above `threshold`;
    `clean_held_at_85` is the latter at the threshold that catches 85 % of the positives. `refitted_error` is the
    calibration error that is left when the scores are calibrated anew on four fifths of the rows and measured on the
    fifth: the honest figure for rows that the model was calibrated on, and for others the part that a wrong rate is not
    to blame for. What needs two rows of either kind is None without them. `intervals` holds the ends of 95 % intervals,
    by the name of the figure, where they were asked for.
    """

    source: str
    slice: str
    attribute: str
    rows: int
    positives: int
    threshold: float
    calibration_error: float | None
    refitted_error: float | None
    clean_held: float | None
    caught: float | None
    auc: float | None
    average_precision: float | None
    f1: float | None
    clean_held_at_85: float | None
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bias:
    """How the scores of one attribute treat the groups that the rows of one source mention."""

    source: str
    attribute: str
    threshold: float
    terms: Sequence[TermBias]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one model made of labelled comments.

    `scores` is an array (examples, attributes), NaN where the model knows nothing; `measures` are by source, `slices`
    by slice of a source.
    """

    version: str
    examples: Sequence[Example]
    scores: Floats
    measures: Sequence[Measure]
    slices: Sequence[Measure]
    biases: Sequence[Bias]


def evaluate(classifier: Classifier, examples: Sequence[Example], rounds: int = 0) -> list[Measure]:
    """Score the examples, each in its own language, and measure by source and attribute.

    Intervals are made in `rounds` of the bootstrap; without any, there are none.
    """
    return measures(examples, score(classifier, examples), classifier.thresholds, rounds)


def examine(classifier: Classifier, examples: Sequence[Example], rounds: int = ROUNDS) -> Evaluation:
    """Measure by source, by slice and by the groups that are mentioned."""
    scores = score(classifier, examples)
    return Evaluation(
        classifier.version,
        examples,
        scores,
        measures(examples, scores, classifier.thresholds, rounds),
        slices(examples, scores, classifier.thresholds, rounds),
        biases(examples, scores, classifier.thresholds),
    )


def score(classifier: Classifier, examples: Sequence[Example]) -> Floats:
    """Score the examples, each in its own language: an array (examples, attributes), NaN where nothing is known."""
    scored = classifier.score([e.text for e in examples], [e.language for e in examples])
    found = [[one.scores.get(attribute, np.nan) for attribute in ATTRIBUTES] for one in scored]
    return np.array(found, dtype=np.float64).reshape(-1, len(ATTRIBUTES))


def measures(
    examples: Sequence[Example], scores: Floats, thresholds: Mapping[str, float], rounds: int = 0
) -> list[Measure]:
    """Measure scores (examples, attributes) by source and attribute."""
    return [
        measure(one.source, one.attribute, one.scores, one.truth, thresholds[one.attribute], rounds=rounds)
        for one in known(examples, scores)
    ]


def slices(
    examples: Sequence[Example], scores: Floats, thresholds: Mapping[str, float], rounds: int = 0
) -> list[Measure]:
    """Measure the slices of each source: every way to cut it that leaves more than one slice with rows enough."""
    cuts = np.array([_slices_of(example) for example in examples], dtype=np.str_)
    found = []
    for one in known(examples, scores):
        for cut in cuts[one.rows].T:
            names, counts = np.unique(cut, return_counts=True)
            large = [str(name) for name in names[counts >= LEAST_SLICE]]
            for name in sorted(large, key=_order) if len(large) > 1 else ():
                scored, truth = one.scores[cut == name], one.truth[cut == name]
                threshold = thresholds[one.attribute]
                found.append(measure(one.source, one.attribute, scored, truth, threshold, name, rounds, ("auc",)))
    return found


def biases(examples: Sequence[Example], scores: Floats, thresholds: Mapping[str, float]) -> list[Bias]:
    """Ask of each source and attribute whether the groups that its rows mention are treated alike."""
    terms = [mentioned(example.text) for example in examples]
    found = []
    for one in known(examples, scores):
        threshold = thresholds[one.attribute]
        alike = bias(one.scores, one.truth, [terms[row] for row in one.rows], threshold, LEAST_CLEAN)
        if len(alike) > 1 and one.truth.any():
            found.append(Bias(one.source, one.attribute, threshold, alike))
    return found


def measure(  # noqa: PLR0913, PLR0917 (what is measured, and how)
    source: str,
    attribute: str,
    scores: Floats,
    truth: Flags,
    threshold: float,
    slice_: str = "",
    rounds: int = 0,
    bootstrapped: Sequence[str] = _BOOTSTRAPPED,
) -> Measure:
    """Measure scores (rows,) against truths (rows,); bootstrap the intervals of the figures named.

    Shares of rows have Wilson's intervals.
    """
    both = min(truth.sum(), (~truth).sum()) >= 2  # noqa: PLR2004 (rows of a kind that can be drawn from)
    refitted = refit(scores, truth)
    statistics: dict[str, tuple[Statistic, Floats | None]] = {
        "calibration_error": (calibration_error_of, scores),
        "refitted_error": (calibration_error_of, refitted),
        "auc": (auc, scores if both else None),
        "average_precision": (average_precision, scores if both else None),
        "f1": (lambda truth, scores: f1(truth, scores >= threshold), scores if both else None),
        "clean_held_at_85": (lambda truth, scores: clean_held_at(scores, truth, CAUGHT), scores if both else None),
    }
    held = scores >= threshold
    figures: dict[str, float | None] = dict.fromkeys([*statistics, "clean_held", "caught"])
    intervals = {}
    for name, (statistic, of) in statistics.items():
        if of is not None:
            figures[name] = float(statistic(truth, of))
            if rounds and both and name in bootstrapped:
                intervals[name] = bootstrap(statistic, truth, of, rounds=rounds)
    for name, flags in (("clean_held", held[~truth]), ("caught", held[truth])):
        if len(flags):
            figures[name] = float(flags.mean())
            if rounds:
                intervals[name] = share(flags)
    return Measure(
        source,
        slice_,
        attribute,
        len(scores),
        int(truth.sum()),
        threshold,
        **figures,
        intervals={name: (one.low, one.high) for name, one in intervals.items()},
    )


def calibration_error_of(truth: Flags, scores: Floats) -> float:
    """`calibration_error`, truth first."""
    return calibration_error(scores, truth)


def f1(truth: Flags, held: Flags) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is held and nothing is bad."""
    return float(2 * (truth & held).sum() / max(truth.sum() + held.sum(), 1))


def clean_held_at(scores: Floats, truth: Flags, caught: float) -> float:
    """Share of the negative rows that a threshold holds which catches the share `caught` of the positive ones."""
    return float((scores[~truth] >= np.quantile(scores[truth], 1 - caught, method="lower")).mean())


def refit(scores: Floats, truth: Flags) -> Floats | None:
    """Calibrate scores anew on four fifths of the rows (Platt 1999) and score the fifth; None with too few rows."""
    if min(truth.sum(), (~truth).sum()) < ENOUGH:
        return None
    logits = logit(np.clip(scores, CERTAIN, 1 - CERTAIN))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    found: Floats = cross_val_predict(
        LogisticRegression(C=100), logits[:, None], truth, cv=folds, method="predict_proba"
    )[:, 1]
    return found


def known(examples: Sequence[Example], scores: Floats) -> Iterator[Known]:
    """Find the rows of each source and attribute where label and score (examples, attributes) are known, if any."""
    sources = np.array([example.source for example in examples], dtype=np.str_)
    labels = np.array([[example.labels.get(a, np.nan) for a in ATTRIBUTES] for example in examples])
    both = ~np.isnan(labels.reshape(scores.shape)) & ~np.isnan(scores)
    for source in sorted(set(sources.tolist())):
        for place, attribute in enumerate(ATTRIBUTES):
            rows = np.flatnonzero((sources == source) & both[:, place])
            if len(rows):
                yield Known(source, attribute, rows, labels[rows, place] >= MAJORITY, scores[rows, place])


def _order(name: str) -> tuple[int, str]:
    """Sort slices of length by length, all others by name."""
    return (_SIZES.index(name) if name in _SIZES else 0, name)


def _slices_of(example: Example) -> tuple[str, ...]:
    """Name the slice that a comment is in, for each way to cut."""
    text = example.text
    letters = sum(map(str.isalpha, text))
    return (
        f"language {example.language}",
        _SIZES[sum(len(text) >= length for length in _LENGTHS)],
        "mentions a group of people" if mentioned(text) else "mentions no group of people",
        "with a link" if _LINK.search(text) else "without a link",
        "mostly capitals" if 2 * sum(map(str.isupper, text)) > letters else "few capitals",
    )
