"""From raw text to what the features see, and back: one table look-up per code point, for a whole batch at once.

Folding lower-cases, strips accents from Latin letters, undoes styled and compatibility forms (Unicode NFKC), drops
what cannot be seen, turns letters that only look Latin into Latin ones where their word says so, and shortens runs.
Nothing is composed, so a long run of combining marks costs no more than any other text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, repeat

import numpy as np
from numpy.typing import NDArray

from model.confusables import CAPITALS, LOOKALIKES
from model.disguise import ADDED, GONE, MASK, undo

CODE = np.uint32(0x1FFFFF)  # the low 21 bits of an entry: the folded code point
WORD = np.uint32(1 << 21)  # part of a word
UPPER = np.uint32(1 << 22)  # was upper case
STYLED = np.uint32(1 << 23)  # a Latin letter or digit in disguise
LOOKALIKE = np.uint32(1 << 24)  # not Latin, yet looks it: Latin only in the right company
LATIN = np.uint32(1 << 25)
MANY = np.uint32(1 << 26)  # folds to several code points; the low bits are still the raw one
DROP = np.uint32(1 << 27)
VOWEL = np.uint32(1 << 28)  # or a star that stands for any letter
SPACE = np.uint32(ord(" "))

_FEW = 2  # letters that stand alone, as in "Plan B" or "I"
LONG = 16  # letters of a word that may be several
_HUMP = 3  # letters from one upper case to the next, on average: alternating case does not say where words end
LONGEST_RUN = 3  # of one sign; of one letter 2, of white space 1; digits run on
LONGEST_EXPANSION = 4  # U+FDFA alone would be 18

_BEYOND_LATIN = 0x250
_VOWELS = frozenset(f"aeiou{MASK}")
_INVISIBLE = frozenset("\u2800\u3164\u115f\u1160\uffa0\u00ad")
_MARKS = frozenset(
    code
    for first, last in (
        (0x0300, 0x036F),
        (0x0483, 0x0489),
        (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF),
        (0x20D0, 0x20FF),
        (0xFE00, 0xFE0F),
        (0xFE20, 0xFE2F),
        (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)
_ITSELF = frozenset({"Lo", "So", "Cn", "Co"})  # categories that fold to themselves unless they decompose
_PLAIN = str.maketrans("‘’‚‛′`´“”„‟«»‐‑‒–—―−⁄∕•·", "'''''''\"\"\"\"\"\"-------//..")  # noqa: RUF001
# In parentheses (small, capital), in black circles, in black squares, of flags: what they fold to is a letter alone.
_ALPHABETS = (0x249C, 0x1F110, 0x1F150, 0x1F170, 0x1F1E6)
_SMALL = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıɑɡøłđħŧ", "abcdefghijklmnoprstuvwyziagoldht", strict=True))


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text as the features see it. `offsets[i]` is the raw code point that `text[i]` came from."""

    text: str
    offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Folded:
    """A batch of texts, folded and laid end to end, each between two spaces.

    `entries` are folded code points with their flags; `origins` count raw code points within the own text (-1: the
    leading space); text k is `entries[bounds[k]:bounds[k + 1]]`, word k `entries[starts[k]:ends[k]]`.
    """

    entries: NDArray[np.uint32]
    origins: NDArray[np.int64]
    bounds: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def normalise(text: str) -> Normalised:
    """Fold one text. Never fails: any `str` will do, lone surrogates included."""
    folded = fold([text])
    codes = (folded.entries[1:-1] & CODE).astype("<u4")
    return Normalised(codes.tobytes().decode("utf-32-le", "surrogatepass"), folded.origins[1:-1])


def normalise_all(texts: Sequence[str]) -> list[str]:
    """Fold many texts at once, which costs less: what `normalise` makes of each."""
    folded = fold(texts)
    whole = (folded.entries & CODE).astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return [whole[low + 1 : high - 1] for low, high in pairwise(folded.bounds.tolist())]


def fold(texts: Sequence[str]) -> Folded:
    """Fold a batch of texts; the work is linear in their length."""
    joined = "".join([f" {text} " for text in texts])
    raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    bounds = np.array([*accumulate([len(text) + 2 for text in texts], initial=0)], dtype=np.int64)
    entries = TABLE.look_up(raw)
    origins = np.arange(len(raw), dtype=np.int64)
    flags = int(np.bitwise_or.reduce(entries))
    if flags & int(MANY):
        entries, origins, bounds = _expand(entries, origins, bounds)
    if flags & int(DROP):
        entries, origins, bounds = _keep(entries & DROP == 0, entries, origins, bounds)
    if flags & int(LOOKALIKE):
        entries = _latinise(entries, bounds)
    edges = _edges(entries)
    if flags & int(UPPER) and (edges[1::2] - edges[::2] >= LONG).any():
        entries, origins, bounds = _spaced_out(entries, origins, bounds, edges)
        edges = _edges(entries)
    plain = _undisguised(entries, bounds, edges)
    if plain is not None:
        entries, origins, bounds = _rewritten(plain, entries, origins, bounds)
        edges = _edges(entries)
    kept = _not_stretched(entries, bounds)
    if not kept.all():
        index = np.flatnonzero(kept)
        entries, origins, bounds = entries[index], origins[index], index.searchsorted(bounds)
        edges = index.searchsorted(edges)
    firsts = origins[bounds[:-1]] + 1
    origins -= firsts if len(texts) == 1 else np.repeat(firsts, bounds[1:] - bounds[:-1])
    return Folded(entries, origins, bounds, edges[::2], edges[1::2])


def _edges(entries: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return where words begin and end, by turns."""
    word = entries & WORD != 0
    return np.flatnonzero(word[1:] != word[:-1]) + 1


def _undisguised(entries: NDArray[np.uint32], bounds: NDArray[np.int64], edges: NDArray[np.int64]) -> str | None:
    """Undo what takes more than one code point to see through, text by text; None if there is nothing of it."""
    text = (entries & CODE).tobytes().decode("utf-32-le", "surrogatepass")
    single = edges[::2][edges[1::2] - edges[::2] == 1]
    if text.isascii():  # there are no marks, so that letters which are spelled out are words of one letter all
        near = single[_FEW:] - single[:-_FEW] == _FEW * len("i ")
        single = single if near.any() else single[:0]
    ends = bounds.tolist()
    spelled = np.diff(single.searchsorted(bounds)) > _FEW if len(single) > _FEW else repeat(False)
    undone = [undo(text[low:high], spelled=some) for low, high, some in zip(ends, ends[1:], spelled, strict=False)]
    plain = "".join(undone)
    return None if plain == text else plain


def _rewritten(
    plain: str, entries: NDArray[np.uint32], origins: NDArray[np.int64], bounds: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Put `plain`, as `undo` returns it, in the place of the entries."""
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sign = codes == ord(ADDED)
    own = ~sign
    own[1:] &= ~sign[:-1]
    old = np.cumsum(own) - 1  # what is added comes from where the letter before it came from
    kept = own & (codes == entries[old] & CODE)
    codes = np.where(sign | (codes == ord(GONE)), 0, codes)
    entries = np.where(kept, entries[old], TABLE.look_up(codes))
    bounds = np.append(np.flatnonzero(own), len(own))[bounds]
    return _keep(codes != 0, entries, origins[old], bounds)


def _spaced_out(
    entries: NDArray[np.uint32], origins: NDArray[np.int64], bounds: NDArray[np.int64], edges: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Put spaces into long words whose upper case says where they were: YouAreAFoolAndALiar."""
    upper = entries & UPPER != 0
    lower = (entries & WORD != 0) & ~upper
    rises = np.flatnonzero(upper[1:-1] & (lower[:-2] | lower[2:])) + 1
    owner = edges.searchsorted(rises, side="right")  # odd: within a word, not at its start
    inside = (owner % 2 == 1) & (edges[owner - 1] != rises)
    rises, owner = rises[inside], owner[inside]
    lengths = edges[owner] - edges[owner - 1]
    humps = np.bincount(owner, minlength=len(edges) + 1)[owner]
    rises = rises[(lengths >= LONG) & (lengths >= _HUMP * humps)]
    bounds = bounds + rises.searchsorted(bounds)
    return np.insert(entries, rises, SPACE), np.insert(origins, rises, origins[rises]), bounds


def _keep(
    kept: NDArray[np.bool_],
    entries: NDArray[np.uint32],
    origins: NDArray[np.int64],
    bounds: NDArray[np.int64],
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    index = np.flatnonzero(kept)
    if len(index) == len(entries):
        return entries, origins, bounds
    return entries[index], origins[index], index.searchsorted(bounds)


def _expand(
    entries: NDArray[np.uint32], origins: NDArray[np.int64], bounds: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    places = np.flatnonzero(entries & MANY)
    parts, counts = TABLE.expansions(entries[places] & CODE)
    lengths = np.ones(len(entries), dtype=np.int64)
    lengths[places] = counts
    ends = np.cumsum(lengths)
    longer = np.repeat(entries, lengths)
    firsts = ends[places] - counts
    for k in range(LONGEST_EXPANSION):
        there = counts > k
        longer[firsts[there] + k] = parts[there, k]
    return longer, np.repeat(origins, lengths), np.concatenate(([0], ends))[bounds]


def _not_stretched(entries: NDArray[np.uint32], bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which entries to keep: all but the tails of long runs, and of white space."""
    codes = entries & CODE
    again = codes[1:] == codes[:-1]
    kept = np.ones(len(codes), dtype=np.bool_)
    np.logical_not(again & (codes[1:] == SPACE), out=kept[1:])
    third = np.flatnonzero(again[1:] & again[:-1]) + 2
    if len(third):
        ran = codes[third]
        fourth = (third > LONGEST_RUN) & (ran == codes[third - LONGEST_RUN])
        letter = entries[third] & WORD != 0
        digit = (ran >= ord("0")) & (ran <= ord("9"))
        kept[third[np.where(letter, ~digit, fourth)]] = False
    kept[bounds[:-1]] = True
    return kept


def _latinise(entries: NDArray[np.uint32], bounds: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Turn look-alikes into Latin: in words with a Latin letter, and in words of nothing else in a Latin text."""
    word = entries & WORD != 0
    alike = entries & LOOKALIKE != 0
    latin = entries & LATIN != 0
    other = word & ~latin & ~alike
    number = np.cumsum(np.diff(word, prepend=False) & word)
    count = int(number[-1]) + 1
    has_latin = np.bincount(number[latin], minlength=count) > 0
    has_other = np.bincount(number[other], minlength=count) > 0
    surplus = np.add.reduceat(latin.astype(np.int64) - other, bounds[:-1])
    latin_text = np.repeat(surplus > 0, np.diff(bounds))
    change = alike & (has_latin[number] | (latin_text & ~has_other[number]))
    changed = entries.copy()
    changed[change] = [TABLE.lookalike(entry) for entry in entries[change].tolist()]
    return changed


class _Table:
    """One entry for every code point, filled in as code points turn up (ASCII at once)."""

    def __init__(self) -> None:
        self.entries = np.zeros(0x110000, dtype=np.uint32)  # 0: not yet known
        self._expansions: dict[int, list[int]] = {}  # entries, filled up with zeros
        for code in range(_BEYOND_LATIN):
            self._learn(code)

    def look_up(self, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        entries = self.entries[codes]
        if not entries.all():
            for code in np.unique(codes[entries == 0]).tolist():
                self._learn(code)
            entries = self.entries[codes]
        return entries

    def expansions(self, codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Return the entries that each code point becomes (count, LONGEST_EXPANSION), and how many they are."""
        distinct, place = np.unique(codes, return_inverse=True)
        parts = np.array([self._expansions[code] for code in distinct.tolist()], dtype=np.uint32)[place]
        return parts, np.count_nonzero(parts, axis=1)

    def lookalike(self, entry: int) -> int:
        char = chr(entry & int(CODE))
        latin = CAPITALS.get(char) if entry & int(UPPER) else None
        latin = latin or LOOKALIKES[char]
        return int(self.entries[ord(latin)] | STYLED)

    def _learn(self, code: int) -> None:
        parts = [_entry(char, code) for char in _fold_one(chr(code))[:LONGEST_EXPANSION]]
        if not parts:
            self.entries[code] = DROP
        elif len(parts) == 1:
            self.entries[code] = parts[0]
        else:
            self._expansions[code] = [*parts, *[0] * (LONGEST_EXPANSION - len(parts))]
            self.entries[code] = int(MANY) | code


def _entry(char: str, origin: int) -> int:
    """Describe the folded `char`, which came from the code point `origin`."""
    entry = ord(char)
    if char.isalnum() or unicodedata.category(char)[0] in "LM":
        entry |= int(WORD)
    if unicodedata.category(chr(origin)) == "Lu":  # letters in circles and squares come in one case, and do not shout
        entry |= int(UPPER)
    if char in LOOKALIKES:
        entry |= int(LOOKALIKE)
    if "a" <= char <= "z":
        entry |= int(LATIN)
    if char in _VOWELS:
        entry |= int(VOWEL)
    if origin >= _BEYOND_LATIN and char.isascii() and char.isalnum():
        entry |= int(STYLED)
    return entry


def _fold_one(char: str) -> str:
    code = ord(char)
    if "가" <= char <= "힣":
        return unicodedata.normalize("NFD", char)
    category = unicodedata.category(char)
    if char in _INVISIBLE or category == "Cf" or code in _MARKS:
        return ""
    for first in _ALPHABETS:
        if first <= code < first + 26:
            return chr(code - first + ord("a"))
    if category in _ITSELF and not unicodedata.decomposition(char):
        return _SMALL.get(char, char)
    plain = unicodedata.normalize("NFKC", char.translate(_PLAIN)).translate(_PLAIN).casefold()
    return "".join(_bare(part) for part in plain)


def _bare(char: str) -> str:
    if char.isspace() or unicodedata.category(char) == "Cc":
        return " "
    if ord(char) in _MARKS:
        return ""
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else _SMALL.get(char, char)


TABLE = _Table()
