"""Which words of a text pull its linear score where: every feature's weight, shared out over where it occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.features import FeatureSpec, char_columns, columns, word_columns
from model.text import fold


@dataclass(frozen=True, slots=True)
class Pull:
    """How far each word pulls.

    Word k is `[starts[k], ends[k])` in code points of the raw text, its pull on each attribute `words[k]`: arrays
    (words,) and (words, attributes). `total` (attributes,) is the linear score of the whole text, of which the words'
    pulls are parts; the rest lies between the words and in the indicators.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    words: NDArray[np.float64]
    total: NDArray[np.float64]


def pulls(text: str, spec: FeatureSpec, weights: NDArray[np.float32]) -> Pull:
    """Share out the linear score of `text` under the table `weights` (columns, attributes + 1).

    A feature's weight is divided evenly between its occurrences, and each part between its code points.
    """
    distinct = next(columns([text], spec))
    sums = np.ones(len(distinct), dtype=np.float32) @ weights.take(distinct, axis=0)
    norm = np.sqrt(float(sums[-1]))
    folded = fold([text])
    chars = char_columns(folded, spec)
    words = word_columns(folded, spec)
    pair_ends = np.append(words.ends[1:], words.ends[-1:])
    starts = np.concatenate([*(np.arange(chars.shape[1]) for _ in chars), words.starts, words.starts])
    lengths = np.concatenate(
        [
            np.repeat(np.arange(spec.shortest, spec.longest + 1), chars.shape[1]),
            words.ends - words.starts,
            pair_ends - words.starts,
        ]
    )
    found = np.concatenate([chars.ravel(), words.singles, words.pairs])
    alive = found != spec.dead
    per_code_point = _spread(found[alive], starts[alive], lengths[alive], weights, len(folded.entries)) / norm
    sums_before = np.concatenate([np.zeros((1, per_code_point.shape[1])), np.cumsum(per_code_point, axis=0)])
    return Pull(
        starts=folded.origins[words.starts],
        ends=folded.origins[words.ends - 1] + 1,
        words=sums_before[words.ends] - sums_before[words.starts],
        total=sums[:-1].astype(np.float64) / norm,
    )


def _spread(
    found: NDArray[np.int32],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    weights: NDArray[np.float32],
    size: int,
) -> NDArray[np.float64]:
    """Return the part of the sum of weights that falls on each entry: an array (size, attributes)."""
    _, place, count = np.unique(found, return_inverse=True, return_counts=True)
    shares = weights[found, :-1] / (count[place] * lengths)[:, None]
    steps = np.zeros((size + 1, shares.shape[1]))
    np.add.at(steps, starts, shares)
    np.add.at(steps, starts + lengths, -shares)
    return np.cumsum(steps[:-1], axis=0)
