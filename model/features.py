"""Hashed n-grams: the same code for training and for serving, vectorised over a batch of texts.

A text becomes the set of columns that it has something in: character n-grams (polynomial hashes, rolled from one length
to the next), words and pairs of words (each hash two look-ups in a prefix sum), and a few indicators of its shape.
Characters, words and indicators have regions of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.shape import SHAPES, shape_columns
from model.text import CODE, VOWEL, Folded, fold

BATCH = 1 << 14  # code points that are worked on at once, so that the intermediate arrays stay in the cache

CHAR_BASE = np.uint32(0x01000193)
CHAR_MIX = np.array(
    [0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1, 0xD3A2646D, 0xFD7046C5, 0xB55A4F09], dtype=np.uint32
)
_FOLD = np.uint32(15)
WORD_BASE = 0x5851F42D4C957F2D
WORD_MIX = np.uint64(0x9E3779B97F4A7C15)
BLUR_MIX = np.array([[1], [0x165667B19E3779F9]], dtype=np.uint64)
LETTERS = np.int64(BATCH * 2 - 1)
PAIR_MIX = np.uint64(0xC2B2AE3D27D4EB4F)

SHORTEST_BLURRED = 3  # letters of a word


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """What is counted, and into how many columns it is hashed. At most 8 characters make an n-gram."""

    char_bits: int = 18
    word_bits: int = 17
    shortest: int = 2
    longest: int = 5

    @property
    def dead(self) -> int:
        """The column that stands for no feature: the last one."""
        return self.width - 1

    @property
    def words_from(self) -> int:
        """The first column of words and pairs of words."""
        return 1 << self.char_bits

    @property
    def indicators_from(self) -> int:
        """The first column of indicators."""
        return self.words_from + (1 << self.word_bits)

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.indicators_from + SHAPES + 1


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a folded batch: `[starts, ends)` in entries, and their columns, an array (4, words).

    The columns are those of the word, of its first letter with all of its letters in whatever order, of its first
    letter with its consonants in whatever order (in both, doubled letters count once: what misspells a word mostly
    leaves them), and of the word with the next. The last word of a text has no pair, and short words are not blurred:
    there the column is `dead`.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    columns: NDArray[np.int32]

    def until(self, end: int) -> Words:
        """Return those that end at this entry, or before it."""
        count = int(self.ends.searchsorted(end, side="right"))
        return Words(self.starts[:count], self.ends[:count], self.columns[:, :count])


def columns(texts: Sequence[str], spec: FeatureSpec) -> Iterator[NDArray[np.int32]]:
    """Yield for each text, in order, the distinct columns that it has something in, ascending."""
    for batch in batches(texts):
        folded = fold(batch)
        chars = char_columns(folded, spec)
        words = word_columns(folded, spec)
        placed = words.columns
        first = words.starts.searchsorted(folded.bounds).tolist()
        shape = shape_columns(folded) + np.int32(spec.indicators_from)
        for k, (low, high) in enumerate(zip(folded.bounds[:-1].tolist(), folded.bounds[1:].tolist(), strict=True)):
            yield distinct(chars[:, low:high], placed[:, first[k] : first[k + 1]], shape[k])


def distinct(*found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return each column that occurs in the arrays once, ascending."""
    every = np.concatenate([part.ravel() for part in found])
    every.sort()
    new = np.empty(len(every), dtype=np.bool_)
    new[:1] = True
    np.not_equal(every[1:], every[:-1], out=new[1:])
    return every[new]


def summed(found: NDArray[np.integer], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sum of the rows `found` of a table (columns, weightings + 1)."""
    return (_ones(len(found)) @ weights.take(found, axis=0)).astype(np.float64)


@cache
def _all_ones(size: int) -> NDArray[np.float32]:
    return np.ones(size, dtype=np.float32)


def _ones(size: int) -> NDArray[np.float32]:
    return _all_ones(1 << size.bit_length())[:size]


def char_columns(folded: Folded, spec: FeatureSpec) -> NDArray[np.int32]:
    """Hash the character n-grams: an array (lengths, entries), the n-gram that starts at each entry, or `dead`."""
    codes = folded.entries & CODE
    size = len(codes)
    found = np.empty((spec.longest - spec.shortest + 1, size), dtype=np.uint32)
    rolled = codes * CHAR_MIX[0]
    rolled ^= rolled >> _FOLD
    single = rolled
    for length in range(1, min(spec.longest, size) + 1):
        if length > 1:
            rolled = rolled[:-1] * CHAR_BASE
            rolled += single[length - 1 :]
        if length >= spec.shortest:
            found[length - spec.shortest, : size - length + 1] = rolled
    found ^= found >> _FOLD
    found *= CHAR_MIX[spec.shortest - 1 : spec.longest, None]
    found >>= np.uint32(32 - spec.char_bits)
    placed = found.view(np.int32)
    for row, length in enumerate(range(spec.shortest, spec.longest + 1)):
        placed[row, max(size - length + 1, 0) :] = spec.dead
    if len(folded.bounds) > len(("start", "end")):
        rows, backs = _overlaps(spec.shortest, spec.longest)
        placed[rows, np.maximum(folded.bounds[1:-1] - backs, folded.bounds[:-2])] = spec.dead
    return placed


def word_columns(folded: Folded, spec: FeatureSpec) -> Words:
    """Hash words, blurred words, and pairs of neighbouring words, whatever stands between them."""
    starts, ends = folded.starts, folded.ends
    codes = (folded.entries & CODE).astype(np.uint64)
    size = len(codes)
    powers, inverses = power_tables(max(BATCH * 2, 1 << size.bit_length()))
    sums = np.zeros((3, size + 1), dtype=np.uint64)
    ordered, letters, bones = sums[:, 1:]
    np.multiply(codes, powers[:size], out=ordered)
    powers.take(
        codes.view(np.int64) & LETTERS, out=letters, mode="clip"
    )  # a number for each letter, wherever it stands
    letters[1:] *= codes[1:] != codes[:-1]
    np.multiply(letters, folded.entries & VOWEL == 0, out=bones)
    np.cumsum(sums, axis=1, out=sums)
    found = np.zeros((4, len(starts)), dtype=np.uint64)
    whole, blurred, pairs = found[0], found[1:3], found[3]
    np.subtract(sums.take(ends, axis=1), sums.take(starts, axis=1), out=found[:3])
    whole *= inverses[starts]
    whole ^= whole >> np.uint64(29)
    whole *= WORD_MIX
    blurred += codes[starts] * PAIR_MIX
    blurred *= BLUR_MIX
    pairs[:-1] = whole[:-1] * PAIR_MIX + whole[1:]
    found[1:] ^= found[1:] >> np.uint64(31)
    found[1:] *= WORD_MIX
    found >>= np.uint64(64 - spec.word_bits)
    placed = found.astype(np.int32)
    placed += spec.words_from
    placed[1:3, ends - starts < SHORTEST_BLURRED] = spec.dead
    placed[3, -1:] = spec.dead
    if len(folded.bounds) > len(("start", "end")):
        last = starts.searchsorted(folded.bounds[1:-1]) - 1
        placed[3, last[last >= 0]] = spec.dead
    return Words(starts, ends, placed)


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list of texts so that each part is worked on at once."""
    start, size = 0, 0
    for index, text in enumerate(texts):
        if size and size + len(text) > BATCH:
            yield texts[start:index]
            start, size = index, 0
        size += len(text) + 2
    if start < len(texts):
        yield texts[start:]


@cache
def _overlaps(shortest: int, longest: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Say which n-grams reach into the next text: rows, and entries before the end, both as columns."""
    pairs = [(length - shortest, back) for length in range(shortest, longest + 1) for back in range(1, length)]
    rows, backs = np.array(pairs, dtype=np.intp).T
    return rows[:, None], backs[:, None]


@cache
def power_tables(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers of the word base and of its inverse, modulo 2**64."""

    def row(base: int) -> NDArray[np.uint64]:
        factors = np.full(size, base, dtype=np.uint64)
        factors[0] = 1
        return np.cumprod(factors, dtype=np.uint64)

    return row(WORD_BASE), row(pow(WORD_BASE, -1, 1 << 64))
