"""The report: one HTML page that needs nothing else, with plots, tables, and the mistakes that tell most.

Texts in it are strangers' words. The template escapes whatever it is given, the page forbids itself scripts and every
request, and what is likely to hurt is blurred until somebody points at it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray
from scipy.special import logit

from model import ATTRIBUTES, plots
from model.classifier import Classifier, Span
from model.data import MAJORITY, Example
from model.evaluate import CERTAIN, Bias, Evaluation, Known, Measure, clean_held_at, known
from model.plots import clean

MISTAKES = 8  # of each kind, for each attribute
CAUGHT = (0.5, 0.7, 0.85, 0.95)  # shares of bad rows at which tables read curves
NOTHING = "\N{EN DASH}"  # in a table's cell
_LONGEST = 700  # code points of a comment that are shown
_PLAIN = ("spam",)  # attributes whose texts hurt nobody
_LOUD = 3  # strengths of marks

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a comment, and how strongly it pushed the score up: from 0, not at all, to 3."""

    text: str
    strength: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """A comment on the wrong side of the threshold."""

    source: str
    score: float
    label: float
    pieces: Sequence[Piece]
    cut: bool
    veiled: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """What tables read from the curves of one source."""

    swatch: Markup
    source: str
    held: Sequence[float]
    precision: Sequence[float]
    bins: Sequence[tuple[float, float, int]]


@dataclass(frozen=True, slots=True)
class Section:
    """All that the page says of one attribute."""

    attribute: str
    threshold: float
    measures: Sequence[Measure]
    curves: Sequence[Curve]
    drawings: Sequence[Markup]
    slices: Sequence[tuple[str, Sequence[Measure], Markup]]
    biases: Sequence[Bias]
    false_positives: Sequence[Mistake]
    false_negatives: Sequence[Mistake]


def render(evaluation: Evaluation, classifier: Classifier) -> str:
    """Write the page. The same evaluation gives the same page."""
    by_attribute: dict[str, list[Known]] = {}
    for one in known(evaluation.examples, evaluation.scores):
        by_attribute.setdefault(one.attribute, []).append(one)
    environment = Environment(loader=PackageLoader("model", "."), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"figure": _figure, "percent": _percent, "interval": _interval, "clean": clean}
    return environment.get_template("page.html").render(
        version=evaluation.version,
        rows=len(evaluation.examples),
        sections=[_section(evaluation, classifier, attribute, rows) for attribute, rows in by_attribute.items()],
        caught=CAUGHT,
    )


def _section(evaluation: Evaluation, classifier: Classifier, attribute: str, sources: Sequence[Known]) -> Section:
    place = ATTRIBUTES.index(attribute)
    data = {
        clean(one.source): (one.truth, evaluation.scores[one.rows, place])
        for one in sources
        if one.truth.any() and not one.truth.all()
    }
    draw = (plots.roc, plots.precision_recall, plots.reliability)
    by_source: dict[str, list[Measure]] = {}
    for measure in evaluation.slices:
        if measure.attribute == attribute and measure.auc is not None:
            by_source.setdefault(measure.source, []).append(measure)
    false_positives, false_negatives = _mistakes(evaluation, classifier, attribute, sources)
    return Section(
        attribute=attribute,
        threshold=classifier.thresholds[attribute],
        measures=[m for m in evaluation.measures if m.attribute == attribute],
        curves=[_curve(n, source, *pair) for n, (source, pair) in enumerate(data.items())],
        drawings=[one(data, f"{one.__name__}-{attribute}") for one in draw] if data else [],
        slices=[
            (source, found, plots.areas(found, f"slices-{attribute}-{n}"))
            for n, (source, found) in enumerate(by_source.items())
        ],
        biases=[one for one in evaluation.biases if one.attribute == attribute],
        false_positives=false_positives,
        false_negatives=false_negatives,
    )


def _curve(place: int, source: str, truth: Flags, scores: Floats) -> Curve:
    held = [clean_held_at(scores, truth, caught) for caught in CAUGHT]
    bad, rest = truth.sum(), (~truth).sum()
    precision = [caught * bad / (caught * bad + share * rest) for caught, share in zip(CAUGHT, held, strict=True)]
    means, shares, counts = plots.bins(truth, scores)
    bins = list(zip(means.tolist(), shares.tolist(), counts.tolist(), strict=True))
    return Curve(plots.swatch(place), source, held, precision, bins)


def _mistakes(
    evaluation: Evaluation, classifier: Classifier, attribute: str, sources: Sequence[Known]
) -> tuple[list[Mistake], list[Mistake]]:
    """Choose the false positives and the false negatives that the model was surest of.

    How sure is the distance of a score's logit from the threshold's, times how far the raters agreed: a row on which
    they were divided teaches little.
    """
    place = ATTRIBUTES.index(attribute)
    threshold = classifier.thresholds[attribute]
    line = float(logit(np.clip(threshold, CERTAIN, 1 - CERTAIN)))
    found: list[tuple[float, int, bool]] = []
    for one in sources:
        scores = evaluation.scores[one.rows, place]
        agreement = np.array([abs(2 * evaluation.examples[row].labels[attribute] - 1) for row in one.rows])
        sure = np.abs(logit(np.clip(scores, CERTAIN, 1 - CERTAIN)) - line) * agreement
        wrong = np.flatnonzero((scores >= threshold) != one.truth)
        found += [(float(sure[k]), int(one.rows[k]), bool(one.truth[k])) for k in wrong]
    found.sort(key=lambda one: (-one[0], one[1]))
    kinds = ([row for _, row, bad in found if bad is kind][:MISTAKES] for kind in (False, True))
    positives, negatives = ([_mistake(evaluation, classifier, attribute, row) for row in rows] for rows in kinds)
    return positives, negatives


def _mistake(evaluation: Evaluation, classifier: Classifier, attribute: str, row: int) -> Mistake:
    example = evaluation.examples[row]
    score = float(evaluation.scores[row, ATTRIBUTES.index(attribute)])
    spans = classifier.explain(example.text, example.language).spans
    return Mistake(
        source=clean(example.source),
        score=score,
        label=example.labels[attribute],
        pieces=_pieces(example.text[:_LONGEST], [span for span in spans if span.attribute == attribute]),
        cut=len(example.text) > _LONGEST,
        veiled=_hurts(example, evaluation.scores[row]),
    )


def _pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Cut a text at the spans that told. The strongest of them has strength 3."""
    most = max((span.weight for span in spans), default=1.0)
    pieces, at = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        if at <= span.start < span.end <= len(text):
            pieces += [Piece(text[at : span.start], 0)]
            pieces += [Piece(text[span.start : span.end], min(math.ceil(_LOUD * span.weight / most), _LOUD))]
            at = span.end
    pieces.append(Piece(text[at:], 0))
    return [Piece(clean(piece.text), piece.strength) for piece in pieces if piece.text]


def _hurts(example: Example, scores: Floats) -> bool:
    """Say whether a comment was labelled, or is probably, anything worse than spam."""
    return any(
        example.labels.get(attribute, 0) >= MAJORITY or scores[place] >= MAJORITY
        for place, attribute in enumerate(ATTRIBUTES)
        if attribute not in _PLAIN
    )


def _figure(value: float | None) -> str:
    return NOTHING if value is None or math.isnan(value) else "∞" if math.isinf(value) else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return NOTHING if value is None or math.isnan(value) else f"{100 * value:.1f} %"


def _interval(measure: Measure, name: str) -> str:
    found = measure.intervals.get(name)
    return f"{found[0]:.3f} to {found[1]:.3f}" if found else ""
