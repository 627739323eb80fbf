"""A model's card for reading: the few signs of Markdown that our cards have, as values; a template shows them.

A card comes with a model, and whoever made that may have written anything: what is no sign of these is plain text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["heading", "text", "list", "table"]

_HEADING: Final = re.compile(r"(#{1,4}) +(.+)")
_RULE: Final = re.compile(r"\|( *:?-+:? *\|)+")
_CELL: Final = re.compile(r"(?<!\\)\|")

LONGEST: Final = 200_000
"""Characters of a card that are shown."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a card: a heading of a level, a paragraph, or the lines of a list or a table, its head first.

    Each line is its cells, each cell its pieces of text; every other piece, from the second on, was set as code.
    """

    kind: Kind
    lines: tuple[tuple[tuple[str, ...], ...], ...]
    level: int = 0


def blocks(card: str) -> Iterator[Block]:
    """The parts of a card, in order."""
    lines = card[:LONGEST].splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif found := _HEADING.fullmatch(line.strip()):
            yield Block("heading", (_cells([found[2]]),), len(found[1]))
            at += 1
        else:
            kind = _kind(line)
            end = at + 1
            while end < len(lines) and _goes_on(kind, lines[end]):
                end += 1
            yield _block(kind, lines[at:end])
            at = end


def _kind(line: str) -> Kind:
    return "table" if line.startswith("|") else "list" if line.startswith("- ") else "text"


def _goes_on(kind: Kind, line: str) -> bool:
    """Whether a line belongs to the block above it; an item of a list may go on, indented."""
    if not line.strip() or _HEADING.fullmatch(line.strip()):
        return False
    return _kind(line) == kind or (kind == "list" and line.startswith("  "))


def _block(kind: Kind, lines: Sequence[str]) -> Block:
    if kind == "table":
        rows = [_CELL.split(line.strip().strip("|")) for line in lines if not _RULE.fullmatch(line.strip())]
        return Block(kind, tuple(_cells(row) for row in rows))
    if kind == "text":
        return Block(kind, (_cells([" ".join(line.strip() for line in lines)]),))
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        else:
            items[-1] += f" {line.strip()}"
    return Block(kind, tuple(_cells([item]) for item in items))


def _cells(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(text.strip().replace("\\|", "|").split("`")) for text in texts)
