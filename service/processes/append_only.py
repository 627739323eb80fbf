"""The tail of an append-only file: whether a write was cut short there, or something is wrong with what was written.

Redis' own `aof-load-truncated yes` takes both for the same. One changed bit in a length makes everything behind it look
like the rest of one long write, and all of that is then thrown away without a word.
"""

import mmap
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COMMAND: Final = re.compile(rb"\r\n\*\d+\r\n\$\d+\r\n")
"""Where another command begins."""

MULTI: Final = b"*1\r\n$5\r\nMULTI\r\n"
EXEC: Final = b"\r\n*1\r\n$4\r\nEXEC\r\n"
"""Around what one script wrote."""


@dataclass(frozen=True, slots=True)
class Tail:
    """From where on a file holds no whole command: that of an unfinished write, or of something that is `damaged`."""

    begins: int
    length: int
    damaged: bool


def tail_of(path: Path) -> Tail:
    """Looks for the end of what is whole, by reading all of a file of commands."""
    size = path.stat().st_size
    if not size:
        return Tail(0, 0, damaged=False)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        whole = _whole_until(content, size)
        if content[whole : whole + len(MULTI)] == MULTI:
            further = content.find(EXEC, whole) >= 0
        else:
            further = COMMAND.search(content, whole) is not None
    return Tail(whole, size - whole, damaged=further)


def cut(path: Path, tail: Tail) -> None:
    """Takes an unfinished write off a file."""
    with path.open("r+b") as file:
        file.truncate(tail.begins)
        os.fsync(file.fileno())


def _whole_until(content: mmap.mmap, size: int) -> int:
    """Where the last whole command, or the last whole transaction, ends."""
    at = whole = 0
    within = False
    while at < size:
        end, name = _command(content, at)
        if end < 0:
            break
        at = end
        within = name == b"MULTI" or (within and name != b"EXEC")
        if not within:
            whole = at
    return whole


def _command(content: mmap.mmap, at: int) -> tuple[int, bytes]:
    """Where the command that begins here ends, and its name; -1 where there is none, or not all of it."""
    if content[at : at + 1] == b"#":  # a remark of the server's
        end = content.find(b"\n", at)
        return (end + 1 if end >= 0 else -1), b""
    words, at = _figure(content, at, b"*")
    name = b""
    for number in range(words):
        length, at = _figure(content, at, b"$")
        if length < 0 or content[at + length : at + length + 2] != b"\r\n":
            return -1, b""
        if number == 0:
            name = content[at : at + length].upper()
        at += length + 2
    return (at if words > 0 else -1), name


def _figure(content: mmap.mmap, at: int, sign: bytes) -> tuple[int, int]:
    """The figure behind a sign and where its line ends; -1 where there is none."""
    end = content.find(b"\r\n", at, at + 24)
    said = content[at:end] if end >= 0 else b""
    if said[:1] != sign or not said[1:].isdigit():
        return -1, at
    return int(said[1:]), end + 2
