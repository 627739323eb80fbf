"""The model on disk: arrays, a manifest and a card in one folder, each checked by its SHA-256 digest. Never pickle.

`manifest.json` holds everything but the numbers and the digests of the other files; `manifest.sha256` holds its own, in
the format of `sha256sum`. Arrays are `.npy` files, mapped into memory, so that processes share their pages. A
`reference.json` (`model.reference`) may be there or not.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.features import FeatureSpec
from model.manifest import check, plain
from model.reference import Reference, reference_from

FORMAT = 3
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
WEIGHTS = "weights.npy"
CARD = "card.md"
REFERENCE = "reference.json"

MOST: Final = {MANIFEST: 1 << 20, SEAL: 1 << 10, CARD: 1 << 20, REFERENCE: 8 << 20, WEIGHTS: 1 << 28}
"""Bytes of each file; the model that ships has less than a tenth of any."""

HEAD: Final = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '<f4', 'fortran_order': False, 'shape': \(([0-9]{1,9}), ([0-9]{1,4})\), \} *\n",
    re.DOTALL,
)
"""How a table of weights begins, as `numpy.save` writes it; its length, rows and columns."""

HEAD_MOST: Final = 1 << 10

HEAVIEST: Final = 1e9
"""The largest weight: sums of as many as a text has features stay far from what float32 can hold."""


class ArtifactError(Exception):
    """A model that must not be used: damaged, incomplete, of another format, or with numbers that are none."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model as it lies on disk. `weights` is float32 (columns of the features, weightings + 1), read-only.

    `reference` is what it saw when it was made, where that is known.
    """

    manifest: Mapping[str, Any]
    digest: str
    weights: NDArray[np.float32]
    reference: Reference | None = None


def write(
    folder: Path,
    manifest: Mapping[str, Any],
    weights: NDArray[np.float32],
    card: str,
    reference: Reference | None = None,
) -> str:
    """Write an artifact and return its digest, the SHA-256 of the manifest. The same input gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / WEIGHTS, np.ascontiguousarray(weights, dtype="<f4"), allow_pickle=False)
    (folder / CARD).write_text(card, encoding="utf-8")
    names = [WEIGHTS, CARD]
    if reference:
        (folder / REFERENCE).write_text(json.dumps(reference.document()) + "\n", encoding="utf-8")
        names.append(REFERENCE)
    sealed = {"format": FORMAT, **manifest, "files": {name: digest_of(folder / name) for name in names}}
    text = json.dumps(sealed, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    digest = digest_of(folder / MANIFEST)
    (folder / SEAL).write_text(f"{digest}  {MANIFEST}\n", encoding="utf-8")
    return digest


def read(folder: Path) -> Artifact:
    """Read an artifact and check all of it. Raises `ArtifactError`."""
    try:
        sealed = _content(folder / MANIFEST)
        digest = hashlib.sha256(sealed).hexdigest()
        if _content(folder / SEAL) != f"{digest}  {MANIFEST}\n".encode():
            raise ArtifactError(f"{folder / MANIFEST} is damaged: its digest is not the one in {SEAL}")
        manifest = plain(sealed)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise ArtifactError(f"{folder} is no model of format {FORMAT}, which this Winnow reads")
        check(manifest, needed=frozenset({WEIGHTS, CARD}), allowed=frozenset({WEIGHTS, CARD, REFERENCE}))
        files = manifest["files"]
        beside = {name: _content(folder / name) for name in files if name != WEIGHTS}
        for name, content in beside.items():
            _compare(folder / name, hashlib.sha256(content).hexdigest(), files[name])
        beside[CARD].decode()
        reference = reference_from(plain(beside[REFERENCE])) if REFERENCE in beside else None
        shape = FeatureSpec(**manifest["features"]).width, len(manifest["weightings"]) + 1
        weights = _weights(folder / WEIGHTS, files[WEIGHTS], shape)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{folder} holds no usable model: {error}") from error
    return Artifact(manifest, digest, weights, reference)


def _weights(path: Path, digest: str, shape: tuple[int, int]) -> NDArray[np.float32]:
    """The table of weights, mapped. Its head is matched and not evaluated, as `numpy.load` would."""
    with _opened(path) as file:
        _compare(path, hashlib.file_digest(file, "sha256").hexdigest(), digest)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = HEAD.match(file.read(HEAD_MOST))
        if head is None or int.from_bytes(head[1], "little") != head.end() - len(b"\x93NUMPY....") or head.end() % 64:
            raise ArtifactError(f"{path} holds no table of float32")
        found = int(head[2]), int(head[3])
        if found != shape:
            raise ArtifactError(f"{path} has the shape {found}, and the manifest is for {shape}")
        if size != head.end() + shape[0] * shape[1] * np.dtype("<f4").itemsize:
            raise ArtifactError(f"{path} has another shape than it says")
        weights = np.memmap(file, dtype="<f4", mode="r", offset=head.end(), shape=shape).view(np.ndarray)
    if not np.isfinite(weights).all():
        raise ArtifactError(f"{path} holds numbers that are none (NaN or infinite)")
    if max(weights.max(), -weights.min()) > HEAVIEST:
        raise ArtifactError(f"{path} holds weights beyond {HEAVIEST:g}: their sums would be no numbers")
    if not (weights[:-1, -1] > 0).all() or weights[-1].any():  # the last row stands for no feature
        raise ArtifactError(f"{path} has scales that are no squares")
    return weights  # as a plain array, which costs less to index than the map


def _compare(path: Path, digest: str, expected: str) -> None:
    if digest != expected:
        raise ArtifactError(f"{path} is damaged: its digest is not the one in the manifest")


def _content(path: Path) -> bytes:
    with _opened(path) as file:
        return file.read(MOST[path.name] + 1)


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """A file of the artifact's own. A link, a pipe or a device in its place is refused, and so is what is too large."""
    with open(path, "rb", opener=_own) as file:  # a path's own method takes no opener
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise ArtifactError(f"{path} is no plain file")
        if state.st_size > MOST[path.name]:
            raise ArtifactError(f"{path} has {state.st_size:,} bytes; {MOST[path.name]:,} are the most")
        yield file


def _own(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe without a writer would be waited for


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
