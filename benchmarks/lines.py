"""How many comments a second `winnow score --jsonl` scores on one core, beside the pipeline's predict on the same file.

    python -m benchmarks.lines [--comments 20000] [--rounds 3]

Both are processes of their own, held to one core, and timed by the clock from their start to their end, loading
included.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from benchmarks.figures import Figure, print_table, ratios
from benchmarks.load import ROOT
from benchmarks.ordinary import pipeline
from benchmarks.texts import comments

COMMENTS, ROUNDS = 60_000, 3
WINNOW = [sys.executable, "-m", "service.cli", "score", "--jsonl"]
ORDINARY = [sys.executable, "-m", "benchmarks.ordinary"]


def one_core() -> Callable[[], None] | None:
    """What a child does at its start to stay on one core; None where the system cannot hold it there."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    return lambda: os.sched_setaffinity(0, {core})


def rate(command: Sequence[str], file: Path, count: int) -> float:
    """Comments a second of a command that reads the file."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with file.open("rb") as source, tempfile.TemporaryFile() as target:
        began = time.perf_counter()
        subprocess.run(
            command, stdin=source, stdout=target, env=environment, cwd=ROOT, preexec_fn=one_core(), check=True
        )
        seconds = time.perf_counter() - began
        target.seek(0)
        assert sum(1 for _ in target) == count
    return count / seconds


def figures(count: int = COMMENTS, rounds: int = ROUNDS) -> list[Figure]:
    """Comments a second, in turns."""
    pipeline()  # trained beforehand
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
        file = Path(folder) / "comments.jsonl"
        file.write_bytes(b"".join(orjson.dumps({"text": text}) + b"\n" for text in comments(count, seed=3)))
        for _ in range(rounds):
            ours.append(rate(WINNOW, file, count))
            theirs.append(rate(ORDINARY, file, count))
    note = f"{count:,} comments, start included"
    return [
        Figure("`winnow score --jsonl` on one core", tuple(ours), 12_000, True, "1/s", note),
        Figure("the pipeline on the same file", tuple(theirs), None, True, "1/s"),
        Figure("the one by the other", ratios(ours, theirs), None, True),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=COMMENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    print_table(figures(wanted.comments, wanted.rounds))


if __name__ == "__main__":
    main()
