"""The linear part of a score by a compiled kernel, with numba (the extra `fast`): what numpy gives, in one call.

Ordinary text goes from code points to sums in the kernel. What takes more than one look-up per code point is folded by
`model.text` first: letters that only look Latin, code points that become several, long words of humps, words in
disguise. The kernel's test for the latter lets nothing pass that `undo` would change, and is content to suspect more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from model import disguise, features, shape, text
from model.features import FeatureSpec
from model.jit import ASCII, RECORD
from model.kernel import (
    BANG,
    BREAK,
    CLOSE,
    DIGIT,
    DONE,
    FIVE,
    HASH_BASE,
    HASH_MIX,
    HASH_SHIFT,
    LETTER,
    ODD,
    SUSPECT,
    WIDE,
    from_folded,
    from_raw,
)
from model.text import TABLE, Folded, fold

_LOOKED_INTO = 1 << 12  # code points; a longer text that is suspect is folded at once, since it may be meant to cost


class Compiled:
    """The linear scores under one table of weights. Nothing is kept between calls: safe for threads and greenlets."""

    def __init__(self, spec: FeatureSpec, weights: NDArray[np.float32]) -> None:
        self._weights = np.ascontiguousarray(weights).view(np.ndarray)
        self._weights.flags.writeable = False
        self._record = _record(spec)
        powers, _ = features.power_tables(features.BATCH * 2)
        self._hashes = powers, _hashed(disguise.KNOWN), _hashed(disguise.MISSPELT)

    def linear_of(self, folded: Folded) -> NDArray[np.float64]:
        """Return z of a single folded text: an array (weightings,), the same to the bit as `linear` has it."""
        found: NDArray[np.float64] = np.empty((1, self._weights.shape[1] - 1), dtype=np.float64)
        from_folded(folded.entries, self._record, self._hashes, self._weights, found, 0)
        return found.ravel()

    def linear(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return z of each text and weighting, before calibration: an array (texts, weightings)."""
        found = np.empty((len(texts), self._weights.shape[1] - 1), dtype=np.float64)
        fixed = self._record, self._hashes, self._weights, found
        for k, one in enumerate(texts):
            raw = np.frombuffer(one.encode("utf-32-le", "surrogatepass"), dtype="<u4")
            done = from_raw(raw, TABLE.entries, *fixed, k, False)
            if done == SUSPECT and len(raw) <= _LOOKED_INTO and _is_plain(raw):
                done = from_raw(raw, TABLE.entries, *fixed, k, True)
            if done != DONE:
                from_folded(fold([one]).entries, *fixed, k)
        return found


def _is_plain(raw: NDArray[np.uint32]) -> bool:
    """Say whether there is nothing to undo in a text that takes one look-up per code point."""
    entries = TABLE.entries[raw]
    codes = entries[entries & text.DROP == 0] & text.CODE
    looked_up = f" {codes.tobytes().decode('utf-32-le', 'surrogatepass')} "
    return disguise.undo(looked_up, spelled=True) == looked_up


def _record(spec: FeatureSpec) -> NDArray[np.void]:
    record = np.zeros(1, dtype=RECORD)
    one = record[0]
    for name in ("CODE", "WORD", "UPPER", "STYLED", "LATIN", "DROP", "VOWEL"):
        one[name.lower()] = getattr(text, name)
    one["rare"] = text.MANY | text.LOOKALIKE
    one["hump"] = text.LONG
    one["run"] = text.LONGEST_RUN
    one["longest_run"] = disguise.LONGEST
    one["ascii"] = [_kind(chr(code)) for code in range(ASCII)]
    one["char_shift"] = 32 - spec.char_bits
    one["char_base"] = features.CHAR_BASE
    one["char_mix"] = features.CHAR_MIX
    one["shortest"], one["longest"] = spec.shortest, spec.longest
    one["word_shift"] = 64 - spec.word_bits
    one["word_base"] = features.WORD_BASE
    one["word_mix"] = features.WORD_MIX
    one["blur_mix"] = features.BLUR_MIX[1, 0]
    one["pair_mix"] = features.PAIR_MIX
    one["letters"] = features.LETTERS
    one["blurred"] = features.SHORTEST_BLURRED
    one["words_from"], one["shapes_from"], one["dead"] = spec.words_from, spec.indicators_from, spec.dead
    one["gap"], one["long_number"] = shape.GAP, shape.LONG_NUMBER
    one["first"] = shape.FIRST
    one["limits"] = np.inf
    for row, steps in zip(one["limits"], shape.STEPS, strict=True):
        row[: len(steps)] = steps
    return record


def _kind(char: str) -> int:
    kind = FIVE if char in "$5" else 0
    kind |= (CLOSE if char in "-_*" else 0) | (WIDE if char in " ./~,|'+" else 0)
    if char not in disguise.MEMBERS:
        return kind
    if char.isalpha():
        return kind | LETTER
    if char.isdigit():
        return kind | DIGIT
    return kind | (BREAK if char in "-.'" else BANG if char == "!" else ODD)


def _hashed(words: Collection[str]) -> NDArray[np.uint64]:
    """Return the words' hashes as a table with open addressing, an eighth full at the most; 0 is free."""
    bits = (8 * len(words)).bit_length()
    table = np.zeros(1 << bits, dtype=np.uint64)
    for word in words:
        value = 0
        for char in word:
            value = (value * HASH_BASE + ord(char)) % (1 << 64)
        place = _place(value) % len(table)
        while table[place]:
            place = (place + 1) % len(table)
        table[place] = value
    return table


def _place(value: int) -> int:
    return ((value * HASH_MIX) % (1 << 64)) >> HASH_SHIFT
