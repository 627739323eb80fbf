"""How two texts differ, word by word: what both have, and what only one of them has. Nothing of either is lost."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final, Literal

from rapidfuzz.distance import Indel

Kind = Literal["same", "there", "here"]

PAIRS_AT_MOST: Final = 16_000_000
"""Words of the one times words of the other that are compared, some 25 ms at worst.

Two texts of 10,000 letters in plain words are 12 million. Beyond, all between what they begin and end with counts as
changed."""

FOLDED_FROM: Final = 240
KEPT: Final = 80
"""Characters from which a run that both texts have is folded, and how many of them stay on either side."""

_JOINERS: Final = frozenset("\u200c\u200d")
_UNSPACED: Final = (
    *(0x0E00, 0x0F00),  # Thai, Lao
    *(0x1000, 0x10A0),  # Burmese
    *(0x1780, 0x1800),  # Khmer
    *(0x3040, 0x3100),  # Kana
    *(0x3400, 0xA000),  # Han
)
"""Where scripts without spaces between words begin and end, in turns: each of their letters counts as one."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of a comparison: what both texts have (`same`), only the other one (`there`), or only this one (`here`).

    `hidden` counts the characters behind this run that were left out, see `folded`.
    """

    kind: Kind
    text: str
    hidden: int = 0


def differences(here: str, there: str) -> tuple[Segment, ...]:
    """How a text differs from another one, in order; of a change, what the other one has comes first.

    The texts of `same` and `here` make this text again, to the character, and those of `same` and `there` the other. No
    two neighbours are of one kind, none is empty, and white space alone never parts two changes: read aloud, a changed
    phrase is one.
    """
    runs: list[Segment] = []
    other = own = ""
    for same, part_there, part_here in _compared(_words(there), _words(here)):
        if same and not (part_there.isspace() and (other or own)):
            runs += [*_change(other, own), Segment("same", part_there)]
            other = own = ""
        else:
            other, own = other + part_there, own + part_here
    return _joined([*runs, *_change(other, own)])


def folded(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The same comparison with long runs that both texts have cut in their middle, at words where there are any.

    A run that was cut is two segments; the first says how many characters are `hidden` behind it.
    """
    return tuple(part for one in segments for part in _cut(one))


def _cut(one: Segment) -> tuple[Segment, ...]:
    if one.kind != "same" or len(one.text) < FOLDED_FROM:
        return (one,)
    head = one.text[:KEPT].rpartition(" ")[0] or one.text[:KEPT]
    tail = one.text[-KEPT:].partition(" ")[2] or one.text[-KEPT:]
    return Segment("same", head, len(one.text) - len(head) - len(tail)), Segment("same", tail)


def _compared(there: list[str], here: list[str]) -> Iterator[tuple[bool, str, str]]:
    """Runs of both texts: whether they are the same, the other text's part, and this one's."""
    start = _common(there, here)
    head, there, here = "".join(there[:start]), there[start:], here[start:]
    if len(there) * len(here) > PAIRS_AT_MOST:
        end = _common(there[::-1], here[::-1])
        tail = "".join(there[len(there) - end :])
        parts = [(False, "".join(there[: len(there) - end]), "".join(here[: len(here) - end])), (True, tail, tail)]
    else:
        number: dict[str, int] = {}
        numbers = [[number.setdefault(word, len(number)) for word in words] for words in (there, here)]
        parts = [
            (
                one.tag == "equal",
                "".join(there[one.src_start : one.src_end]),
                "".join(here[one.dest_start : one.dest_end]),
            )
            for one in Indel.opcodes(*numbers)
        ]
    yield from ((True, head, head), *parts)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _change(there: str, here: str) -> list[Segment]:
    """A change as segments; white space with which both sides end is in both of them."""
    pairs = zip(reversed(there), reversed(here), strict=False)
    cut = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1] and pair[0].isspace(), pairs))
    sides = [Segment("there", there[: len(there) - cut]), Segment("here", here[: len(here) - cut])]
    return [*sides, Segment("same", here[len(here) - cut :])]


def _joined(runs: Sequence[Segment]) -> tuple[Segment, ...]:
    """Runs without empty ones and without two neighbours of a kind."""
    found: list[Segment] = []
    for one in filter(lambda run: run.text, runs):
        if found and found[-1].kind == one.kind:
            found[-1] = Segment(one.kind, found[-1].text + one.text)
        else:
            found.append(one)
    return tuple(found)


def _words(text: str) -> list[str]:
    """A text as words, runs of white space and runs of signs; a mark stays with the letter on which it stands."""
    kinds = {one: _kind(one) for one in set(text)}
    starts = []
    before = ""
    for at, one in enumerate(text):
        kind = kinds[one]
        if kind == "mark" and at:
            continue
        if kind != before or kind == "letter":
            starts.append(at)
        before = kind
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]


def _kind(one: str) -> str:
    """What a character is in a text: space, a letter that is a word by itself, part of a word, a mark, or a sign."""
    if one.isspace():
        return "space"
    if one in _JOINERS or unicodedata.category(one).startswith("M"):
        return "mark"
    if bisect_right(_UNSPACED, ord(one)) % 2:
        return "letter"
    return "word" if one.isalnum() else "sign"
