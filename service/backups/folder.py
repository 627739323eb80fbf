"""The format of a backup: a folder with pieces of keys as lines of JSON, and a manifest that is written last."""

import base64
import gzip
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from model.artifact import MANIFEST, SEAL, digest_of
from service.store.pieces import Piece

FORMAT: Final = 1

SITES_FILE: Final = "sites.jsonl.gz"
HOUSE_FILE: Final = "house.jsonl.gz"
"""The sites' own keys, and what is kept for all of them."""


class BadBackup(Exception):
    """A folder that cannot be restored from; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: of which time (ms), server and sites, with counts; `site` is None for the whole store."""

    taken_at: int
    winnow: str
    server: str
    site: str | None
    sites: dict[str, dict[str, Any]]
    digest: str = ""


@contextmanager
def being_made(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` that takes its place when all went well, and is removed otherwise.

    :raises BadBackup: there is something at that place, or it cannot be written.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    if folder.exists():
        raise BadBackup(f"{folder} exists: give each backup a folder of its own")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of one that was killed
        partial.mkdir(mode=0o700, parents=True)
        yield partial
        _sync(partial)
        partial.rename(folder)
        _sync(folder.parent)
    except OSError as problem:
        raise BadBackup(f"{folder}: {problem.strerror}") from problem
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def put(path: Path, pieces: Iterable[Piece], seen: Callable[[Piece], None]) -> None:
    """Writes pieces to a file; `seen` is shown each."""
    with path.open("xb") as file:
        with gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed:
            for piece in pieces:
                seen(piece)
                packed.write(_line(piece))
        file.flush()
        os.fsync(file.fileno())


def pieces_in(path: Path) -> Iterator[Piece]:
    """The pieces in a file, in order."""
    with gzip.open(path, "rb") as file:
        for line in file:
            type_, key, values, until = orjson.loads(line)
            yield Piece(type_, _bytes(key), [_bytes(value) for value in values], until)


def seal(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest, with the digest of each file."""
    files = {name: digest_of(folder / name) for name in (SITES_FILE, HOUSE_FILE)}
    content = {
        "format": FORMAT,
        "taken_at": manifest.taken_at,
        "winnow": manifest.winnow,
        "server": manifest.server,
        "site": manifest.site,
        "sites": manifest.sites,
        "files": files,
    }
    packed = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    for name, text in ((MANIFEST, packed), (SEAL, f"{sha256(packed).hexdigest()}  {MANIFEST}\n".encode())):
        with (folder / name).open("xb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def checked(folder: Path) -> Manifest:
    """A backup's manifest, once every file is what it says.

    :raises BadBackup: it is none, was cut short, is damaged or of another format.
    """
    if not (folder / SEAL).is_file():
        raise BadBackup(f"{folder} is no backup, or one that was cut short: it has no {SEAL}")
    try:
        digest = digest_of(folder / MANIFEST)
        if (folder / SEAL).read_bytes() != f"{digest}  {MANIFEST}\n".encode():
            raise BadBackup(f"{folder / MANIFEST} is damaged: its digest is not the one in {SEAL}")
        content = orjson.loads((folder / MANIFEST).read_bytes())
        if content["format"] != FORMAT:
            raise BadBackup(f"{folder} has format {content['format']}; this Winnow reads {FORMAT}")
        for name, wanted in content["files"].items():
            if digest_of(folder / name) != wanted:
                raise BadBackup(f"{folder / name} is damaged: its digest is not the one in {MANIFEST}")
    except OSError as problem:
        raise BadBackup(f"{folder}: {problem.strerror}: {problem.filename}") from problem
    fields = ("taken_at", "winnow", "server", "site", "sites")
    return Manifest(**{name: content[name] for name in fields}, digest=digest)


def _line(piece: Piece) -> bytes:
    line = [piece.type, _plain(piece.key), [_plain(value) for value in piece.values], piece.until]
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _plain(value: bytes) -> str | dict[str, str]:
    """A value as JSON has it: as it is where it is text."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _bytes(kept: str | dict[str, str]) -> bytes:
    return kept.encode() if isinstance(kept, str) else base64.b64decode(kept["base64"])


def _sync(folder: Path) -> None:
    """Has the disk know what a folder holds."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
