"""What a text looks like, whatever its language: counts and shares in a few steps each, one column per step.

Links, addresses, telephone numbers, names that end in digits, letters in disguise: what an advertisement is made of
shows before anybody reads it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from model.text import CODE, STYLED, UPPER, WORD, Folded

GAP = 3  # at most so far apart are the digits of one number: "(555) 010-01"
LONG_NUMBER = 8  # digits
_SHARES = (0.02, 0.1, 0.3, 0.6)  # of the Latin letters
_COUNTS = (1, 2, 4)
_SIZES = (20, 50, 120, 300, 1000)  # code points
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
*FIRST, SHAPES = accumulate((len(steps) + 1 for steps in STEPS), initial=0)  # where each kind begins; columns in all

# An entry as one byte, for `bytes` and `re`: three flags and, below, what kind of character it is.
_SHIFT = 16
_FLAGS = int((WORD | UPPER | STYLED) >> _SHIFT)
_LETTER, _DIGIT, _BANG, _AT, _COLON, _SLASH, _DOT, _OTHER = range(8)
_KIND = np.full(129, _OTHER, dtype=np.uint8)
_KIND[ord("a") : ord("z") + 1] = _LETTER
_KIND[ord("0") : ord("9") + 1] = _DIGIT
for _sign, _kind in zip("!@:/.", (_BANG, _AT, _COLON, _SLASH, _DOT), strict=True):
    _KIND[ord(_sign)] = _kind


def _bytes(*kinds: int, having: int = 0, lacking: int = 0) -> bytes:
    """Return the bytes of these kinds that have some flags and lack others."""
    flags = [flag for flag in range(0, 1 << 8, 1 << 3) if flag & having == having and not flag & lacking]
    return bytes(flag | kind for flag in flags for kind in kinds)


def _any_of(allowed: bytes) -> bytes:
    return b"[" + b"".join(re.escape(allowed[k : k + 1]) for k in range(len(allowed))) + b"]"


_LETTERS, _DIGITS = _bytes(_LETTER), _bytes(_DIGIT)
_UPPER = _bytes(*range(8), having=int(UPPER >> _SHIFT))
_STYLED = _bytes(*range(8), having=int(STYLED >> _SHIFT))
_LINK = bytes((_COLON, _SLASH, _SLASH))
_IN_DOMAIN = re.compile(
    b"%b(?<=%b.)(?=%b)"
    % (
        _any_of(_bytes(_DOT)),
        _any_of(_LETTERS + _DIGITS),
        _any_of(_bytes(_LETTER, lacking=int(UPPER >> _SHIFT))),
    ),
    re.DOTALL,
)
_NAME = re.compile(
    b"%(digit)b(?<=%(digit)b.)(?:(?<=%(letter)b..)|(?<=%(letter)b...))(?=%(end)b)"
    % {
        b"digit": _any_of(_DIGITS),
        b"letter": _any_of(_LETTERS),
        b"end": _any_of(_bytes(*range(8), lacking=int(WORD >> _SHIFT))),
    },
    re.DOTALL,
)
_NUMBER = re.compile(
    b"%(digit)b(?:%(other)b{0,%(gap)d}%(digit)b){%(more)d,}"
    % {
        b"digit": _any_of(_DIGITS),
        b"other": b"[^" + _any_of(_DIGITS)[1:],
        b"gap": GAP - 1,
        b"more": LONG_NUMBER - 1,
    }
)


def shape_columns(folded: Folded) -> NDArray[np.int32]:
    """Return for each text and kind the step that it is on, from 0 to `SHAPES - 1`: an array (texts, kinds)."""
    flags = (folded.entries >> np.uint32(_SHIFT)).astype(np.uint8)
    flags &= np.uint8(_FLAGS)
    flags |= _KIND.take(folded.entries & CODE, mode="clip")
    every, bounds = flags.tobytes(), folded.bounds.tolist()
    return np.array([_shape(every[low:high]) for low, high in pairwise(bounds)], dtype=np.int32)


def _shape(text: bytes) -> list[int]:
    """Return the columns of one text, given a byte for each entry."""
    size = len(text)
    letters = max(size - len(text.translate(None, _LETTERS)), 1)
    numbered = len(text.translate(None, _DIGITS)) < size
    values = (
        (size - len(text.translate(None, _UPPER))) / letters,
        (size - len(text.translate(None, _STYLED))) / letters,
        text.count(_BANG),
        text.count(_LINK),
        size,
        len(_IN_DOMAIN.findall(text)),
        text.count(_AT),
        len(_NUMBER.findall(text)) if numbered else 0,
        len(_NAME.findall(text)) if numbered else 0,
    )
    return [first + bisect_right(steps, value) for first, steps, value in zip(FIRST, STEPS, values, strict=True)]
