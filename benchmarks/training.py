"""What training costs as the data grows: time per comment, also as a ratio to the first size, and peak memory.

    python -m benchmarks.training ../shared/data/train [--comments 100000 1000000] [--memory MIB] [--iterations N]

Each size is a file of JSON lines of its own, made by recombining the sentences of labelled comments: a comment has the
labels of one that was drawn, and sentences of comments with the same labels from the same source, about 300 characters
of them. A child process trains on it as `winnow model train` does. Seconds are of processor time, so that other work on
the machine counts less. Fewer iterations make the regressions shorter, and memory no smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from model.data import Example, Skips, read, usable
from model.train import Recipe, train

LENGTH = 300  # characters, about

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def recombined(examples: list[Example], count: int, seed: int = 7) -> Iterator[Example]:
    """Make up comments; the same examples and seed give the same."""
    generator = random.Random(seed)  # noqa: S311
    sentences: dict[tuple[str, str], list[str]] = defaultdict(list)
    kinds = []
    for example in examples:
        labels = {attribute: float(value >= 0.5) for attribute, value in example.labels.items()}
        kind = (example.source, json.dumps(labels, sort_keys=True))
        kinds.append((kind, example.language))
        sentences[kind] += [part[:LENGTH] for part in _SENTENCE.split(example.text) if part]
    for _ in range(count):
        kind, language = generator.choice(kinds)
        parts, size = [], 0
        while size < LENGTH - 50:
            parts.append(generator.choice(sentences[kind]))
            size += len(parts[-1]) + 1
        yield Example(" ".join(parts), json.loads(kind[1]), kind[0], language, "")


def write(path: Path, examples: Iterator[Example]) -> float:
    """Write examples as JSON lines; return their mean length in characters."""
    count = size = 0
    with path.open("w", encoding="utf-8") as stream:
        for example in examples:
            row = {"text": example.text, "labels": example.labels, "source": example.source}
            stream.write(json.dumps({**row, "language": example.language}) + "\n")
            count, size = count + 1, size + len(example.text)
    return size / count


def measured(path: Path, wanted: argparse.Namespace) -> tuple[float, float]:
    """Train on a file in a process of its own; return its processor seconds and peak memory in GB."""
    options = ["--file", path, "--memory", wanted.memory, "--iterations", wanted.iterations]
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.training", *map(str, options)])
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(1)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", type=Path)
    parser.add_argument("--comments", nargs="+", type=int, default=[100_000, 1_000_000])
    parser.add_argument(
        "--memory", type=int, default=Recipe().memory >> 20, help="MiB for the features of one regression"
    )
    parser.add_argument("--iterations", type=int, default=Recipe().iterations)
    parser.add_argument("--file", type=Path, help="only train on this one: what a child process does")
    return parser.parse_args()


def main() -> None:
    """Measure and print a line per size."""
    wanted = options()
    if wanted.file:
        recipe = Recipe(iterations=wanted.iterations, memory=wanted.memory << 20)
        train(usable(read([wanted.file]), Skips()), [], recipe, {})
        return
    examples = list(usable(read(wanted.data), Skips()))
    first = 0.0
    with tempfile.TemporaryDirectory(prefix="winnow-training-") as folder:
        for count in wanted.comments:
            path = Path(folder) / f"{count}.jsonl"
            length = write(path, recombined(examples, count))
            seconds, peak = measured(path, wanted)
            path.unlink()
            first = first or seconds / count
            print(
                f"{count:9,} comments of {length:.0f} characters: {1e6 * seconds / count:.0f} us each "
                f"({seconds / count / first:.2f} times the first), {peak:.2f} GB at most",
                flush=True,
            )


if __name__ == "__main__":
    main()
