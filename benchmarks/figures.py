"""What the suite measures, as figures: their spread, whether a goal is reached, and the table of them in the page."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
"""Between these lines of a page stands the table, and nothing else."""

HEADINGS = ("", "median", "least", "most", "goal", "reached")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: a figure a round, of which the median is the result; a ratio unless `unit` says otherwise.

    Without a goal it is there to read the others by. Without values, `note` says why nothing was measured.
    """

    name: str
    values: tuple[float, ...]
    goal: float | None
    at_least: bool  # the goal is reached from above (else from below)
    unit: str = ""  # "" for a ratio, "ms", "MB", "B", "s", "1/s"
    note: str = ""

    @property
    def median(self) -> float:
        """The result; there must be values."""
        return statistics.median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the median is as good as the goal; None where there is no goal or nothing was measured."""
        if self.goal is None or not self.values:
            return None
        return self.median >= self.goal if self.at_least else self.median <= self.goal

    def cells(self) -> list[str]:
        """The line of the table, under `HEADINGS`."""
        goal = "" if self.goal is None else f"{'≥' if self.at_least else '≤'} {shown(self.goal, self.unit)}"
        name = f"{self.name}; {self.note}" if self.note else self.name
        if not self.values:
            return [name, "not measured", "", "", goal, ""]
        spread = (self.median, min(self.values), max(self.values))
        return [
            name,
            *(shown(one, self.unit) for one in spread),
            goal,
            {True: "yes", False: "no", None: ""}[self.reached],
        ]

    def as_json(self) -> dict[str, Any]:
        """All that is known of it."""
        known: dict[str, Any] = {"name": self.name, "unit": self.unit or "ratio", "values": list(self.values)}
        if self.values:
            known |= {"median": self.median, "least": min(self.values), "most": max(self.values)}
        return known | {"goal": self.goal, "at_least": self.at_least, "reached": self.reached, "note": self.note}


def shown(value: float, unit: str) -> str:
    """Three digits, or all before the point, and the unit."""
    digits = f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")
    return f"{digits} {unit}".strip()


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> tuple[float, ...]:
    """Round by round, the one by the other; what was measured side by side is compared."""
    return tuple(one / other for one, other in zip(ours, theirs, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share of them, 0 to 1, does not exceed."""
    return float(np.quantile(values, share, method="inverted_cdf"))


def machine(model: str) -> dict[str, Any]:
    """On what and when this was measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "model": model,
    }


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())


def results(found: Sequence[Figure], on: dict[str, Any]) -> str:
    """The content of `results.json`."""
    return json.dumps({"machine": on, "figures": [one.as_json() for one in found]}, indent=2, ensure_ascii=False) + "\n"


def figures_of(content: str) -> tuple[list[Figure], dict[str, Any]]:
    """The figures and the machine of a `results.json`."""
    known = json.loads(content)
    return [_figure(one) for one in known["figures"]], known["machine"]


def _figure(row: dict[str, Any]) -> Figure:
    unit = "" if row["unit"] == "ratio" else row["unit"]
    return Figure(row["name"], tuple(row["values"]), row["goal"], row["at_least"], unit, row["note"])


def with_table(page: str, found: Sequence[Figure], on: dict[str, Any]) -> str:
    """The page with the table in place of what stood between its two markers.

    :raises ValueError: it has not both markers, once each and in order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"the page needs {BEGIN!r} and {END!r}, once each and in this order")
    return f"{before}{BEGIN}\n{markdown(found, on)}\n{END}{after}"


def markdown(found: Sequence[Figure], on: dict[str, Any]) -> str:
    """The table as Markdown, under a line about the machine."""
    where = (
        f"Measured on {on['date']}: {on['cores']} cores ({on['processor']}), {on['system']}, Python {on['python']},"
        f" model {on['model']}."
    )
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(one.cells() for one in found)]
    return "\n".join([where, "", *(f"| {' | '.join(row)} |" for row in rows)])


def print_table(found: Sequence[Figure]) -> None:
    """Prints the same table on the terminal."""
    table = Table(*HEADINGS)
    for one in found:
        table.add_row(*one.cells())
    Console().print(table)


def alone(figures: Callable[[float, int], Sequence[Figure]], says: str | None, seconds: float, rounds: int) -> None:
    """Run one benchmark from the command line: measure and print; by default with these seconds and rounds."""
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=seconds, help="of each round")
    parser.add_argument("--rounds", type=int, default=rounds)
    wanted = parser.parse_args()
    print_table(figures(wanted.seconds, wanted.rounds))
