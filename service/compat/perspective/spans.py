"""Sentences of a comment, and their places in the units in which Perspective counts."""

import re
from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise
from typing import Final

MOST: Final = 100
"""Spans of one comment; where there are more sentences, neighbours are taken together."""

_ENDS: Final = re.compile(r"""[.!?…]++["'\u201d\u2019\xbb)\]]*+|[\u3002\uff01\uff1f]++|[\r\n\u2028\u2029]++""")
_BETWEEN_WORDS: Final = ".!?…"
"""Signs that may stand inside a word or a number. The wide ones may not: no blank follows them."""

_WIDE: Final = re.compile(r"[\U00010000-\U0010FFFF]")


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand, `[begin, end)` in code points, without the blanks around them.

    One ends at `.`, `!`, `?` or `…` before a blank, at their wide forms, or with the line. There are `MOST` at the
    most, and none in a text of blanks.
    """
    cuts = [0]
    for found in _ENDS.finditer(text):
        after = text[found.end() : found.end() + 1]
        if found[0][0] not in _BETWEEN_WORDS or not after or after.isspace():
            cuts.append(found.end())
    cuts.append(len(text))
    whole = [span for begin, end in pairwise(cuts) if (span := _bare(text, begin, end))]
    width = -(-len(whole) // MOST) or 1
    parts = [whole[at : at + width] for at in range(0, len(whole), width)]
    return [(part[0][0], part[-1][1]) for part in parts]


def _bare(text: str, begin: int, end: int) -> tuple[int, int] | None:
    part = text[begin:end]
    bare = part.strip()
    if not bare:
        return None
    begin += len(part) - len(part.lstrip())
    return begin, begin + len(bare)


def utf16(text: str) -> Callable[[int], int]:
    """What turns a place in code points into one in UTF-16 code units."""
    wide = [found.start() for found in _WIDE.finditer(text)]
    return lambda place: place + bisect_left(wide, place)
