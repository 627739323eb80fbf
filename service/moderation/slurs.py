"""Where slurs and the coarsest insults stand in a text, disguised ones too, so that they can be masked."""

from functools import cache
from itertools import chain
from typing import Final

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from numpy.typing import NDArray

from model.text import normalise, normalise_all
from service.moderation.rules import HARMLESS, listed

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
    starts, ends = _found(seen.text)
    origins = np.append(seen.offsets, len(text))
    return [*zip(origins[starts].tolist(), np.maximum(origins[ends], origins[ends - 1] + 1).tolist(), strict=True)]


def _found(folded: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the slurs of a folded text start, each with its first word, and where their last words end."""
    automaton, slurs = _automaton()
    spelled, places = _spelled(folded)
    matches = chain.from_iterable(automaton.find_matches_as_indexes(spelled))
    entries, starts, ends = np.fromiter(matches, np.int64).reshape(-1, 3).T
    spaces = np.flatnonzero(np.array([spelled]).view("U1") == " ")
    behind = spaces[spaces.searchsorted(ends[entries < slurs] - len(" "))]
    return places[starts[entries < slurs] + len(" ")], places[behind - 1] + 1


def _spelled(folded: str) -> tuple[str, NDArray[np.int64]]:
    """The words of a folded text, each between two spaces of its own; where in the text each character stands.

    They have spaces of their own so that what is found does not take a neighbour's.
    """
    chars = np.array([f" {folded} "]).view("U1")
    word = np.char.isalnum(chars) | (chars == "_")  # as `\w` has it
    times = word.astype(np.int64)
    times[:-1] += word[1:] & ~word[:-1]
    times[1:] += word[:-1] & ~word[1:]
    places = np.repeat(np.arange(len(chars)), times)
    return np.where(word, chars, " ")[places].tobytes().decode("utf-32-le"), places - len(" ")


@cache
def _automaton() -> tuple[AhoCorasick, int]:
    """What to look for, slurs first, then what is harmless; how many slurs.

    Of several that begin at one place the longest is found, so that a harmless one hides the slur that begins it.
    """
    lines = listed("slurs.txt")
    slurs = [line for line in lines if not line.startswith(HARMLESS)]
    entries = [*slurs, *(line.removeprefix(HARMLESS) for line in lines if line.startswith(HARMLESS))]
    folded = normalise_all([entry.removesuffix(ANY_ENDING) for entry in entries])
    needles = [
        _spelled(words)[0][: -len(" ") if entry.endswith(ANY_ENDING) else None]
        for entry, words in zip(entries, folded, strict=True)
    ]
    return AhoCorasick(needles, matchkind=MatchKind.LeftmostLongest), len(slurs)
