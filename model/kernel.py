"""The kernel that numba compiles: from code points, or a folded text, to the linear part of its score.

`model.compiled` calls it, and the numpy of `model.text`, `model.features` and `model.shape` says what it has to give.
Numba's cache knows of changes in this file only. So whatever is said elsewhere comes in as an argument, `RECORD`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import boolean, int64, njit, uint8, uint32, uint64, void
from numpy.typing import NDArray

from model.jit import ASCII, KINDS, RAW, SIGNATURE, Columns, Entries, Hashes, Rows, Weights, compiled

LETTER, DIGIT, BREAK, BANG, ODD, FIVE, CLOSE, WIDE = (1 << k for k in range(8))  # what a character is to a disguise
HASH_BASE = 0x100000001B3  # of FNV; the hash is a polynomial, so that letters can be added at its end
HASH_MIX, HASH_SHIFT = 0x9E3779B97F4A7C15, 40
DONE, SUSPECT, TO_FOLD = range(3)

_MEMBER = LETTER | DIGIT | BREAK | BANG | ODD
_SHORTEST_MISSPELT = 3  # letters
_SPACE, _SLASH, _DOT, _PARENTHESIS, _BRACKET, _COLON, _EXCLAMATION, _AT, _ZERO, _NINE, _EURO = map(ord, " /.)]:!@09€")
_D, _I, _L, _O, _P, _T, _X = map(ord, "diloptx")


@njit
def _within(table: Hashes, value: Any) -> bool:
    """Say whether the hash `value` is in the table."""
    last = uint64(len(table) - 1)
    place = ((value * uint64(HASH_MIX)) >> uint64(HASH_SHIFT)) & last
    while table[place]:
        if table[place] == value:
            return True
        place = (place + uint64(1)) & last
    return False


@njit
def _look_up(raw: Entries, table: Entries, c: Any, entries: Entries) -> int:
    """Write the folded entries between two spaces; return how many, or 0 where that takes more than a look-up."""
    entries[0] = table[_SPACE]
    size = 1
    for code in raw:
        entry = table[code]
        if entry == 0 or entry & c.rare:
            return 0
        entries[size] = entry
        size += 0 if entry & c.drop else 1
    entries[size] = table[_SPACE]
    return size + 1


@njit
def _humped(entries: Entries, c: Any) -> bool:
    """Say whether there is a long word with upper case after its first letter."""
    start = 0  # of the word, less one
    upper = False
    for i in range(1, len(entries)):
        if entries[i] & c.word == 0:
            if upper and i - start > c.hump:
                return True
            start, upper = i, False
        elif i > start + 1 and entries[i] & c.upper:
            upper = True
    return False


@njit
def _spelled_or_linked(entries: Entries, c: Any) -> bool:
    """Say whether letters may be spelled out, or a link be written so that no program sees it."""
    for i in range(3, len(entries)):
        code, before = entries[i] & c.code, entries[i - 1] & c.code
        if _in_link(entries[i - 2] & c.code, before, code):
            return True
        if before < ASCII and entries[i] & c.word and before == entries[i - 3] & c.code:
            sign = c.ascii[before] & (CLOSE | WIDE)
            if (sign == CLOSE and _chained(entries, i, 2, c)) or (sign == WIDE and _chained(entries, i, 3, c)):
                return True
    return False


@njit
def _in_link(third: int, before: int, code: int) -> bool:
    """Say whether three characters may end what `undo` looks for before it looks for links."""
    if code == _SLASH:
        return before == _SLASH or (before == _SPACE and third == _SLASH)
    if before == _DOT:
        return code == _PARENTHESIS or code == _BRACKET  # noqa: PLR1714 (numba makes a set slowly)
    return (code == _T and before == _O and third == _D) or (code == _P and before == _X and third == _X)


@njit
def _chained(entries: Entries, end: int, signs: int, c: Any) -> bool:
    """Say whether so many signs, all alike, stand between single letters, of which the last is at `end`.

    A mark is part of a word, but not to `re`: what stands behind one may begin a word.
    """
    start = end - 2 * signs
    if start < 1:
        return False
    for i in range(start, end, 2):
        if entries[i] & c.word == 0 or entries[i + 1] & c.code != entries[end - 1] & c.code:
            return False
    return entries[start - 1] & c.word == 0 or entries[start - 1] & c.code >= ASCII


@njit
def _disguised(entries: Entries, c: Any, known: Hashes, misspelt: Hashes) -> bool:
    """Say whether `undo` may find a word in disguise in one of the runs of letters, digits, signs and breaks."""
    start = letters = 0
    seen = uint8(0)
    part = uint64(0)
    for i in range(len(entries)):  # a text ends with a space
        kind = _kind(entries[i], c)
        seen |= kind
        if kind & LETTER:
            letters += 1
            part = part * uint64(HASH_BASE) + uint64(entries[i] & c.code)
            continue
        if letters >= _SHORTEST_MISSPELT and _within(misspelt, part):
            return True
        letters, part = 0, uint64(0)
        if kind & _MEMBER == 0:
            if seen & (DIGIT | ODD | BREAK | BANG) and _hides(entries, start, i, c, known):
                return True
            start, seen = i + 1, uint8(0)
    return False


@njit
def _kind(entry: int, c: Any) -> int:
    code = entry & c.code
    return c.ascii[code] if code < ASCII else uint8(ODD if code == _EURO else 0)


@njit
def _hides(entries: Entries, start: int, end: int, c: Any, known: Hashes) -> bool:
    """Say whether the run `[start, end)` may hide a word.

    It may where letters stand beside digits or signs; where its letters, with the exclamation marks at its end read as
    "i" or "l", are a word that people disguise; where it is long, or has two of `$` and `5`. Its parts are what lies
    between breaks.
    """
    base = uint64(HASH_BASE)
    fives = breaks = bangs = breaks_at_bang = 0
    seen = in_part = uint8(0)  # kinds
    inner = mixed = False  # a break between letters; letters beside digits or signs
    part = whole = part_i = part_l = whole_i = whole_l = uint64(0)
    for i in range(start, end):
        entry = entries[i]
        kind = _kind(entry, c)
        seen |= kind
        fives += kind & FIVE != 0
        if kind & LETTER:
            if bangs:
                return True
            inner |= breaks > 0 and whole != 0
            part = part * base + uint64(entry & c.code)
            whole = whole * base + uint64(entry & c.code)
        else:
            if kind & BANG and bangs == 0:
                part_i = part_l = part
                whole_i = whole_l = whole
            part = uint64(0)
        if kind & BREAK:
            breaks, in_part = breaks + 1, uint8(0)
        elif kind & BANG:
            if bangs and breaks != breaks_at_bang:
                return True
            bangs, breaks_at_bang = bangs + 1, breaks
            part_i, part_l = part_i * base + uint64(_I), part_l * base + uint64(_L)
            whole_i, whole_l = whole_i * base + uint64(_I), whole_l * base + uint64(_L)
        else:
            in_part |= kind
            mixed |= in_part & LETTER != 0 and in_part & (DIGIT | ODD) != 0
    if seen & LETTER == 0:
        return fives > 1 and seen & (BANG | ODD) != 0
    if end - start > c.longest_run or mixed or fives > 1:
        return True
    if seen & (DIGIT | ODD):
        return inner or bangs > 0
    if bangs:
        found = _within(known, part_i) or _within(known, part_l)
        return found or (breaks > 0 and (_within(known, whole_i) or _within(known, whole_l)))
    return inner and _within(known, whole)


@njit
def _shorten(entries: Entries, c: Any) -> int:
    """Leave out the tails of long runs, and of white space, in place; return how many entries there are then."""
    size = run = 1
    last = entries[0] & c.code
    for i in range(1, len(entries)):
        entry = entries[i]
        code = entry & c.code
        run = run + 1 if code == last else 1
        last = code
        if run > 1:
            if code == _SPACE:
                continue
            if run > 2 and (code < _ZERO or code > _NINE if entry & c.word else run > c.run):
                continue
        entries[size] = entry
        size += 1
    return size


@njit
def _steps(entries: Entries, c: Any, found: Columns, size: int) -> int:
    """Add the columns of `model.shape`; return the number of columns."""
    latin = upper = styled = bangs = links = dots = ats = names = numbers = in_number = 0
    last_digit = -c.gap - 1
    count = len(entries)
    for i in range(count):
        entry = entries[i]
        code = entry & c.code
        if entry & (c.latin | c.upper | c.styled):
            latin += entry & c.latin != 0
            upper += entry & c.upper != 0
            styled += entry & c.styled != 0
        if _ZERO <= code <= _NINE:
            in_number = in_number + 1 if i - last_digit <= c.gap else 1
            numbers += in_number == c.long_number
            last_digit = i
            last = 2 < i < count - 1 and entries[i + 1] & c.word == 0
            names += last and _is_digit(entries[i - 1], c) and (entries[i - 2] | entries[i - 3]) & c.latin != 0
        elif code == _EXCLAMATION:
            bangs += 1
        elif code == _AT:
            ats += 1
        elif code == _SLASH:
            if i > 1 and entries[i - 1] & c.code == _SLASH and entries[i - 2] & c.code == _COLON:
                links += 1
        elif code == _DOT and 0 < i < count - 1:
            after = entries[i + 1]
            if after & c.latin and after & c.upper == 0:
                dots += entries[i - 1] & c.latin != 0 or _is_digit(entries[i - 1], c)
    letters = max(latin, 1)
    values = np.array(
        [upper / letters, styled / letters, float(bangs), links, count, dots, ats, numbers, names], dtype=np.float64
    )
    for kind in range(len(values)):
        column = c.shapes_from + c.first[kind]
        for limit in c.limits[kind]:
            if values[kind] >= limit:
                column += 1
        found[size] = column
        size += 1
    return size


@njit
def _is_digit(entry: Any, c: Any) -> bool:
    return _ZERO <= entry & c.code <= _NINE


@njit
def _words(entries: Entries, c: Any, powers: Hashes, found: Columns, size: int) -> int:
    """Add the columns of `model.features.word_columns`; return the number of columns."""
    start = -1
    before = uint64(0)
    pair = False
    whole = letters = bones = power = uint64(0)
    for i in range(1, len(entries)):  # a space is before every word and after it
        entry = entries[i]
        code = uint64(entry & c.code)
        if entry & c.word:
            if start < 0:
                start = i
                whole = letters = bones = uint64(0)
                power = uint64(1)
            whole += code * power
            power *= c.word_base
            if code != uint64(entries[i - 1] & c.code):
                number = powers[entry & c.code & c.letters]
                letters += number
                if entry & c.vowel == 0:
                    bones += number
        elif start >= 0:
            whole ^= whole >> uint64(29)
            whole *= c.word_mix
            found[size] = c.words_from + int64(whole >> c.word_shift)
            size += 1
            if i - start >= c.blurred:
                first = uint64(entries[start] & c.code) * c.pair_mix
                found[size] = _word_column(letters + first, c)
                found[size + 1] = _word_column((bones + first) * c.blur_mix, c)
                size += 2
            if pair:
                found[size] = _word_column(before * c.pair_mix + whole, c)
                size += 1
            before, pair, start = whole, True, -1
    return size


@njit
def _word_column(value: Any, c: Any) -> int:
    value ^= value >> uint64(31)
    value *= c.word_mix
    return c.words_from + int64(value >> c.word_shift)


@njit
def _chars(entries: Entries, c: Any, found: Columns, size: int) -> int:
    """Add the columns of `model.features.char_columns`; return the number of columns."""
    count = len(entries)
    single = np.empty(count, dtype=np.uint32)
    for i in range(count):
        mixed = uint32((entries[i] & c.code) * c.char_mix[0])
        single[i] = mixed ^ (mixed >> uint32(15))
    rolled = single.copy()
    base = c.char_base
    for length in range(1, min(c.longest, count) + 1):
        if length > 1:
            for i in range(count - length + 1):
                rolled[i] = uint32(rolled[i] * base) + single[i + length - 1]
        if length >= c.shortest:
            mix, shift = c.char_mix[length - 1], c.char_shift
            for i in range(count - length + 1):
                mixed = uint32((rolled[i] ^ (rolled[i] >> uint32(15))) * mix)
                found[size + i] = mixed >> shift
            size += count - length + 1
    return size


@njit
def _distinct(columns: Columns, width: int) -> int:
    """Bring each column that occurs to the front once; return how many there are."""
    seen = np.zeros((width >> 6) + 1, dtype=np.uint64)  # bits
    size = 0
    for column in columns:
        bit = uint64(1) << uint64(column & 63)
        new = seen[column >> 6] & bit == 0
        seen[column >> 6] |= bit
        columns[size] = column
        size += new
    return size


@njit
def _sum(entries: Entries, c: Any, powers: Hashes, weights: Weights, found: Rows, row: int) -> None:
    """Write z of folded entries into a row of `found`."""
    width = weights.shape[1]
    columns = np.empty((c.longest - c.shortest + 3) * len(entries) + KINDS + 1, dtype=np.int32)
    columns[0] = c.dead
    size = _steps(entries, c, columns, 1)
    size = _words(entries, c, powers, columns, size)
    size = _chars(entries, c, columns, size)
    sums = np.zeros(width, dtype=np.float64)
    for column in columns[: _distinct(columns[:size], len(weights))]:
        for k in range(width):
            sums[k] += weights[column, k]
    for k in range(width - 1):
        found[row, k] = sums[k] / np.sqrt(sums[width - 1])


@compiled(int64(RAW, uint32[::1], *SIGNATURE, boolean))
def from_raw(
    raw: Entries,
    table: Entries,
    record: NDArray[np.void],
    hashes: tuple[Hashes, Hashes, Hashes],
    weights: Weights,
    found: Rows,
    row: int,
    plain: bool,
) -> int:
    """Write z of a text into a row of `found`, if it can be folded here; say what was done.

    `table`: the entry of each code point; `hashes`: powers of the word base, words that are known, misspelt ones;
    `plain`: it is known that nothing in the text is in disguise.
    """
    c, (powers, known, misspelt) = record[0], hashes
    entries = np.empty(len(raw) + 2, dtype=np.uint32)
    entries = entries[: _look_up(raw, table, c, entries)]
    if len(entries) == 0 or _humped(entries, c):
        return TO_FOLD
    if not plain and (_spelled_or_linked(entries, c) or _disguised(entries, c, known, misspelt)):
        return SUSPECT
    _sum(entries[: _shorten(entries, c)], c, powers, weights, found, row)
    return DONE


@compiled(void(uint32[::1], *SIGNATURE))
def from_folded(
    entries: Entries,
    record: NDArray[np.void],
    hashes: tuple[Hashes, Hashes, Hashes],
    weights: Weights,
    found: Rows,
    row: int,
) -> None:
    """Write z of folded entries into a row of `found`."""
    _sum(entries, record[0], hashes[0], weights, found, row)
