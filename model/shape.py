"""What a text looks like, whatever its language: counts and shares in a few steps each, one column per step.

Links, addresses, telephone numbers, names that end in digits, letters in disguise: what an advertisement is made of
shows before anybody reads it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.text import CODE, LATIN, STYLED, UPPER, WORD, Folded

_SHARES = np.array([0.02, 0.1, 0.3, 0.6])  # of the Latin letters
_COUNTS = np.array([1, 2, 4])
_SIZES = np.array([20, 50, 120, 300, 1000])  # code points
GAP = 3  # at most so far apart are the digits of one number: "(555) 010-01"
LONG_NUMBER = 8  # digits
STEPS = (
    _SHARES,  # upper case
    _SHARES,  # letters in disguise
    _COUNTS,  # exclamation marks
    _COUNTS,  # links with a scheme
    _SIZES,  # length
    _COUNTS,  # dots inside a word, as in a bare domain
    _COUNTS,  # at signs: handles, addresses
    _COUNTS,  # long numbers
    _COUNTS,  # names of letters that end in two digits or more
)
_MARKED = [0, 1, 2, 3, 5, 6, 8]  # the kinds that are counted by marks on entries
FIRST = np.cumsum([0, *(len(steps) + 1 for steps in STEPS)], dtype=np.int32)  # where the columns of each kind begin
_MOST = max(map(len, STEPS))
LIMITS = np.array([(*steps, *[np.inf] * (_MOST - len(steps))) for steps in STEPS])
SHAPES = int(FIRST[-1])  # columns in all


def shape_columns(folded: Folded) -> NDArray[np.int32]:
    """Return for each text and kind the step that it is on, from 0 to `SHAPES - 1`: an array (texts, kinds)."""
    entries, bounds = folded.entries, folded.bounds
    codes = entries & CODE
    latin = entries & LATIN != 0
    upper = entries & UPPER != 0
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    dot, slash = codes == ord("."), codes == ord("/")
    marks = np.zeros((1 + len(_MARKED), len(codes)), dtype=np.bool_)
    marks[0] = latin
    marks[1] = upper
    marks[2] = entries & STYLED != 0
    marks[3] = codes == ord("!")
    marks[4, 2:] = (codes[:-2] == ord(":")) & slash[1:-1] & slash[2:]
    marks[5, 2:] = (latin | digit)[:-2] & dot[1:-1] & (latin & ~upper)[2:]
    marks[6] = codes == ord("@")
    ends = digit[:-1] & (entries[1:] & WORD == 0)
    marks[7, 3:-1] = ends[3:] & digit[2:-2] & (latin[1:-3] | latin[:-4])
    values = np.empty((len(STEPS), len(bounds) - 1))
    totals = _totals(marks, bounds)
    values[_MARKED] = totals[1:]
    values[:2] /= np.maximum(totals[0], 1)
    values[4] = bounds[1:] - bounds[:-1]
    values[7] = _long_numbers(np.flatnonzero(digit), bounds)
    steps = np.count_nonzero(values[:, :, None] >= LIMITS[:, None, :], axis=2)
    found: NDArray[np.int32] = steps.T.astype(np.int32) + FIRST[:-1]
    return found


def _totals(marks: NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the marks of each kind (kinds, entries) in each text: an array (kinds, texts)."""
    kinds, size = marks.shape
    edges = np.arange(0, kinds * size, size)[:, None] + bounds
    before = np.flatnonzero(marks).searchsorted(edges)
    return before[:, 1:] - before[:, :-1]


def _long_numbers(digits: NDArray[np.intp], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the numbers of many digits, which stand at the places `digits`, in each text."""
    if len(digits) < LONG_NUMBER:
        return np.zeros(len(bounds) - 1, dtype=np.int64)
    starts = np.flatnonzero(np.diff(digits, prepend=-GAP - 1) > GAP)
    lengths = np.diff(starts, append=len(digits))
    return np.diff(digits[starts[lengths >= LONG_NUMBER]].searchsorted(bounds))
