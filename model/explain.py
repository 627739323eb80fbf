"""Which words of a text pull its linear score where: every feature's weight, shared out over where it occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.features import FeatureSpec, Words, char_columns, columns, word_columns
from model.text import fold


@dataclass(frozen=True, slots=True)
class Pull:
    """How far each word pulls.

    Word k is `[starts[k], ends[k])` in code points of the raw text, its pull on each weighting `words[k]`: arrays
    (words,) and (words, weightings). `total` (weightings,) is the linear score of the whole text, of which the words'
    pulls are parts; the rest lies between the words and in the indicators.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    words: NDArray[np.float64]
    total: NDArray[np.float64]


def pulls(text: str, spec: FeatureSpec, weights: NDArray[np.float32]) -> Pull:
    """Share out the linear score of `text` under the table `weights` (columns, weightings + 1).

    A feature's weight is divided evenly between its occurrences, and each part between its code points.
    """
    distinct = next(columns([text], spec))
    sums = np.ones(len(distinct), dtype=np.float32) @ weights.take(distinct, axis=0)
    norm = np.sqrt(float(sums[-1]))
    folded = fold([text])
    words = word_columns(folded, spec)
    parts = _spread(char_columns(folded, spec), words, spec, weights) / norm
    before = np.concatenate([np.zeros((1, parts.shape[1])), np.cumsum(parts, axis=0)])
    return Pull(
        starts=folded.origins[words.starts],
        ends=folded.origins[words.ends - 1] + 1,
        words=before[words.ends] - before[words.starts],
        total=sums[:-1].astype(np.float64) / norm,
    )


def _spread(
    chars: NDArray[np.int32], words: Words, spec: FeatureSpec, weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the part of the sum of weights that falls on each entry of a text: an array (entries, weightings)."""
    size = chars.shape[1]
    counts = np.bincount(np.concatenate([chars.ravel(), words.singles, words.pairs]), minlength=spec.width)
    steps = np.zeros((size + 1, weights.shape[1] - 1))

    def shares(found: NDArray[np.int32], lengths: NDArray[np.int64] | int) -> NDArray[np.float64]:
        return np.asarray(weights[found, :-1] / (counts[found] * lengths)[:, None])

    for length, found in zip(range(spec.shortest, spec.longest + 1), chars, strict=True):
        each = shares(found, length)
        steps[:size] += each
        steps[length:] -= each[: max(size + 1 - length, 0)]
    pairs = words.starts[:-1], words.ends[1:], words.pairs[:-1]
    for starts, ends, found in ((words.starts, words.ends, words.singles), pairs):
        each = shares(found, ends - starts)
        steps[starts] += each
        steps[ends] -= each
    return np.cumsum(steps[:-1], axis=0)
