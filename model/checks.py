"""What the gate found, as values that are kept: a report has checks, a check has figures beside their bounds.

It stands apart from `model.registry`, which measures: who only shows a report needs no library of the training's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

FIGURES: Final = 100
"""Figures of a check that a report keeps; those that refused the candidate go first."""

WORDS: Final = 2000
"""Characters of a check's message that a report keeps."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured and what it may be; where an interval was measured it is the one that holds it at 95 %.

    A figure outside its bounds need not refuse a candidate: chance alone may have put it there.
    """

    of: str
    value: float
    passed: bool
    least: float | None = None
    most: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a candidate; `message` says what was measured, and by how much it is off where it failed."""

    name: str
    passed: bool
    message: str
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The checks that the gate made, and the version of the model that the candidate was compared with."""

    against: str
    checks: tuple[Check, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """The names of the checks that refuse the candidate; whoever publishes it nevertheless does so by force."""
        return tuple(check.name for check in self.checks if not check.passed)

    def kept(self) -> dict[str, Any]:
        """Return it as JSON's values, of a size that has an end."""
        return {
            "against": self.against,
            "checks": [
                {
                    "name": check.name,
                    "passed": check.passed,
                    "message": check.message[:WORDS],
                    "figures": [_row(figure) for figure in sorted(check.figures, key=lambda one: one.passed)[:FIGURES]],
                }
                for check in self.checks
            ],
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Report:
        """Return what `kept` made values of."""
        return cls(
            kept["against"],
            tuple(
                Check(one["name"], one["passed"], one["message"], _figures(one["figures"])) for one in kept["checks"]
            ),
        )


def _row(figure: Figure) -> list[Any]:
    """Write a figure without names, for there are many; what is no number has no value in JSON."""
    numbers = (figure.value, figure.least, figure.most, figure.low, figure.high)
    told = [None if one is None or not math.isfinite(one) else round(float(one), 6) for one in numbers]
    return [figure.of, figure.passed, *told]


def _figures(rows: Sequence[Sequence[Any]]) -> tuple[Figure, ...]:
    return tuple(
        Figure(of, math.nan if value is None else value, passed, *bounds) for of, passed, value, *bounds in rows
    )
