"""Which words of a text pull its linear score where: every feature's weight, shared out over where it occurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.features import FeatureSpec, Words, char_columns, summed, word_columns
from model.shape import shape_columns
from model.text import Folded

LOOKED_AT: Final = 1 << 15
"""Folded characters of a text whose words are told apart, the first: of 64 KiB all would take longer than the score."""


@dataclass(frozen=True, slots=True)
class Pull:
    """How far each word pulls.

    `z` is the linear score of the whole text, an array (weightings,). Of its first `LOOKED_AT` characters, word k is
    `[starts[k], ends[k])` in code points of the raw text, its pull on each weighting `words[k]`: arrays (words,) and
    (words, weightings). The pulls are parts of the linear score of the whole text; the rest lies between the words, in
    the indicators, and in what comes later.
    """

    z: NDArray[np.float64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    words: NDArray[np.float64]


def pulls(folded: Folded, spec: FeatureSpec, weights: NDArray[np.float32]) -> Pull:
    """Share out the linear score of a single folded text under the table `weights` (columns, weightings + 1).

    A feature's weight is divided evenly between its occurrences; that of an n-gram further between its code
    points, that of a pair between its two words.
    """
    words = word_columns(folded, spec)
    chars = char_columns(folded, spec)
    shape = shape_columns(folded) + np.int32(spec.indicators_from)
    every = np.concatenate([chars.ravel(), words.columns.ravel(), shape.ravel()])
    counts = np.bincount(every, minlength=spec.width)  # to sort all of a long text's would take longer
    sums = summed(np.flatnonzero(counts), weights)
    norm = np.sqrt(sums[-1])
    shares = _Shares(weights, (1 / np.maximum(counts, 1)).astype(np.float32))
    words = words.until(LOOKED_AT)
    chars = chars[:, :LOOKED_AT]
    return Pull(
        z=sums[:-1] / norm,
        starts=folded.origins[words.starts],
        ends=folded.origins[words.ends - 1] + 1,
        words=(_of_chars(chars, words, spec, shares) + _of_words(words, shares)) / norm,
    )


@dataclass(frozen=True, slots=True)
class _Shares:
    """What one occurrence of each column has of the column's weight: `parts` is one over the number of occurrences."""

    weights: NDArray[np.float32]
    parts: NDArray[np.float32]

    def of(self, found: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the shares of the columns `found`: an array (found, weightings)."""
        each = self.weights.take(found, axis=0)
        each *= self.parts.take(found)[:, None]
        return each[:, :-1]


def _of_chars(chars: NDArray[np.int32], words: Words, spec: FeatureSpec, shares: _Shares) -> NDArray[np.float64]:
    """Return what falls on the code points of each word of the n-grams' weights: an array (words, weightings)."""
    size = chars.shape[1]
    steps = np.zeros((size + 1, shares.weights.shape[1] - 1))  # where the sum rises and falls, by entry
    for length, found in zip(range(spec.shortest, spec.longest + 1), chars, strict=True):
        each = shares.of(found) / length
        steps[:size] += each
        steps[length:] -= each[: max(size + 1 - length, 0)]
    np.cumsum(steps, axis=0, out=steps)
    np.cumsum(steps, axis=0, out=steps)
    return steps[words.ends - 1] - steps[words.starts - 1]  # a space is before every word


def _of_words(words: Words, shares: _Shares) -> NDArray[np.float64]:
    """Return what each word has of the weights of words, blurred words and pairs: an array (words, weightings)."""
    *whole, pairs = words.columns
    found = shares.of(pairs).astype(np.float64) / 2
    found[1:] += found[:-1]
    for each in whole:
        found += shares.of(each)
    return found
