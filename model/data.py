"""Labelled comments: reading, telling what may be used, de-duplicating across sources, splitting."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import orjson

from model import ATTRIBUTES
from model.text import normalise

_SPELLINGS = {"toxic": "toxicity", "severe_toxic": "severe_toxicity", "identity_hate": "identity_attack"}
_TEXT_KEYS = ("text", "comment_text")
_ENGLISH = "en"
MAJORITY = 0.5  # the share of raters from which on a label counts as given


_CLOSING = re.compile(r"\s+([.,!?;:%)\]]|n't\b|'(?:s|re|m|ve|ll|d)\b)")
_OPENING = re.compile(r"([(\[])\s+")


class DataError(Exception):
    """A file of labelled comments that cannot be read; says which, and where."""


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

    Rows of one `group` are variants of each other and stay together when data is split.
    """

    text: str
    labels: Mapping[str, float]
    source: str
    language: str
    group: str


def _sources() -> dict[str, Source]:
    rows = orjson.loads(Path(__file__).with_name("sources.json").read_bytes())
    return {key: Source(**row) for key, row in rows.items()}


SOURCES = _sources()


def files(paths: Iterable[Path]) -> list[Path]:
    """List the data files that `paths` name, folders opened, in the order of their names."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(p for p in path.iterdir() if p.name.endswith((".jsonl", ".jsonl.gz", ".csv"))))
        elif path.is_file():
            found.append(path)
        else:
            raise DataError(f"{path}: no such file or folder")
    return found


def read(paths: Iterable[Path]) -> Iterator[Example]:
    """Read the examples of JSON lines (`.jsonl`, `.jsonl.gz`) and CSV files, one after the other.

    A row has `text` and either `labels` or a column per attribute; optional are `source` (else the file's name),
    `language` or `lang` (else the source's, else English) and `template`. Raises `DataError`.
    """
    for path in files(paths):
        opener = gzip.open if path.suffix == ".gz" else open
        try:
            with opener(path, "rt", encoding="utf-8", newline="") as stream:
                rows = _csv_rows(stream) if ".csv" in path.suffixes else _json_rows(stream, path)
                for number, row in enumerate(rows, 1):
                    yield _example(row, path, number)
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, csv.Error) as error:
            raise DataError(f"{path}: {error}") from error


def _csv_rows(stream: TextIO) -> Iterator[dict[str, Any]]:
    yield from csv.DictReader(stream)


def _json_rows(stream: TextIO, path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(stream, 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}, line {number}: not an object")
        yield row


def _example(row: Mapping[str, Any], path: Path, number: int) -> Example:
    text = next((row[key] for key in _TEXT_KEYS if isinstance(row.get(key), str)), None)
    if text is None:
        raise DataError(f"{path}, row {number}: no text")
    given = row["labels"] if isinstance(row.get("labels"), dict) else row
    try:
        labels = {
            _SPELLINGS.get(key, key): float(value)
            for key, value in given.items()
            if _SPELLINGS.get(key, key) in ATTRIBUTES and value not in (None, "")
        }
    except (TypeError, ValueError):
        raise DataError(f"{path}, row {number}: a label is not a number") from None
    if not all(0 <= value <= 1 for value in labels.values()):
        raise DataError(f"{path}, row {number}: a label is not between 0 and 1")
    key = str(row.get("source") or path.name.split(".")[0])
    source = SOURCES.get(key)
    if source:
        labels = {**source.presumed, **labels}
        text = _rejoin(text) if source.tokenised else text
    language = row.get("language") or row.get("lang") or (source.language if source else _ENGLISH)
    return Example(text, labels, key, str(language), str(row.get("template") or ""))


def _rejoin(text: str) -> str:
    """Write a tokenised text, or any other of its source, in lower case with its punctuation where it belongs."""
    return _OPENING.sub(r"\1", _CLOSING.sub(r"\1", text.lower()))


def select(
    examples: Iterable[Example], *, against: Iterable[Example] = (), all_sources: bool = False
) -> tuple[list[Example], Counter[str]]:
    """Choose what may be trained on; also say how many rows were left out, by reason.

    Left out are rows of sources that must not ship (unless `all_sources`), rows whose normalised text also occurs in
    `against`, empty and unlabelled ones. Rows with the same normalised text become one, with the labels of all (the
    first one's where they differ). A source that is not in the table is somebody's own and is taken.
    """
    forbidden = {normalise(example.text).text for example in against}
    kept: dict[str, Example] = {}
    skipped: Counter[str] = Counter()
    for example in examples:
        source = SOURCES.get(example.source)
        key = normalise(example.text).text
        if source and not source.ship and not all_sources:
            skipped[f"{example.source}: {source.licence}, must not train what ships"] += 1
        elif not example.labels:
            skipped["no known label"] += 1
        elif not key:
            skipped["no text"] += 1
        elif key in forbidden:
            skipped["text occurs in an evaluation file"] += 1
        elif key in kept:
            skipped["the same text again (labels merged)"] += 1
            first = kept[key]
            merged = {**example.labels, **first.labels}
            kept[key] = Example(first.text, merged, first.source, first.language, first.group)
        else:
            kept[key] = example
    return list(kept.values()), skipped


def held_out(examples: Iterable[Example], share: float, seed: int) -> list[bool]:
    """Say which examples to hold out: about `share` of them, by a hash of their group or their text."""
    limit = int(share * 2**32)
    chosen = []
    for example in examples:
        key = f"{seed}/{example.group or normalise(example.text).text}".encode("utf-8", "surrogatepass")
        chosen.append(int.from_bytes(hashlib.sha256(key).digest()[:4], "big") < limit)
    return chosen
