"""The model on disk: arrays, a manifest and a card in one folder, each checked by its SHA-256 digest. Never pickle.

`manifest.json` holds everything but the numbers and the digests of the other files; `manifest.sha256` holds its own, in
the format of `sha256sum`. Arrays are `.npy` files, mapped into memory, so that processes share their pages. A
`reference.json` (`model.reference`) may be there or not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.reference import Reference, reference_from

FORMAT = 3
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
WEIGHTS = "weights.npy"
CARD = "card.md"
REFERENCE = "reference.json"


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
        digest = digest_of(folder / MANIFEST)
        if (folder / SEAL).read_bytes() != f"{digest}  {MANIFEST}\n".encode():
            raise ArtifactError(f"{folder / MANIFEST} is damaged: its digest is not the one in {SEAL}")
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest.get("format") != FORMAT:
            raise ArtifactError(f"{folder} has format {manifest.get('format')!r}; this Winnow reads {FORMAT}")
        referred = REFERENCE in manifest["files"]
        for name in (WEIGHTS, CARD, *([REFERENCE] if referred else ())):
            if digest_of(folder / name) != manifest["files"][name]:
                raise ArtifactError(f"{folder / name} is damaged: its digest is not the one in the manifest")
        reference = reference_from(json.loads((folder / REFERENCE).read_bytes())) if referred else None
        weights = np.load(folder / WEIGHTS, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, KeyError) as error:
        raise ArtifactError(f"{folder} holds no usable model: {error}") from error
    if weights.dtype != np.dtype("<f4") or weights.ndim != len(("columns", "weightings")):
        raise ArtifactError(f"{folder / WEIGHTS} holds no table of float32")
    if not np.isfinite(weights).all():
        raise ArtifactError(f"{folder / WEIGHTS} holds numbers that are none (NaN or infinite)")
    plain = weights.view(np.ndarray)  # it costs less to index than the map
    return Artifact(manifest, digest, plain, reference)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
