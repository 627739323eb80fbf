"""Training: logistic regressions on hashed n-grams, one weighting per attribute, two of toxicity; then calibration.

Columns are scaled by a power of their inverse document frequency and rows brought to length 1. Toxicity, which has the
most rows, is the average of two regressions, each brought to scores of standard deviation 1: one on these features, the
other on the same weighted by their naive Bayes log-count ratio (NB-SVM, Wang and Manning 2012). Both are linear, so
their average is one table of weights again. While training, each row also carries an indicator of its source, so that a
source's own rate of bad comments is not learned as the meaning of its words; serving drops it.

English has a weighting of toxicity of its own, fitted on English alone: the same letters mean other things in other
languages. Weightings that are near to each other lend each other weights. Then the toxicity of all languages, which
serves all but English, is averaged with one fitted on these.

Texts and features are never all in memory: the features lie in a `Corpus`, and each regression reads those of its rows,
or of a sample of them.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from model.contrast import GROUPS_SOURCE, SPAM_SOURCE
from model.contrast import SOURCE as CONTRAST
from model.corpus import Corpus, slices
from model.data import MAJORITY, SOURCES, TEACHER, Example
from model.features import FeatureSpec, columns
from model.language import ENGLISH
from model.sampling import sample

RECIPE_DATE = "2026.11.25"  # of the last change to what training does; part of every version
# Who borrows weights, from whom, and how large a share is replaced: most rows are labelled for toxicity only.
LOANS = (("insult", TOXICITY, 0.45), ("obscene", TOXICITY, 0.3), (ENGLISH_TOXICITY, "insult", 0.1))

# What a row of a source counts for; of any other one 1.
SOURCE_WEIGHTS = ((CONTRAST, 10.0), (GROUPS_SOURCE, 3.0), (SPAM_SOURCE, 3.0))
FOREIGN_TOXICITY = "foreign_toxicity"  # half of what serves other languages, once the toxicity of all has been lent
FEATURE_BYTES = 8  # of memory for a feature: column and value

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
    foreign_toxicity: Fit = Fit(plain=3.0)
    spam: Fit = Fit(plain=10.0, source_scale=0.0)  # most sources are all spam or all ham
    others: Fit = Fit(plain=1.0)
    loans: tuple[tuple[str, str, float], ...] = LOANS
    source_weights: tuple[tuple[str, float], ...] = SOURCE_WEIGHTS
    iterations: int = 150
    tolerance: float = 1e-5
    smoothing: float = 1.0  # added to the counts of the naive Bayes ratio
    held_out: float = 0.25  # share of the rows that calibration is fitted on; the shipped weights see all rows
    memory: int = 1 << 30  # bytes for the features of a regression: of some 150,000 comments of 300 characters
    seed: int = 7

    def stop(self) -> dict[str, float]:
        """Say when a regression is done, in scikit-learn's words."""
        return {"max_iter": self.iterations, "tol": self.tolerance}


@dataclass(frozen=True, slots=True)
class Trained:
    """What training made: the table of weights and a manifest without digests of files.

    `draft` is the table that never saw the rows held out, of which `held` has some: what a report can be made of.
    """

    weights: Floats
    manifest: dict[str, Any]
    draft: Floats
    held: Sequence[Example]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the regressions are fitted on: the features, column scales, and how many features one may have in memory.

    Of each row: labels (NaN: unknown), weight, and whether it is English.
    """

    corpus: Corpus
    scale: Floats
    labels: Floats
    weight: Floats
    english: NDArray[np.bool_]
    room: int

    @classmethod
    def of(cls, corpus: Corpus, recipe: Recipe) -> _Rows:
        """Work out scales and weights."""
        scale = ((np.log((1 + len(corpus)) / (1 + corpus.counts)) + 1) ** recipe.rarity).astype(np.float32)
        scale[recipe.features.indicators_from :] *= recipe.shape
        scale[recipe.features.dead] = 0
        known = dict(recipe.source_weights)
        weights = [known.get(source, 1.0) for source in corpus.sources]
        return cls(
            corpus,
            scale,
            corpus.labels,
            np.array(weights, dtype=np.float32)[corpus.source],
            corpus.languages == ENGLISH,
            min(recipe.memory // FEATURE_BYTES, np.iinfo(np.int32).max),
        )


def train(  # noqa: PLR0913
    examples: Iterable[Example],
    news: Sequence[Example],
    recipe: Recipe,
    data_digests: Mapping[str, str],
    say: Say = lambda line: None,
    *,
    against: Iterable[Example] = (),
) -> Trained:
    """Train on `examples`; calibrate, and choose thresholds, on `news`: comments at their natural rate, not trained on.

    Examples are read once, a batch at a time; those whose text also occurs in `against` are left out. Where a
    regression's features would take more than the recipe's memory, it sees a sample of its rows (`model.sampling`). The
    same examples, news and recipe give the same bytes: everything runs on one thread, in the order given. Raises
    `TooLittleError`.
    """
    with (
        threadpool_limits(limits=1),
        Corpus(examples, recipe.features, recipe.seed, against) as corpus,
    ):
        for reason, count in sorted(corpus.skipped.items()):
            say(f"skipped {count:,}: {reason}")
        if not len(corpus):
            raise TooLittleError("nothing is left to train on")
        rows = _Rows.of(corpus, recipe)
        say(f"{len(corpus):,} comments, {corpus.sizes.mean():.0f} features in each")
        held = corpus.held_out(recipe.held_out)
        draft = _fit(rows, ~held, recipe, say, "draft")
        weights = _fit(rows, np.ones_like(held), recipe, say, "final")
        taught = np.array([source == TEACHER for source in corpus.sources])[corpus.source]
        out = np.flatnonzero(held & ~taught)
        as_english = [replace(example, language=ENGLISH) for example in news]  # it is English that they calibrate
        civil = np.array([source.startswith("civil") for source in corpus.sources])[corpus.source]
        calibration = calibrate(
            Scores.serving(rows.labels[out].astype(np.float64), corpus.languages[out], corpus.linear(out, draft)),
            Scores.of(as_english, linear([example.text for example in news], recipe.features, weights)),
            rows.labels[civil].astype(np.float64),
        )
        if not any(calibration.lines.values()):
            raise TooLittleError("too few labelled comments of both kinds to calibrate any attribute")
        manifest = _manifest(corpus, len(news), recipe, data_digests, calibration)
        shown = [example for example in corpus.examples_held_out(recipe.held_out) if example.source != TEACHER]
        return Trained(weights, manifest, draft, shown)


def design(texts: Sequence[str], spec: FeatureSpec) -> sparse.csr_matrix:
    """Return the features of a few texts as a matrix of ones (texts, `spec.width`); of many, see `Corpus.matrix`."""
    found = list(columns(texts, spec))
    ends = np.cumsum([0, *map(len, found)])
    indices = np.concatenate(found)
    ones = np.ones(len(indices), dtype=np.float32)
    return sparse.csr_matrix((ones, indices, ends), shape=(len(texts), spec.width))


def normalise_rows(matrix: sparse.csr_matrix, scale: Floats) -> sparse.csr_matrix:
    """Scale the columns of a matrix of ones, then its rows to length 1, in place."""
    for rows in slices(matrix.shape[0]):
        ends = matrix.indptr[rows.start : rows.stop + 1]
        part = slice(ends[0], ends[-1])
        values = scale[matrix.indices[part]]
        lengths = np.sqrt(np.add.reduceat(values**2, ends[:-1] - ends[0], dtype=np.float64)).astype(np.float32)
        matrix.data[part] = values / np.repeat(lengths, np.diff(ends))
    return matrix


def _fit(rows: _Rows, chosen: NDArray[np.bool_], recipe: Recipe, say: Say, stage: str) -> Floats:
    """Fit all weightings on the chosen rows; return the table (columns, weightings + 1), scales squared at the end."""
    table = np.zeros((recipe.features.width, len(WEIGHTINGS) + 1), dtype=np.float32)
    table[:, -1] = rows.scale**2

    def fitted(weighting: str, attribute: str, among: NDArray[np.bool_]) -> NDArray[np.float64] | None:
        labels = rows.labels[:, ATTRIBUTES.index(attribute)]
        known = np.flatnonzero(chosen & among & ~np.isnan(labels))
        truth = labels[known] >= MAJORITY
        stand_for = _sampled(rows, known, truth)
        taken = stand_for > 0
        sampled = "" if taken.all() else f", fitted on a sample of {taken.sum():,}"
        say(f"{stage}: {weighting}, {len(known):,} comments, {truth.sum():,} of them positive{sampled}")
        if not 0 < truth[taken].sum() < taken.sum():
            return None
        return _fit_one(rows, known[taken], truth[taken], stand_for[taken], recipe, weighting)

    everywhere = np.ones_like(chosen)
    for place, attribute in enumerate(ATTRIBUTES):
        found = fitted(attribute, attribute, everywhere)
        table[:, place] = 0 if found is None else found
    toxicity, of_english = ATTRIBUTES.index(TOXICITY), WEIGHTINGS.index(ENGLISH_TOXICITY)
    english = fitted(ENGLISH_TOXICITY, TOXICITY, rows.english)
    table[:, of_english] = 0 if english is None else english
    lent = _lent(table, recipe.loans)
    foreign = fitted(FOREIGN_TOXICITY, TOXICITY, ~rows.english)
    if foreign is not None:
        lent[:, toxicity] = (table[:, toxicity] + foreign) / 2
    if english is None:
        lent[:, of_english] = lent[:, toxicity]
    return lent


def _lent(table: Floats, loans: Sequence[tuple[str, str, float]]) -> Floats:
    """Replace a share of a borrower's weights by the lender's, both as fitted; nothing where either has none."""
    lent = table.copy()
    for borrower, lender, share in loans:
        to, of = WEIGHTINGS.index(borrower), WEIGHTINGS.index(lender)
        if table[:, to].any() and table[:, of].any():
            lent[:, to] = (1 - share) * table[:, to] + share * table[:, of]
    return lent


def _sampled(rows: _Rows, known: NDArray[np.intp], truth: NDArray[np.bool_]) -> Floats:
    """Weigh known rows by how many they stand for: positives and rows of more than usual weight go first."""
    precious = truth | (rows.weight[known] > 1)
    return sample(rows.corpus.sizes[known], precious, rows.corpus.ranks[known], rows.room)


def _fit_one(  # noqa: PLR0913, PLR0917
    rows: _Rows,
    chosen: NDArray[np.intp],
    truth: NDArray[np.bool_],
    stands_for: Floats,
    recipe: Recipe,
    weighting: str,
) -> NDArray[np.float64]:
    """Fit a weighting on chosen rows, each standing for so many; return its weight of each column, not of sources."""
    fits = {
        TOXICITY: recipe.toxicity,
        ENGLISH_TOXICITY: recipe.english_toxicity,
        FOREIGN_TOXICITY: recipe.foreign_toxicity,
        SPAM: recipe.spam,
    }
    fit = fits.get(weighting, recipe.others)
    width = recipe.features.width
    weight = rows.weight[chosen] * stands_for
    matrix = rows.corpus.matrix(chosen)
    normalise_rows(matrix, np.append(rows.scale, np.zeros(matrix.shape[1] - width, dtype=np.float32)))
    matrix.data[matrix.indptr[1:] - 1] = fit.source_scale
    found = _regression(matrix, truth, weight, LogisticRegression(C=fit.plain, **recipe.stop()))[:width]
    if fit.weighted is not None:
        ratio = np.ones(matrix.shape[1], dtype=np.float32)
        ratio[:width] = _ratio(matrix, truth, weight, recipe.smoothing)[:width]
        for part in slices(matrix.shape[0]):
            entries = slice(matrix.indptr[part.start], matrix.indptr[part.stop])
            matrix.data[entries] *= ratio[matrix.indices[entries]]
        weighted = _regression(matrix, truth, weight, LogisticRegression(C=fit.weighted, **recipe.stop())) * ratio
        found = (found + weighted[:width]) / 2
    return found * rows.scale


def _regression(
    matrix: sparse.csr_matrix, truth: NDArray[np.bool_], weight: Floats, regression: LogisticRegression
) -> NDArray[np.float64]:
    """Fit a logistic regression; return its coefficients, scaled to scores of standard deviation 1."""
    with warnings.catch_warnings():  # running out of iterations is a way to stop, not a fault
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(matrix, truth, sample_weight=weight)
    spread = float(np.std(regression.decision_function(matrix))) or 1.0  # nothing was learned: all weights are 0
    found: NDArray[np.float64] = regression.coef_[0] / spread
    return found


def _ratio(matrix: sparse.csr_matrix, truth: NDArray[np.bool_], weight: Floats, smoothing: float) -> Floats:
    """Return the naive Bayes log-count ratio of each column."""
    bad = smoothing + matrix.T @ (weight * truth)
    good = smoothing + matrix.T @ (weight * ~truth)
    ratio: Floats = np.log((bad / bad.sum()) / (good / good.sum())).astype(np.float32)
    return ratio


def _manifest(
    corpus: Corpus,
    news: int,
    recipe: Recipe,
    data_digests: Mapping[str, str],
    calibration: Calibration,
) -> dict[str, Any]:
    seen = zip(corpus.sources, np.bincount(corpus.source).tolist(), strict=True)
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
        "news": news,
        "known_from": KNOWN_FROM,
        "sources": [
            {
                "source": key,
                "comments": count,
                "name": SOURCES[key].name if key in SOURCES else key,
                "licence": SOURCES[key].licence if key in SOURCES else "your own",
            }
            for key, count in sorted(seen)
        ],
    }
