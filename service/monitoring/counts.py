"""The folder in which the service's processes count together: files of prometheus_client, one a kind and process.

What a process counted stays when it ends. So that its files do not, the supervisor adds them to one of all that ended.
It writes that file and does not map it, as prometheus_client does: who maps a page that finds no room is killed.
"""

import contextlib
import fcntl
import operator
import os
import struct
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from prometheus_client.mmap_dict import MmapedDict

from service.settings import SettingsError

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client knows the folder."""

PAST: Final = 0
"""Stands for all processes that ended, where a file's name has the id of the one that counts there."""


def prepare_folder(folder: Path) -> None:
    """Makes or empties the processes' folder; before any of them counts.

    :raises SettingsError: it cannot be had, or somebody else made it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise SettingsError(f"{folder} cannot be made: {problem.strerror}") from problem
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise SettingsError(f"{folder} is somebody else's: have it removed")
    for old in folder.iterdir():
        old.unlink()


def counter_of(file: Path) -> int:
    """The id of the process that counts there, or `PAST`."""
    return int(file.stem.rpartition("_")[2])


@contextlib.contextmanager
def whole(folder: Path) -> Iterator[None]:
    """Around a look at all files: nothing is folded meanwhile. The wait is a sleep, which gevent lets others use."""
    with _opened(folder) as lock:
        while not _held(lock, fcntl.LOCK_SH):
            time.sleep(0.005)
        yield


def fold(folder: Path) -> None:
    """Adds what ended processes counted to what those before them did, and removes their files.

    While somebody looks it does nothing: the next time will do.

    :raises OSError: there is no room; nothing is lost or counted twice.
    """
    ended = defaultdict(list)
    for file in folder.glob("*.db"):
        if counter_of(file) != PAST and not _runs(counter_of(file)):
            ended[file.stem.rpartition("_")[0]].append(file)
    if not ended:
        return
    with _opened(folder) as lock:
        for kind, files in ended.items() if _held(lock, fcntl.LOCK_EX) else ():
            if not kind.startswith("gauge_live"):  # what only the living count is forgotten
                _add(kind, folder / f"{kind}_{PAST}.db", files)
            for file in files:
                file.unlink(missing_ok=True)


def _add(kind: str, past: Path, files: list[Path]) -> None:
    """Adds files of one kind to the past's; the gauges among them are times, of which the newest counts."""
    add = max if kind == "gauge_max" else operator.add
    values: dict[str, float] = {}
    for file in (past, *files):
        if file.exists() and file.stat().st_size:  # it has none where its process was killed as it made it
            for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
                values[key] = add(values[key], value) if key in values else value
    aside = past.with_suffix(".new")
    aside.write_bytes(_written(values))
    aside.replace(past)


def _written(values: Mapping[str, float]) -> bytes:
    """A file as `MmapedDict` has it: its length, then each key's, the key to a multiple of 8, value and time."""
    entries = []
    for key, value in values.items():
        name = key.encode()
        name += b" " * (8 - (len(name) + 4) % 8)
        entries.append(struct.pack(f"i{len(name)}sdd", len(key.encode()), name, value, 0.0))
    content = b"".join(entries)
    return struct.pack("i4x", 8 + len(content)) + content


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it does, as somebody else
        pass
    return True


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """A file descriptor of the folder itself, to lock it by."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        yield opened
    finally:
        os.close(opened)


def _held(lock: int, how: int) -> bool:
    """Takes a lock if it can be had at once."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
