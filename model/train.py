"""Training: logistic regressions on hashed n-grams, one weighting per attribute, two of toxicity; then calibration.

Columns are scaled by a power of their inverse document frequency and rows brought to length 1. Toxicity, which has the
most rows, is the average of two regressions, each brought to scores of standard deviation 1: one on these features, the
other on the same weighted by their naive Bayes log-count ratio (NB-SVM, Wang and Manning 2012). Both are linear, so
their average is one table of weights again. While training, each row also carries an indicator of its source, so that a
source's own rate of bad comments is not learned as the meaning of its words; serving drops it.

English has a weighting of toxicity of its own, fitted on English alone: the same letters mean other things in other
languages. In the end weightings that are near to each other lend each other weights.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from model import ATTRIBUTES
from model.calibrate import (
    ENGLISH_TOXICITY,
    KNOWN_FROM,
    SERVED_BY,
    SPAM,
    TOXICITY,
    WEIGHTINGS,
    Calibration,
    Scores,
    calibrate,
)
from model.classifier import linear
from model.contrast import SOURCE as CONTRAST
from model.data import MAJORITY, SOURCES, Example, held_out
from model.features import FeatureSpec, columns
from model.language import ENGLISH

RECIPE_DATE = "2026.11.25"  # of the last change to what training does; part of every version
# Who borrows weights, from whom, and how large a share is replaced: most rows are labelled for toxicity only.
LOANS = (("insult", TOXICITY, 0.45), ("obscene", TOXICITY, 0.3), (ENGLISH_TOXICITY, "insult", 0.1))

Floats = NDArray[np.float32]
Say = Callable[[str], None]


class TooLittleError(Exception):
    """The labelled comments are too few, or too much of one kind, to say how good a model of them is."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How one weighting is fitted.

    scikit-learn's C of the regression on plain features, and of the one on naive Bayes weighted ones, if any; and the
    value of a row's source indicator: the larger, the more of what tells sources apart is kept out of the words.
    """

    plain: float
    weighted: float | None = None
    source_scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that training may be asked to do differently."""

    features: FeatureSpec = field(default_factory=FeatureSpec)
    rarity: float = 2.0  # power of the inverse document frequency
    shape: float = 4.0  # factor on the scale of indicators, which are few among many n-grams
    toxicity: Fit = Fit(plain=3.0, weighted=10.0, source_scale=0.3)
    english_toxicity: Fit = Fit(plain=3.0, weighted=10.0, source_scale=1.0)
    spam: Fit = Fit(plain=10.0, source_scale=0.0)  # most sources are all spam or all ham
    others: Fit = Fit(plain=1.0)
    loans: tuple[tuple[str, str, float], ...] = LOANS
    contrast_weight: float = 10.0  # of a contrast example; of every other row 1
    iterations: int = 150
    tolerance: float = 1e-5
    smoothing: float = 1.0  # added to the counts of the naive Bayes ratio
    held_out: float = 0.25  # share of the rows that calibration is fitted on; the shipped weights see all rows
    seed: int = 7

    def stop(self) -> dict[str, float]:
        """Say when a regression is done, in scikit-learn's words."""
        return {"max_iter": self.iterations, "tol": self.tolerance}


@dataclass(frozen=True, slots=True)
class Trained:
    """What training made: the table of weights and a manifest without digests of files."""

    weights: Floats
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The design matrix (examples, columns + sources) and column scales.

    Of the examples: labels (NaN: unknown), weights, and whether they are English.
    """

    matrix: sparse.csr_matrix
    scale: Floats
    labels: NDArray[np.float64]
    weight: Floats
    english: NDArray[np.bool_]


def train(
    examples: Sequence[Example],
    news: Sequence[Example],
    recipe: Recipe,
    data_digests: Mapping[str, str],
    say: Say = lambda line: None,
) -> Trained:
    """Train on `examples`; calibrate, and choose thresholds, on `news`: comments at their natural rate, not trained on.

    The same examples, news and recipe give the same bytes: everything runs on one thread, in the order given.
    Raises `TooLittleError`.
    """
    with threadpool_limits(limits=1):
        rows = _rows(examples, recipe)
        say(f"{len(examples)} comments, {rows.matrix.nnz / len(examples):.0f} features in each")
        held = np.array(held_out(examples, recipe.held_out, recipe.seed))
        draft = _fit(rows, ~held, recipe, say, "draft")
        weights = _fit(rows, np.ones_like(held), recipe, say, "final")
        scored = [example for example, out in zip(examples, held, strict=True) if out]
        as_english = [replace(example, language=ENGLISH) for example in news]  # it is English that they calibrate
        calibration = calibrate(
            Scores.of(scored, linear([example.text for example in scored], recipe.features, draft)),
            Scores.of(as_english, linear([example.text for example in news], recipe.features, weights)),
            examples,
        )
    if not any(calibration.lines.values()):
        raise TooLittleError("too few labelled comments of both kinds to calibrate any attribute")
    return Trained(weights, _manifest(examples, news, recipe, data_digests, calibration))


def design(texts: Sequence[str], spec: FeatureSpec) -> sparse.csr_matrix:
    """Return the features of texts as a matrix of ones (texts, `spec.width`)."""
    found = list(columns(texts, spec))
    ends = np.cumsum([0, *map(len, found)])
    indices = np.concatenate(found)
    del found
    ones = np.ones(len(indices), dtype=np.float32)
    return sparse.csr_matrix((ones, indices, ends), shape=(len(texts), spec.width))


def normalise_rows(matrix: sparse.csr_matrix, scale: Floats) -> sparse.csr_matrix:
    """Scale the columns of a matrix of ones, then its rows to length 1, in place."""
    matrix.data *= scale[matrix.indices]
    lengths = np.sqrt(np.add.reduceat(matrix.data**2, matrix.indptr[:-1], dtype=np.float64)).astype(np.float32)
    matrix.data /= np.repeat(lengths, np.diff(matrix.indptr))
    return matrix


def _rows(examples: Sequence[Example], recipe: Recipe) -> _Rows:
    matrix = design([example.text for example in examples], recipe.features)
    counts = np.bincount(matrix.indices, minlength=recipe.features.width)
    scale = ((np.log((1 + len(examples)) / (1 + counts)) + 1) ** recipe.rarity).astype(np.float32)
    scale[recipe.features.indicators_from :] *= recipe.shape
    scale[recipe.features.dead] = 0
    normalise_rows(matrix, scale)
    names = sorted({example.source for example in examples})
    place = np.array([names.index(example.source) for example in examples])
    ones = np.ones(len(examples), dtype=np.float32)
    sources = sparse.csr_matrix((ones, place, np.arange(len(examples) + 1)), shape=(len(examples), len(names)))
    labels = np.array([[example.labels.get(a, np.nan) for a in ATTRIBUTES] for example in examples])
    weight = np.array([recipe.contrast_weight if example.source == CONTRAST else 1 for example in examples])
    english = np.array([example.language == ENGLISH for example in examples])
    return _Rows(sparse.hstack([matrix, sources], format="csr"), scale, labels, weight.astype(np.float32), english)


def _fit(rows: _Rows, chosen: NDArray[np.bool_], recipe: Recipe, say: Say, stage: str) -> Floats:
    """Fit all weightings on the chosen rows; return the table (columns, weightings + 1), scales squared at the end."""
    width = recipe.features.width
    table = np.zeros((width, len(WEIGHTINGS) + 1), dtype=np.float32)
    table[:, -1] = rows.scale**2
    for place, weighting in enumerate(WEIGHTINGS):
        english = weighting == ENGLISH_TOXICITY
        labels = rows.labels[:, ATTRIBUTES.index(TOXICITY if english else weighting)]
        known = np.flatnonzero(chosen & ~np.isnan(labels) & (rows.english | (not english)))
        truth = labels[known] >= MAJORITY
        if 0 < truth.sum() < len(truth):
            table[:, place] = _fit_one(rows.matrix[known], truth, rows.weight[known], recipe, weighting) * rows.scale
        elif english:
            table[:, place] = table[:, ATTRIBUTES.index(TOXICITY)]
        say(f"{stage}: {weighting}, {len(known)} comments, {truth.sum()} of them positive")
    return _lent(table, recipe.loans)


def _lent(table: Floats, loans: Sequence[tuple[str, str, float]]) -> Floats:
    """Replace a share of a borrower's weights by the lender's, both as fitted; nothing where either has none."""
    lent = table.copy()
    for borrower, lender, share in loans:
        to, of = WEIGHTINGS.index(borrower), WEIGHTINGS.index(lender)
        if table[:, to].any() and table[:, of].any():
            lent[:, to] = (1 - share) * table[:, to] + share * table[:, of]
    return lent


def _fit_one(
    matrix: sparse.csr_matrix, truth: NDArray[np.bool_], weight: Floats, recipe: Recipe, weighting: str
) -> NDArray[np.float64]:
    """Fit a weighting; return its coefficients, without those of the sources. Changes the matrix."""
    fits = {TOXICITY: recipe.toxicity, ENGLISH_TOXICITY: recipe.english_toxicity, SPAM: recipe.spam}
    fit = fits.get(weighting, recipe.others)
    width = recipe.features.width
    matrix.data[matrix.indices >= width] = fit.source_scale
    plain = _regression(matrix, truth, weight, LogisticRegression(C=fit.plain, **recipe.stop()))
    if fit.weighted is None:
        return plain[:width]
    ratio = np.ones(matrix.shape[1], dtype=np.float32)
    ratio[:width] = _ratio(matrix, truth, weight, recipe.smoothing)[:width]
    matrix.data *= ratio[matrix.indices]
    weighted = _regression(matrix, truth, weight, LogisticRegression(C=fit.weighted, **recipe.stop())) * ratio
    return ((plain + weighted) / 2)[:width]


def _regression(
    matrix: sparse.csr_matrix, truth: NDArray[np.bool_], weight: Floats, regression: LogisticRegression
) -> NDArray[np.float64]:
    """Fit a logistic regression; return its coefficients, scaled to scores of standard deviation 1."""
    with warnings.catch_warnings():  # running out of iterations is a way to stop, not a fault
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(matrix, truth, sample_weight=weight)
    found: NDArray[np.float64] = regression.coef_[0] / np.std(regression.decision_function(matrix))
    return found


def _ratio(matrix: sparse.csr_matrix, truth: NDArray[np.bool_], weight: Floats, smoothing: float) -> Floats:
    """Return the naive Bayes log-count ratio of each column."""
    bad = smoothing + matrix.T @ (weight * truth)
    good = smoothing + matrix.T @ (weight * ~truth)
    ratio: Floats = np.log((bad / bad.sum()) / (good / good.sum())).astype(np.float32)
    return ratio


def _manifest(
    examples: Sequence[Example],
    news: Sequence[Example],
    recipe: Recipe,
    data_digests: Mapping[str, str],
    calibration: Calibration,
) -> dict[str, Any]:
    seen = Counter(example.source for example in examples)
    content = hashlib.sha256(repr((sorted(data_digests.items()), asdict(recipe))).encode()).hexdigest()
    return {
        "version": f"{RECIPE_DATE}-{content[:6]}",
        "attributes": list(ATTRIBUTES),
        "weightings": list(WEIGHTINGS),
        "served_by": SERVED_BY,
        "features": asdict(recipe.features),
        "recipe": asdict(recipe),
        "calibration": calibration.lines,
        "thresholds": calibration.thresholds,
        "metrics": calibration.metrics,
        "data": dict(sorted(data_digests.items())),
        "news": len(news),
        "known_from": KNOWN_FROM,
        "sources": [
            {
                "source": key,
                "comments": count,
                "name": SOURCES[key].name if key in SOURCES else key,
                "licence": SOURCES[key].licence if key in SOURCES else "your own",
            }
            for key, count in sorted(seen.items())
        ],
    }
