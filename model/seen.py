"""Makes the reference of a model (`model.reference`) when it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.classifier import Classifier
from model.data import MAJORITY, Example
from model.reference import BINS, BUCKETS, Reference, Spread, bins_of, word_counts

ENOUGH_SCORES: Final = 200
ENOUGH_WORDS: Final = 20_000
"""Rows, and words, without which a reference says nothing of a language."""

SCORE_DIGITS: Final = 4
"""Decimal places to which the service rounds a score."""

_BATCH: Final = 256


class Vocabulary:
    """Counts the words of examples that go by, by language."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._counts: dict[str, NDArray[np.int64]] = {}

    def passing(self, examples: Iterable[Example]) -> Iterator[Example]:
        """Pass examples on, and count their words."""
        stream = iter(examples)
        while some := list(islice(stream, _BATCH)):
            by_language: dict[str, list[str]] = {}
            for example in some:
                by_language.setdefault(example.language, []).append(example.text)
            for language, texts in by_language.items():
                counts = self._counts.setdefault(language, np.zeros(BUCKETS, dtype=np.int64))
                counts += word_counts(texts)
            yield from some

    def spreads(self) -> dict[str, Spread]:
        """Return the spread over buckets of every language that has words enough."""
        return {
            language: Spread(int(counts.sum()), tuple((counts / counts.sum()).tolist()))
            for language, counts in sorted(self._counts.items())
            if counts.sum() >= ENOUGH_WORDS
        }


def reference_of(
    classifier: Classifier, news: Sequence[Example], draft: Classifier, held: Sequence[Example], vocabulary: Vocabulary
) -> Reference:
    """Say what a model saw: its scores of `news`, its draft's of the rows held out, and the vocabulary of training.

    In a language of which there are no news, the rows `held` of an attribute count so that its positives have the rate
    to which it was calibrated: that of `model.calibrate.news_rates`, which the manifest keeps among its metrics.
    """
    rates: Mapping[str, float] = classifier.manifest["metrics"].get("rates", {})
    scores: dict[str, dict[str, Spread]] = {}
    for language, rows in sorted(_by_language(held).items()):
        found = {
            attribute: spread
            for attribute in classifier.attributes
            if attribute in rates and (spread := _weighted(draft, rows, attribute, rates[attribute]))
        }
        if found:
            scores[language] = found
    for language, rows in _by_language(news).items():
        if len(rows) >= ENOUGH_SCORES:
            scores[language] = _plainly(classifier, rows)
    return Reference(scores, vocabulary.spreads())


def _by_language(examples: Sequence[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.language, []).append(example)
    return found


def _plainly(classifier: Classifier, rows: Sequence[Example]) -> dict[str, Spread]:
    scored = classifier.score([row.text for row in rows], [row.language for row in rows])
    attributes = scored[0].scores
    return {
        attribute: _binned([one.scores[attribute] for one in scored], np.ones(len(scored))) for attribute in attributes
    }


def _weighted(classifier: Classifier, rows: Sequence[Example], attribute: str, rate: float) -> Spread | None:
    """The spread of rows with a label, positives and negatives as they would be at `rate`; None for too few."""
    labelled = [row for row in rows if attribute in row.labels]
    truth = np.array([row.labels[attribute] >= MAJORITY for row in labelled], dtype=np.bool_)
    if len(labelled) < ENOUGH_SCORES or truth.all() or not truth.any():
        return None
    scored = classifier.score([row.text for row in labelled], [row.language for row in labelled])
    if attribute not in scored[0].scores:
        return None
    weights = np.where(truth, rate / truth.mean(), (1 - rate) / (1 - truth.mean()))
    return _binned([one.scores[attribute] for one in scored], weights)


def _binned(scores: Sequence[float], weights: NDArray[np.float64]) -> Spread:
    counts = np.bincount(bins_of(np.round(scores, SCORE_DIGITS)), weights, minlength=BINS)
    return Spread(len(scores), tuple((counts / counts.sum()).tolist()))
