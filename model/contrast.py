"""Short examples of our own writing: what a few words' difference makes, where the public data sets have gaps.

Identity terms in plain and in hateful sentences, insults and courteous disagreement, threats, links that inform and
links that sell. They are licensed CC0 1.0.

`contrast.json` is for training. `suite.json` is for the gate and is never trained on: other sentences about the same
differences, so that what a candidate learned by heart does not count.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from model.data import Example

SOURCE = "winnow_contrast"
SUITE = "winnow_suite"
_STEPS = (1, 3, 5, 7)  # slots of one sentence walk through their values at different paces


def contrast_examples() -> list[Example]:
    """Return all of them, in a fixed order; the sentences of one pattern are one group."""
    content = orjson.loads(Path(__file__).with_name("contrast.json").read_bytes())
    return [
        Example(text, row["labels"], SOURCE, "en", pattern)
        for row in content["rows"]
        for pattern in row["texts"]
        for text in _fill(pattern, content["slots"])
    ]


def suite_examples() -> list[Example]:
    """Return the gate's own examples, in a fixed order."""
    content = orjson.loads(Path(__file__).with_name("suite.json").read_bytes())
    return [Example(text, row["labels"], SUITE, "en", "") for row in content["rows"] for text in row["texts"]]


def _fill(pattern: str, slots: dict[str, Sequence[str]]) -> Iterator[str]:
    names = sorted({name for _, name, _, _ in string.Formatter().parse(pattern) if name})
    for turn in range(max((len(slots[name]) for name in names), default=1)):
        values = {name: slots[name][turn * step % len(slots[name])] for name, step in zip(names, _STEPS, strict=False)}
        yield pattern.format(**values)
