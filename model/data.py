"""Labelled comments: examples from rows, telling what may be used, de-duplicating across sources, splitting."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from model.layouts import Table, files, labels_by_id, tables
from model.rows import Advance, DataError, Row, rows
from model.text import normalise

__all__ = [
    "DataError", "Example", "Skips", "Source", "Suggested",
    "draw", "files", "held_out", "keep", "read", "select", "usable",
]  # fmt: skip

_ENGLISH = "en"
TEACHER = "winnow_teacher"  # the source of pieces that a teacher labelled (`model.teacher`)
MAJORITY = 0.5  # the share of raters from which on a label counts as given

_UNMARKED = frozenset({"", "0", "false", "no"})  # what is no mark, also where a table holds text alone

_CLOSING = re.compile(r"\s+([.,!?;:%)\]]|n't\b|'(?:s|re|m|ve|ll|d)\b)")
_OPENING = re.compile(r"([(\[])\s+")


@dataclass(frozen=True, slots=True)
class Source:
    """Where labelled comments come from.

    `tokenised`: punctuation stands apart and upper case is gone, in some rows or in all. `presumed` are labels that all
    rows may be taken to have.
    """

    name: str
    licence: str
    ship: bool
    language: str = _ENGLISH
    tokenised: bool = False
    presumed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """A comment and what is known of it: `labels` holds shares of raters; a missing attribute is unknown, never 0.

    Rows of one `group` are variants of each other and stay together when data is split. Of a moderator's decision,
    `decided_at` is its time (RFC 3339, UTC; empty: unknown), and `probability` the chance with which the comment was
    looked at (None: unknown). `suggested`: no moderator gave these labels, see `Suggested`.
    """

    text: str
    labels: Mapping[str, float]
    source: str
    language: str
    group: str
    decided_at: str = ""
    probability: float | None = None
    suggested: bool = False


def _sources() -> dict[str, Source]:
    rows = orjson.loads(Path(__file__).with_name("sources.json").read_bytes())
    return {key: Source(**row) for key, row in rows.items()}


SOURCES = _sources()


class Skips:
    """What was left out: how often for each reason, and where first."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, reason: str, place: str = "") -> None:
        """Count one more."""
        self.counts[reason] += 1
        self._first.setdefault(reason, place)

    def lines(self) -> Iterator[str]:
        """Say each reason in a line."""
        for reason, count in sorted(self.counts.items()):
            place = f" (first: {self._first[reason]})" if self._first[reason] else ""
            yield f"skipped {count:,}: {reason}{place}"


@dataclass(slots=True)
class Suggested:
    """Labels that no moderator gave: rows with `"suggested": true`, as `winnow export suggestions` writes them.

    Anybody who holds a key that posts can send them, as many as they like, so that they are left out unless somebody
    asks for them. `met` counts those that were read.
    """

    taken: bool = False
    met: int = 0

    def lines(self) -> Iterator[str]:
        """Say what became of them, where there were any."""
        if self.met and self.taken:
            yield f"{self.met:,} labels that no moderator gave are among them"
        elif self.met:
            yield f"left out {self.met:,} labels that no moderator gave"


def read(
    paths: Iterable[Path] | Iterable[Table],
    skips: Skips | None = None,
    advance: Advance = lambda size: None,
    suggested: Suggested | None = None,
) -> Iterator[Example]:
    """Read the examples of files (`model.layouts`), one after the other, few in memory at a time.

    A row that has no text, or a label that is none, goes to `skips`; without it, it is an error. `advance` is told of
    bytes read; `suggested` says whether labels that no moderator gave are taken, and counts them. Raises `DataError`,
    for a damaged file too, and for one without a row that can be used.
    """
    suggested = suggested or Suggested()
    for table in paths:
        for one in [table] if isinstance(table, Table) else tables([table])[0]:
            for example in _examples(one, skips, advance):
                suggested.met += example.suggested
                if suggested.taken or not example.suggested:
                    yield example


def _examples(table: Table, skips: Skips | None, advance: Advance) -> Iterator[Example]:
    joined = labels_by_id(table.labels, table.layout) if table.labels else {}
    used, complaint = 0, ""
    for number, row in rows(table.path, table.layout.wanted, advance):
        try:
            example = _example({**row, **joined.get(str(row.get("id")), {})} if joined else row, table)
        except ValueError as error:
            place = f"{table.path}, row {number}"
            complaint = complaint or f"{place}: {error}"
            if skips is None:
                raise DataError(complaint) from None
            skips.add(str(error), place)
        else:
            used += 1
            yield example
    if complaint and not used:
        raise DataError(f"{complaint}; nor can any other row be used")


def _example(row: Row, table: Table) -> Example:
    text = table.layout.text(row)
    if text is None:
        raise ValueError("no text")
    labels = table.layout.labels_of(row)
    key = str(row.get("source") or table.layout.source or table.path.name.split(".")[0])
    source = SOURCES.get(key)
    if source:
        labels = {**source.presumed, **labels}
        text = _rejoin(text) if source.tokenised else text
    language = row.get("language") or row.get("lang") or (source.language if source else _ENGLISH)
    decided_at = str(row.get("decided_at") or "")
    template, marked = str(row.get("template") or ""), str(row.get("suggested") or "").lower() not in _UNMARKED
    return Example(text, labels, key, str(language), template, decided_at, _chance(row), marked)


def _chance(row: Row) -> float | None:
    given = row.get("probability")
    if given in {None, ""}:
        return None
    try:
        chance = float(str(given))
    except ValueError:
        raise ValueError("the probability is not a number") from None
    if not 0 < chance <= 1:
        raise ValueError("the probability is not above 0 and at most 1")
    return chance


def keep(path: Path, examples: Iterable[Example]) -> None:
    """Write examples as gzipped JSON lines that `read` takes; the same examples give the same bytes."""
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        for example in examples:
            row = {
                "text": example.text,
                "labels": example.labels,
                "source": example.source,
                "language": example.language,
                "template": example.group,
                "decided_at": example.decided_at or None,
                "probability": example.probability,
            }
            if example.suggested:
                row["suggested"] = True
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def _rejoin(text: str) -> str:
    """Write a tokenised text, or any other of its source, in lower case with its punctuation where it belongs."""
    return _OPENING.sub(r"\1", _CLOSING.sub(r"\1", text.lower()))


def usable(examples: Iterable[Example], skips: Skips, *, all_sources: bool = False) -> Iterator[Example]:
    """Pass on what may be trained on: rows with a label, of sources that may ship (of all, if `all_sources`).

    A source that is not in the table is somebody's own and is taken.
    """
    for example in examples:
        source = SOURCES.get(example.source)
        if source and not source.ship and not all_sources:
            skips.add(f"{example.source}: {source.licence}, must not train what ships")
        elif not example.labels:
            skips.add("no known label")
        else:
            yield example


def select(
    examples: Iterable[Example], *, against: Iterable[Example] = (), all_sources: bool = False
) -> tuple[list[Example], Counter[str]]:
    """Choose what may be trained on, all of it in memory; also say how many rows were left out, by reason.

    Left out are, beside those that are not `usable`, rows whose normalised text also occurs in `against`, and empty
    ones. Rows with the same normalised text become one, with the labels of all (the first one's where they differ).
    """
    forbidden = {normalise(example.text).text for example in against}
    kept: dict[str, Example] = {}
    skips = Skips()
    for example in usable(examples, skips, all_sources=all_sources):
        key = normalise(example.text).text
        if not key:
            skips.add("no text")
        elif key in forbidden:
            skips.add("text occurs in an evaluation file")
        elif key in kept:
            skips.add("the same text again (labels merged)")
            kept[key] = replace(kept[key], labels={**example.labels, **kept[key].labels})
        else:
            kept[key] = example
    return list(kept.values()), skips.counts


def held_out(examples: Iterable[Example], share: float, seed: int) -> list[bool]:
    """Say which examples to hold out: about `share` of them, by a hash of their group or their text."""
    limit = int(share * 2**32)
    return [draw(example.group or normalise(example.text).text, seed) < limit for example in examples]


def draw(key: str, seed: int) -> int:
    """Draw a number below 2**32 for a group or a text: always the same one."""
    content = f"{seed}/{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:4], "big")
