"""Rows of JSON lines, CSV and Parquet files, the first two also gzipped: few in memory at once, errors with a place."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
from pyarrow import parquet

KINDS = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
LONGEST_LINE = 1 << 24  # bytes
_BATCH = 1024  # rows of a Parquet file that are decoded at once

Row = Mapping[str, Any]
Advance = Callable[[int], None]


class DataError(Exception):
    """A file of labelled comments that cannot be read; says which, and where."""


def column_names(path: Path) -> list[str]:
    """Return the columns of a CSV or Parquet file, or the keys of the first JSON line, in lower case.

    Raises `DataError`.
    """
    with path.open("rb") as raw:
        if _is(path, ".parquet"):
            try:
                return [name.lower() for name in parquet.ParquetFile(raw).schema_arrow.names]
            except (pa.ArrowException, OSError) as error:
                raise DataError(f"{path}: {_line(error)}") from error
        if _is(path, ".csv"):
            return [name.lower() for name in next(_records(path, raw), (0, []))[1]]
        return list(next(_json_rows(path, raw), (0, {}))[1])


def rows(path: Path, wanted: Collection[str], advance: Advance = lambda size: None) -> Iterator[tuple[int, Row]]:
    """Read rows, columns in lower case, with their numbers from 1: a JSON row's is its line, headings do not count.

    Of a Parquet file only `wanted` columns are read. `advance` is told how many bytes of the file were read since it
    was last told. Raises `DataError`.
    """
    with path.open("rb") as raw:
        if _is(path, ".parquet"):
            yield from _parquet_rows(path, raw, wanted, advance)
            return
        told = 0
        for number, row in (_csv_rows if _is(path, ".csv") else _json_rows)(path, raw):
            if raw.tell() > told:
                advance(raw.tell() - told)
                told = raw.tell()
            yield number, row


def _is(path: Path, kind: str) -> bool:
    return path.name.lower().endswith((kind, f"{kind}.gz"))


def _lines(path: Path, raw: BinaryIO) -> Iterator[str]:
    """Decode the lines of a file, unpacked where its name says so."""
    stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
    number = 0
    try:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE + 1), b""), 1):
            if len(line) > LONGEST_LINE:
                raise DataError(f"{path}, line {number}: longer than {LONGEST_LINE >> 20} MiB")
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}, line {number}: not UTF-8 ({error.reason})") from error
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path}, after line {number}: {_line(error)}") from error


def _json_rows(path: Path, raw: BinaryIO) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(_lines(path, raw), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, line {number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}, line {number}: not an object")
        yield number, {name.lower(): value for name, value in row.items()}


def _csv_rows(path: Path, raw: BinaryIO) -> Iterator[tuple[int, Row]]:
    records = _records(path, raw)
    names = [name.lower() for name in next(records, (0, []))[1]]
    for number, (line, record) in enumerate(records, 1):
        if len(record) > len(names):
            raise DataError(f"{path}, row {number}, line {line}: {len(record)} cells under {len(names)} columns")
        yield number, dict(zip(names, record, strict=False))


def _records(path: Path, raw: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Read CSV records, none of them empty, each with the number of its last line."""
    reader = csv.reader(_lines(path, raw))
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise DataError(f"{path}, line {reader.line_num}: {error}") from error
        if record is None:
            return
        if record:
            yield reader.line_num, record


def _parquet_rows(path: Path, raw: BinaryIO, wanted: Collection[str], advance: Advance) -> Iterator[tuple[int, Row]]:
    number, told = 0, 0
    try:
        file = parquet.ParquetFile(raw, pre_buffer=False)
        names = [name for name in file.schema_arrow.names if name.lower() in wanted]
        for batch in file.iter_batches(_BATCH, columns=names, use_threads=False):
            for row in batch.to_pylist():
                number += 1
                yield number, {name.lower(): value for name, value in row.items()}
            done = path.stat().st_size * number // file.metadata.num_rows
            advance(done - told)
            told = done
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}, after row {number}: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
