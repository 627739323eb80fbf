"""What a file of labelled comments looks like: known by its columns, so that nobody has to say.

The well-known public layouts have a source of their own (`sources.json`); all else is somebody's own, named after its
file unless a row says otherwise. Columns that mean nothing here are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model import ATTRIBUTES
from model.rows import KINDS, DataError, Row, column_names, rows

TEXT_COLUMNS = ("text", "comment_text", "comment", "body")
SPELLINGS = {
    **{attribute: attribute for attribute in ATTRIBUTES},
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}
EXTRAS = ("labels", "source", "language", "lang", "template", "decided_at", "probability", "suggested")
_UNLABELLED = -1.0  # in Jigsaw 2018's test_labels

_ESCAPED = re.compile(r"\\{1,2}(?:u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})|([nrt'\"]))")
_BYTES = re.compile(r"(?:\\{1,2}x[0-9a-fA-F]{2})+")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file: the columns that it is known by, in lower case, and what they mean.

    `texts` are the columns a comment may stand in, the first one counts; `labels` maps columns to attributes, where
    the value `unlabelled` stands for none. `escaped` texts are written as Python writes strings. `source` is where all
    its comments come from.
    """

    name: str
    columns: frozenset[str]
    texts: tuple[str, ...] = TEXT_COLUMNS
    labels: Mapping[str, str] = field(default_factory=lambda: SPELLINGS)
    source: str | None = None
    unlabelled: float | None = None
    escaped: bool = False

    def fits(self, names: Collection[str]) -> bool:
        """Say whether a file with these columns (lower case) is of this layout."""
        return self.columns <= set(names) and any(text in names for text in self.texts)

    @property
    def wanted(self) -> set[str]:
        """All columns that may be read."""
        return {"id", *self.texts, *self.labels, *EXTRAS}

    def text(self, row: Row) -> str | None:
        """Return the comment, None where there is none."""
        found = next((row[name] for name in self.texts if isinstance(row.get(name), str)), None)
        return unescaped(found) if found and self.escaped else found

    def labels_of(self, row: Row) -> dict[str, float]:
        """Return what is known. Raises `ValueError` where a label is no number, or not between 0 and 1."""
        given = row["labels"] if isinstance(row.get("labels"), dict) else row
        found = {}
        for name, value in given.items():
            attribute = self.labels.get(name.lower())
            if attribute is None or value is None or value == "":
                continue
            try:
                share = float(value)
            except (TypeError, ValueError):
                raise ValueError("a label is not a number") from None
            if share == self.unlabelled:
                continue
            if not 0 <= share <= 1:
                raise ValueError("a label is not between 0 and 1")
            found[attribute] = share
        return found


_JIGSAW = frozenset({"id", "toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"})
_CIVIL = frozenset({"severe_toxicity", "obscene", "threat", "insult", "identity_attack", "sexual_explicit"})
_CIVIL_LABELS = {**SPELLINGS, "target": "toxicity"}  # elsewhere a target is anything
_JIGSAW_2018 = "Jigsaw Toxic Comment Classification 2018"
_TEXTS_ALONE = frozenset({"id", "comment_text"})

JIGSAW = Layout(_JIGSAW_2018, _JIGSAW, ("comment_text",), source="jigsaw_2018", unlabelled=_UNLABELLED)
PUBLIC = (
    JIGSAW,
    *(
        Layout("Civil Comments", _CIVIL | {toxicity}, ("comment_text", "text"), _CIVIL_LABELS, "civil_comments")
        for toxicity in ("target", "toxicity")
    ),
    Layout(
        "Detecting Insults in Social Commentary 2012",
        frozenset({"insult", "date", "comment"}),
        ("comment",),
        {"insult": "insult"},
        source="impermium_insults_2012",
        escaped=True,
    ),
)
OWN = Layout("Winnow", frozenset())
GENERIC = Layout("columns by name", frozenset())


@dataclass(frozen=True, slots=True)
class Table:
    """A file of comments and its layout. `labels`: the file where their labels are, by id, if they are elsewhere."""

    path: Path
    layout: Layout
    labels: Path | None = None

    def __str__(self) -> str:
        joined = f", labels from {self.labels.name}" if self.labels else ""
        return f"{self.path}: {self.layout.name}{joined}"


def tables(paths: Iterable[Path]) -> tuple[list[Table], list[str]]:
    """Look at the files that `paths` name, folders opened, in the order of their names.

    Return those to read, and a line for each that was passed over: in a folder, files that hold no comments. Raises
    `DataError` for one that is not there, damaged or in no layout that we know.
    """
    found, passed = [], []
    for path, named in _named(paths):
        names = column_names(path)
        if texts := _texts_of(path, names):
            passed.append(f"{path}: labels of {texts.name}")
        elif not named and "id" in names and not set(names) & set(TEXT_COLUMNS):
            passed.append(f"{path}: no comments in it (columns: {_listed(names)})")
        else:
            found.append(recognise(path, names))
    return found, passed


def recognise(path: Path, names: Collection[str]) -> Table:
    """Tell a file's layout by its columns (lower case). Raises `DataError`."""
    for layout in PUBLIC:
        if layout.fits(names):
            return Table(path, layout)
    lines = ".jsonl" in path.suffixes
    if set(names) == _TEXTS_ALONE and not lines:
        return Table(path, JIGSAW, _labels_of(path))
    labelled = "labels" in names or any(name in SPELLINGS for name in names)
    if any(name in names for name in TEXT_COLUMNS) and (labelled or lines):
        return Table(path, OWN if lines else GENERIC)
    raise DataError(
        f"{path}: no layout that is known; it has the columns {_listed(names)}; looked for a text "
        f"({', '.join(TEXT_COLUMNS)}) and for labels (labels, {', '.join(SPELLINGS)})"
    )


def labels_by_id(path: Path, layout: Layout) -> dict[str, dict[str, Any]]:
    """Read a file of labels without texts into memory: rows by id. Raises `DataError`."""
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    found = {}
    for _, row in rows(path, layout.wanted):
        labels = {name: value for name, value in row.items() if name in layout.labels}
        found[str(row.get("id"))] = seen.setdefault(tuple(labels.values()), labels)
    return found


def unescaped(text: str) -> str:
    r"""Undo what Python does to write a string: quotes around it, `\n`, `\xa0` or bytes of UTF-8, `\u2019`.

    A backslash may itself have been escaped once more.
    """
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = _BYTES.sub(lambda found: _decoded(bytes.fromhex(re.sub(r"\\+x", "", found[0]))), text)
    text = _ESCAPED.sub(lambda found: _CONTROLS.get(found[3], found[3]) if found[3] else _character(found), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs of surrogates become characters


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1] or found[2], 16))


def files(paths: Iterable[Path]) -> list[Path]:
    """List the files that `paths` name, folders opened, in the order of their names. Raises `DataError`."""
    return [path for path, _ in _named(paths)]


def _named(paths: Iterable[Path]) -> list[tuple[Path, bool]]:
    """List the files that `paths` name, and whether they do so themselves rather than by their folder."""
    found: list[tuple[Path, bool]] = []
    for path in paths:
        if path.is_dir():
            found.extend((each, False) for each in sorted(path.iterdir()) if each.name.lower().endswith(KINDS))
        elif path.is_file():
            found.append((path, True))
        else:
            raise DataError(f"{path}: no such file or folder")
    return found


def _texts_of(path: Path, names: Collection[str]) -> Path | None:
    """Find the file whose labels `path` holds, if it is such a one."""
    stem, _, kind = path.name.partition(".")
    if set(names) >= _JIGSAW and not set(names) & set(TEXT_COLUMNS) and stem.endswith("_labels"):
        texts = path.with_name(f"{stem.removesuffix('_labels')}.{kind}")
        return texts if texts.is_file() else None
    return None


def _labels_of(path: Path) -> Path | None:
    """Find the file where the labels of the texts in `path` are."""
    stem, _, kind = path.name.partition(".")
    labels = path.with_name(f"{stem}_labels.{kind}")
    return labels if labels.is_file() else None


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
