"""Labelled comments as training needs them: features on disk, what is known of each comment in arrays, no texts.

A comment's features are 4 bytes each, some 3.5 KB for 300 characters, in a temporary file that has no name and goes
with the process. In memory a comment takes 60 bytes, and while they are gathered an entry in a dictionary of digests,
so that millions fit. What a regression needs of the features is read back with `Corpus.matrix`.
"""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from heapq import heappush, heappushpop
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from model import ATTRIBUTES
from model.data import Example, draw
from model.features import FeatureSpec, columns
from model.text import normalise

KEPT = 5000  # examples that are kept as they are, to say how a model does on rows held out
LONGEST = 1 << 16  # code points of a comment that are read; the service takes no longer ones
_BATCH = 512  # comments whose features are worked out at once
_SLICE = 4096  # comments that are read back at once
_ENTRY = np.dtype(np.int32)

Floats = NDArray[np.float32]


class Corpus:
    """Comments in the order in which they came, each as a row; of the same text in the same language only the first.

    A row's features are the columns of its text (`FeatureSpec.width` of them) and, last, an indicator of its source,
    `width + place in sources`. It holds a temporary file: use it as a context manager.
    """

    def __init__(
        self, examples: Iterable[Example], spec: FeatureSpec, seed: int, against: Iterable[Example] = ()
    ) -> None:
        """Take the examples in, never more than a batch of them in memory; `skipped` counts those left out, by reason.

        Left out are empty texts, those that also occur in `against`, and those that came before: their labels add to
        what is known of the first, which keeps its own.
        """
        self.spec = spec
        self.skipped: Counter[str] = Counter()
        self.counts = np.zeros(spec.width, dtype=np.int64)  # rows that have something in each column
        self._seed = seed
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed by `__exit__`)
        self._places: dict[str, int] = {}
        self._codes: dict[str, int] = {}
        self._labels, self._sources, self._languages = array("f"), array("i"), array("i")
        self._sizes, self._draws, self._ranks = array("i"), array("I"), array("Q")
        self._kept: list[tuple[int, int, Example]] = []  # a heap, those of the largest draws first
        forbidden = {_digest(normalise(example.text[:LONGEST]).text) for example in against}
        rows: dict[int, int] = {}  # of the digest of a text and its language
        stream = iter(examples)
        while batch := list(islice(stream, _BATCH)):
            self._append([example for example in batch if self._is_new(example, rows, forbidden)])
        self._begins = np.zeros(len(self._sizes) + 1, dtype=np.int64)
        np.cumsum(self._sizes, out=self._begins[1:])

    def __enter__(self) -> Corpus:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def sources(self) -> list[str]:
        """Names of the sources, by place."""
        return list(self._places)

    @property
    def source(self) -> NDArray[np.int32]:
        """The place of each row's source."""
        return np.array(self._sources, dtype=np.int32)

    @property
    def labels(self) -> Floats:
        """What is known (rows, attributes); NaN: unknown."""
        return np.array(self._labels, dtype=np.float32).reshape(-1, len(ATTRIBUTES))

    @property
    def languages(self) -> NDArray[np.str_]:
        """The language of each row."""
        return np.array([*self._codes, ""], dtype=np.str_)[np.array(self._languages, dtype=np.int32)]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many features each row has."""
        return np.diff(self._begins)

    @property
    def ranks(self) -> NDArray[np.uint64]:
        """A number for each row, as good as random, that depends on its text and language alone: for samples."""
        return np.array(self._ranks, dtype=np.uint64)

    def held_out(self, share: float) -> NDArray[np.bool_]:
        """Say which rows to hold out, as `model.data.held_out` does."""
        return np.array(self._draws, dtype=np.uint32) < int(share * 2**32)

    def examples_held_out(self, share: float) -> list[Example]:
        """Return those that `held_out` names, in order; of more than `KEPT`, an even sample of so many."""
        limit = int(share * 2**32)
        return [example for drawn, _, example in sorted(self._kept, key=lambda kept: kept[1]) if -drawn < limit]

    def matrix(self, rows: NDArray[np.intp]) -> sparse.csr_matrix:
        """Read the features of rows, ascending, as a matrix of ones (rows, `width + sources`); 8 bytes a feature."""
        begins = self._begins[rows]
        ends = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(self._begins[rows + 1] - begins, out=ends[1:])
        found = np.empty(ends[-1], dtype=_ENTRY)
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        for first, last in zip([0, *breaks.tolist()], [*breaks.tolist(), len(rows)], strict=True):
            for start in range(first, last, _SLICE):
                self._read(int(begins[start]), found[ends[start] : ends[min(start + _SLICE, last)]])
        ones = np.ones(len(found), dtype=np.float32)
        if ends[-1] <= np.iinfo(np.int32).max:
            ends = ends.astype(np.int32)
        return sparse.csr_matrix((ones, found, ends), shape=(len(rows), self.spec.width + len(self._places)))

    def linear(self, rows: NDArray[np.intp], weights: Floats) -> NDArray[np.float64]:
        """Return what `model.classifier.linear` does for the texts of rows, an array (rows, weightings)."""
        table = np.vstack([weights, np.zeros((len(self._places), weights.shape[1]), dtype=np.float32)])
        found = np.empty((len(rows), weights.shape[1] - 1))
        for part in slices(len(rows)):
            sums = (self.matrix(rows[part]) @ table).astype(np.float64)
            found[part] = sums[:, :-1] / np.sqrt(sums[:, -1:])
        return found

    def _is_new(self, example: Example, rows: dict[int, int], forbidden: Set[int]) -> bool:
        text = normalise(example.text[:LONGEST]).text
        if not text:
            self.skipped["no text"] += 1
            return False
        if forbidden and _digest(text) in forbidden:
            self.skipped["text occurs in an evaluation file"] += 1
            return False
        key = _digest(f"{example.language}/{text}")
        row = rows.setdefault(key, len(rows))
        labels = array("f", [example.labels.get(attribute, np.nan) for attribute in ATTRIBUTES])
        if row < len(self._draws):
            self.skipped["the same text again (labels merged)"] += 1
            self._add_labels(row, labels)
            return False
        self._labels.extend(labels)
        self._sources.append(self._places.setdefault(example.source, len(self._places)))
        self._languages.append(self._codes.setdefault(example.language, len(self._codes)))
        drawn = draw(example.group or text, self._seed)
        self._draws.append(drawn)
        self._ranks.append(key)
        (heappush if len(self._kept) < KEPT else heappushpop)(self._kept, (-drawn, row, example))
        return True

    def _add_labels(self, row: int, labels: Sequence[float]) -> None:
        for place, value in enumerate(labels, row * len(ATTRIBUTES)):
            if np.isnan(self._labels[place]):
                self._labels[place] = value

    def _append(self, fresh: Sequence[Example]) -> None:
        if not fresh:
            return
        places = self._sources[len(self._sizes) :]
        found = list(columns([example.text[:LONGEST] for example in fresh], self.spec))
        self._sizes.extend(len(row) + 1 for row in found)
        self.counts += np.bincount(np.concatenate(found), minlength=self.spec.width)
        entries = np.concatenate(
            [part for row in zip(found, map(self._indicator, places), strict=True) for part in row]
        )
        self._write(entries)

    def _indicator(self, place: int) -> NDArray[np.int32]:
        return np.array([self.spec.width + place], dtype=_ENTRY)

    def _write(self, entries: NDArray[np.int32]) -> None:
        left = entries.data.cast("B")
        while left:
            left = left[self._file.write(left) :]

    def _read(self, begin: int, into: NDArray[np.int32]) -> None:
        self._file.seek(begin * _ENTRY.itemsize)
        left = into.data.cast("B")
        while left:
            left = left[self._file.readinto(left) :]


def slices(rows: int) -> Iterator[slice]:
    """Cut rows into slices whose features are worked on at once, so that what is made on the way stays small."""
    return (slice(start, min(start + _SLICE, rows)) for start in range(0, rows, _SLICE))


def _digest(text: str) -> int:
    content = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
