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

from model.text import CODE, LATIN, STYLED, UPPER, WORD, Folded, fold

BATCH = 1 << 14  # code points that are worked on at once, so that the intermediate arrays stay in the cache

_CHAR_BASE = np.uint32(0x01000193)
_CHAR_MIX = np.array(
    [0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1, 0xD3A2646D, 0xFD7046C5, 0xB55A4F09], dtype=np.uint32
)
_WORD_BASE = 0x5851F42D4C957F2D
_WORD_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIR_MIX = np.uint64(0xC2B2AE3D27D4EB4F)

_INDICATORS = 32
_SHARES = np.array([0.02, 0.1, 0.3, 0.6])  # of letters that are upper case, of characters in disguise
_COUNTS = np.array([1, 2, 4])  # exclamation marks, links
_SIZES = np.array([20, 50, 120, 300, 1000])  # characters
_KINDS = np.cumsum([0, len(_SHARES) + 1, len(_SHARES) + 1, len(_COUNTS) + 1, len(_COUNTS) + 1])  # where each begins


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """What is counted, and into how many columns it is hashed. At most 8 characters make an n-gram."""

    char_bits: int = 18
    word_bits: int = 16
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
        return self.indicators_from + _INDICATORS


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a folded batch: `[starts, ends)` in entries, the columns of each word and of it with the next.

    The last word of a text has no pair: its column is `dead`.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    singles: NDArray[np.int32]
    pairs: NDArray[np.int32]


def columns(texts: Sequence[str], spec: FeatureSpec) -> Iterator[NDArray[np.int32]]:
    """Yield for each text, in order, the distinct columns that it has something in, ascending."""
    for batch in _batches(texts):
        folded = fold(batch)
        chars = char_columns(folded, spec)
        words = word_columns(folded, spec)
        first = words.starts.searchsorted(folded.bounds).tolist()
        shape = indicator_columns(folded, spec)
        for k, (low, high) in enumerate(zip(folded.bounds[:-1].tolist(), folded.bounds[1:].tolist(), strict=True)):
            mine = slice(first[k], first[k + 1])
            found = np.concatenate(
                (chars[:, low:high].ravel(), words.singles[mine], words.pairs[mine], shape[k]), dtype=np.int32
            )
            found.sort()
            new = np.empty(len(found), dtype=np.bool_)
            new[:1] = True
            np.not_equal(found[1:], found[:-1], out=new[1:])
            yield found[new]


def char_columns(folded: Folded, spec: FeatureSpec) -> NDArray[np.int32]:
    """Hash the character n-grams: an array (lengths, entries), the n-gram that starts at each entry, or `dead`."""
    codes = folded.entries & CODE
    size = len(codes)
    found = np.full((spec.longest - spec.shortest + 1, size), spec.dead, dtype=np.int32)
    single = codes * _CHAR_MIX[0]
    single ^= single >> np.uint32(15)
    rolled = single
    shift = np.uint32(32 - spec.char_bits)
    for length in range(1, min(spec.longest, size) + 1):
        if length > 1:
            rolled = rolled[:-1] * _CHAR_BASE + single[length - 1 :]
        if length >= spec.shortest:
            mixed = rolled ^ (rolled >> np.uint32(15))
            mixed *= _CHAR_MIX[length - 1]
            found[length - spec.shortest, : size - length + 1] = mixed >> shift
    if len(folded.bounds) > len(("start", "end")):
        rows, backs = _overlaps(spec.shortest, spec.longest)
        found[rows, np.maximum(folded.bounds[1:-1] - backs, folded.bounds[:-2])] = spec.dead
    return found


def word_columns(folded: Folded, spec: FeatureSpec) -> Words:
    """Hash words and pairs of neighbouring words, whatever stands between them."""
    word = folded.entries & WORD != 0
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    codes = (folded.entries & CODE).astype(np.uint64)
    powers, inverses = _powers(max(BATCH * 2, 1 << len(codes).bit_length()))
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(codes * powers[: len(codes)], out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * inverses[starts]
    hashes ^= hashes >> np.uint64(29)
    hashes *= _WORD_MIX
    pairs = np.zeros_like(hashes)
    pairs[:-1] = hashes[:-1] * _PAIR_MIX + hashes[1:]
    pairs ^= pairs >> np.uint64(31)
    pairs *= _WORD_MIX
    shift = np.uint64(64 - spec.word_bits)
    pair_columns = (pairs >> shift).astype(np.int32) + spec.words_from
    last = starts.searchsorted(folded.bounds[1:]) - 1
    pair_columns[last[last >= 0]] = spec.dead
    return Words(starts, ends, (hashes >> shift).astype(np.int32) + spec.words_from, pair_columns)


def indicator_columns(folded: Folded, spec: FeatureSpec) -> NDArray[np.int32]:
    """Say what a text looks like: an array (texts, 5) of columns."""
    entries, starts = folded.entries, folded.bounds[:-1]
    codes = entries & CODE

    def total(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        if len(starts) == 1:
            return np.array([np.count_nonzero(mask)])
        return np.add.reduceat(mask, starts, dtype=np.int64)

    letters = np.maximum(total(entries & LATIN != 0), 1)
    link = codes == ord(":")
    link[:-2] &= (codes[1:-1] == ord("/")) & (codes[2:] == ord("/"))
    link[-2:] = False
    kinds = (
        _SHARES.searchsorted(total(entries & UPPER != 0) / letters, side="right"),
        _SHARES.searchsorted(total(entries & STYLED != 0) / letters, side="right"),
        _COUNTS.searchsorted(total(codes == ord("!")), side="right"),
        _COUNTS.searchsorted(total(link), side="right"),
        _SIZES.searchsorted(folded.bounds[1:] - starts, side="right"),
    )
    found: NDArray[np.int32] = (np.array(kinds).T + (_KINDS + spec.indicators_from)).astype(np.int32)
    return found


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
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
def _powers(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers of the word base and of its inverse, modulo 2**64."""

    def row(base: int) -> NDArray[np.uint64]:
        factors = np.full(size, base, dtype=np.uint64)
        factors[0] = 1
        return np.cumprod(factors, dtype=np.uint64)

    return row(_WORD_BASE), row(pow(_WORD_BASE, -1, 1 << 64))
