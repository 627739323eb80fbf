"""Short examples of our own writing: what a few words' difference makes, where the public data sets have gaps.

Identity terms in plain and in hateful sentences, insults and courteous disagreement, threats, links that inform and
links that sell; and spam of many trades and tongues. They are licensed CC0 1.0.

`contrast.json`, `contrast_groups.json` and `contrast_spam.json` are for training. `suite.json` is for the gate and is
never trained on: other sentences about the same differences, so that what a candidate learned by heart does not count.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from model.data import Example

SOURCE = "winnow_contrast"
SPAM_SOURCE = "winnow_contrast_spam"
GROUPS_SOURCE = "winnow_contrast_groups"
SUITE = "winnow_suite"
_STEPS = (1, 3, 5, 7)  # slots of one sentence walk through their values at different paces


def contrast_examples() -> list[Example]:
    """Return those for training, in a fixed order; the sentences of one pattern are one group."""
    return [
        *_examples(_content("contrast.json"), SOURCE, "en"),
        *_examples(_content("contrast_groups.json"), GROUPS_SOURCE, "en"),
        *_examples(_content("contrast_spam.json"), SPAM_SOURCE, "en"),
    ]


def _content(name: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(Path(__file__).with_name(name).read_bytes())
    return content


def _examples(content: Mapping[str, Any], source: str, language: str) -> list[Example]:
    return [
        Example(text, row["labels"], source, language, pattern)
        for row in content["rows"]
        for pattern in row["texts"]
        for text in _fill(pattern, content["slots"])
    ]


def group_words() -> tuple[Sequence[str], Sequence[str]]:
    """Return words for groups of people: those that stand beside a noun, and plural nouns."""
    slots = _content("contrast.json")["slots"]
    return slots["group"], slots["plural"]


def suite_examples() -> list[Example]:
    """Return the gate's own examples, in a fixed order."""
    rows = _content("suite.json")["rows"]
    return [Example(text, row["labels"], SUITE, "en", "") for row in rows for text in row["texts"]]


def _fill(pattern: str, slots: Mapping[str, Sequence[str]]) -> Iterator[str]:
    names = sorted({name for _, name, _, _ in string.Formatter().parse(pattern) if name})
    for turn in range(max((len(slots[name]) for name in names), default=1)):
        values = {name: slots[name][turn * step % len(slots[name])] for name, step in zip(names, _STEPS, strict=False)}
        yield pattern.format(**values)
