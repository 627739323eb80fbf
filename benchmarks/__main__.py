"""`make bench`: every figure of `docs/performance.md`, anew, on this machine.

It prints them as a table, and writes them to `benchmarks/results.json` and into the page.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # one core is one core; read when numpy is imported

import time
from pathlib import Path

from rich.console import Console

from benchmarks import compat, crowd, footprint, growth, lines, previewing, scoring, throughput
from benchmarks.figures import Figure, machine, print_table, results, with_table
from benchmarks.ordinary import pipeline
from model.classifier import Classifier

SUITE = (throughput, crowd, compat, scoring, lines, footprint, growth, previewing)
RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> None:
    """Measure all, print and write."""
    console = Console()
    console.print("training the ordinary pipeline, unless it is there")
    pipeline()
    found: list[Figure] = []
    for module in SUITE:
        began = time.monotonic()
        console.print(f"{module.__name__} …", end=" ")
        found += module.figures()
        console.print(f"{time.monotonic() - began:.0f} s")
    print_table(found)
    on = machine(Classifier.load().version)
    RESULTS.write_text(results(found, on), encoding="utf-8")
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), found, on), encoding="utf-8")
    console.print(f"written: {RESULTS} and {PAGE}")


if __name__ == "__main__":
    main()
