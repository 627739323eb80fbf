"""Where slurs and the coarsest insults stand in a text, disguised ones too, so that they can be masked."""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind

from model.text import normalise
from service.moderation.rules import HARMLESS, WORD, listed, words_of_all

ANY_ENDING: Final = "*"
"""At the end of an entry of `slurs.txt`: the last word may go on."""

Stretch = tuple[int, int]
"""A part of a text, `[start, end)` in code points."""


def slurs_in(text: str) -> list[Stretch]:
    """The slurs of a text as it was sent, in order, none of them overlapping; linear work for any text.

    They are found in the text as the model sees it (case, accents and disguises undone), by whole words. A stretch goes
    to where the next thing is that the model sees, so that what was stretched or hung onto a word goes with it.
    """
    seen = normalise(text)
    words = [found.span() for found in WORD.finditer(seen.text)]
    if not words:
        return []
    origins = [*seen.offsets.tolist(), len(text)]
    return [(origins[start], max(origins[end], origins[end - 1] + 1)) for start, end in _matches(seen.text, words)]


def _matches(folded: str, words: list[Stretch]) -> Iterator[Stretch]:
    """The slurs of a folded text, from their first word's start to their last one's end."""
    automaton, slurs = _automaton()
    spelled = [folded[start:end] for start, end in words]
    firsts = [*accumulate((len(word) + len("  ") for word in spelled), initial=0)]
    for entry, start, end in automaton.find_matches_as_indexes(_joined(spelled)):
        if entry < slurs:
            yield words[bisect_left(firsts, start)][0], words[bisect_left(firsts, end) - 1][1]


@cache
def _automaton() -> tuple[AhoCorasick, int]:
    """What to look for, slurs first, then what is harmless; how many slurs.

    Of several that begin at one place the longest is found, so that a harmless one hides the slur that begins it.
    """
    lines = listed("slurs.txt")
    slurs = [line for line in lines if not line.startswith(HARMLESS)]
    entries = [*slurs, *(line.removeprefix(HARMLESS) for line in lines if line.startswith(HARMLESS))]
    folded = words_of_all([entry.removesuffix(ANY_ENDING) for entry in entries])
    needles = [
        _joined(words.split())[: -len(" ") if entry.endswith(ANY_ENDING) else None]
        for entry, words in zip(entries, folded, strict=True)
    ]
    return AhoCorasick(needles, matchkind=MatchKind.LeftmostLongest), len(slurs)


def _joined(words: list[str]) -> str:
    """Words each between two spaces of its own, so that what is found does not take a neighbour's."""
    return "".join(f" {word} " for word in words)
