"""Comments about one group of people, said again about another: what is toxic of one is as toxic of the other.

Counterfactual augmentation (Dixon et al. 2018, Zmigrod et al. 2019): a comment that names a group is followed by a
copy that names another, with the same labels. What is said of all groups alike then tells nothing about a comment; what
else it says does. Only of attacks on a group the copy says nothing: their words differ from group to group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

from model.contrast import group_words
from model.data import Example
from model.language import ENGLISH
from model.text import normalise

ATTACK = "identity_attack"
_KINDS = tuple(tuple(word.lower() for word in words) for words in group_words())
_KIND_OF = {word: kind for kind in _KINDS for word in kind}
_NAMED = re.compile(rf"\b(?:{'|'.join(sorted(_KIND_OF, key=len, reverse=True))})\b", re.IGNORECASE)


def with_swapped(examples: Iterable[Example]) -> Iterator[Example]:
    """Pass examples on; after each English one that names a group of people comes its copy about another.

    Both are of one group, so that they are held out together. Which other one it is, a hash of the text says.
    """
    for example in examples:
        yield example
        if example.language == ENGLISH and _NAMED.search(example.text):
            labels = {name: share for name, share in example.labels.items() if name != ATTACK}
            group = example.group or normalise(example.text).text
            yield replace(example, text=swapped(example.text), labels=labels, group=group)


def swapped(text: str) -> str:
    """Return the text about other groups: each word for one becomes another of its kind, the same one every time."""
    turn = int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:4], "big")

    def other(found: re.Match[str]) -> str:
        kind = _KIND_OF[found[0].lower()]
        return kind[(kind.index(found[0].lower()) + 1 + turn % (len(kind) - 1)) % len(kind)]

    return _NAMED.sub(other, text)
