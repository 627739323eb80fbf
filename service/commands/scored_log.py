"""A log of scored comments, read line by line: what can be used of it, and what had to be skipped."""

import gzip
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import click
import orjson

from model.rows import LONGEST_LINE
from service.compat.markup import plain
from service.moderation.perspective import Logged, NotALog, logged

SHOWN_LINES: Final = 5
"""Numbers of skipped lines that are told, for each reason."""

_EVERY: Final = 100_000
"""Comments between two lines of progress, where there is no terminal for a bar."""


class Skipped:
    """Lines that could not be used: how many for each reason, and the first few of them."""

    def __init__(self) -> None:
        """Begin with none."""
        self.counts: Counter[str] = Counter()
        self.lines: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, reason: str, line: int) -> None:
        """Counts one more."""
        self.counts[reason] += 1
        if len(self.lines[reason]) < SHOWN_LINES:
            self.lines[reason].append(line)

    def __iter__(self) -> Iterator[str]:
        for reason, count in self.counts.items():
            shown = ", ".join(f"{line:,}" for line in self.lines[reason])
            more = ", …" if count > len(self.lines[reason]) else ""
            yield f"{count:,} line{'s' if count > 1 else ''} skipped, {reason}: {shown}{more}"


def comments_of(log: Path, skipped: Skipped) -> Iterator[tuple[int, Logged]]:
    """Reads what can be used, with the numbers of its lines, and shows how far it is.

    :raises ClickException: the file is damaged.
    """
    number = used = 0
    try:
        with _opened(log) as (stream, advance):
            for number, line in enumerate(_lines(stream), 1):
                advance()
                try:
                    yield number, logged(_from_coral(_row(line, first=number == 1)))
                except NotALog as problem:
                    if line.strip():
                        skipped.add(str(problem), number)
                    continue
                used += 1
                if not used % _EVERY and not sys.stderr.isatty():
                    click.echo(f"{used:,} comments read", err=True)
    except (EOFError, OSError, zlib.error) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise click.ClickException(f"{log}, after line {number}: {said}") from error


def _row(line: bytes, *, first: bool) -> Any:
    if len(line) > LONGEST_LINE:
        raise NotALog(f"longer than {LONGEST_LINE >> 20} MiB")
    try:
        return orjson.loads(line.removeprefix(b"\xef\xbb\xbf") if first else line)
    except orjson.JSONDecodeError as problem:
        raise NotALog("not JSON") from problem


def _from_coral(row: Any) -> Any:
    """A comment or a revision as Coral's database has it, as a text and its score; any other row as it is.

    Coral keeps `{"body": HTML, "metadata": {"perspective": {"model", "score"}}}` for each revision of a comment
    (coralproject/talk, `models/comment/revision.ts`); the last one that was scored is taken.
    """
    revisions = row.get("revisions") if isinstance(row, dict) else None
    for revision in reversed(revisions) if isinstance(revisions, list) else [row]:
        scored = _in(_in(revision, "metadata"), "perspective")
        body, model = _in(revision, "body"), _in(scored, "model")
        if isinstance(body, str) and isinstance(model, str):
            return {"text": plain(body), "scores": {model: _in(scored, "score")}}
    return row


def _in(place: Any, name: str) -> Any:
    return place.get(name) if isinstance(place, dict) else None


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines, of which one that is too long is cut a byte after what is allowed."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)


@contextmanager
def _opened(log: Path) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
    """The lines' stream, and what moves a bar of bytes on a terminal."""
    if str(log) == "-":
        yield sys.stdin.buffer, lambda: None
        return
    with log.open("rb") as raw:
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if log.suffix.lower() == ".gz" else raw
        if not sys.stderr.isatty():
            yield stream, lambda: None
            return
        with click.progressbar(length=log.stat().st_size, label="reading", file=sys.stderr) as bar:
            yield stream, lambda: bar.update(raw.tell() - bar.pos)
