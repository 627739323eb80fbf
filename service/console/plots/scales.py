"""Scales with ticks that a person would choose, and figures in words."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from typing import Final

from service.store.stats import DAY_MS, HOUR_MS

MOST_STEPS: Final = 5
"""Steps of a scale at the most; with steps of 1, 2 and 5 there are then at least three of all but the smallest."""

MOST_MOMENTS: Final = 14
MOST_MOMENTS_NARROW: Final = 5
"""Labels along an axis of time, where there is room and on a phone."""

NOTHING: Final = "none"
"""What stands in a table where there is no figure."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WEEK_MS: Final = 7 * DAY_MS
_FIRST_MONDAY_MS: Final = 4 * DAY_MS  # 1970 began on a Thursday


@dataclass(frozen=True, slots=True)
class Scale:
    """Figures from 0 to `top`, and what is written at some of them, from 0 up."""

    top: float
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """How far up a figure lies: 0 at nothing, 1 at the top and beyond."""
        return min(max(value / self.top, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is written under a bucket of time; without `narrow` only where there is room."""

    place: int
    label: str
    narrow: bool


def counts(highest: float) -> Scale:
    """A scale of whole numbers."""
    return _scale(highest, chain([1.0, 2.0, 5.0], _decades(10)), lambda value, _: short_count(value))


def amounts(highest: float) -> Scale:
    """A scale of small figures, in hundredths at the least."""
    return _scale(highest, chain([0.02, 0.05], _decades(0.1)), lambda value, _: f"{value:.2f}".rstrip("0").rstrip("."))


def shares(highest: float = 1.0) -> Scale:
    """A scale of shares, written in per cent; by itself it is all of 0 to 100."""
    return _scale(min(highest, 1.0), [0.01, 0.02, 0.05, 0.1, 0.25], lambda value, _: f"{value:.0%}".replace("%", " %"))


def durations(highest: float) -> Scale:
    """A scale of seconds, written in the unit of its steps."""
    small = (1, 2, 5, 10, 15, 30)
    steps = chain(
        small,
        (_MINUTE * step for step in small),
        (_HOUR * step for step in (1, 2, 3, 6, 12)),
        (_DAY * step for step in chain([1.0, 2.0, 5.0], _decades(10))),
    )
    return _scale(highest, steps, _in_steps_unit)


def moments(starts: Sequence[int], width: int) -> list[Moment]:
    """What to write under buckets of time, by their beginnings and their width in ms (UTC).

    Steps are hours, days, weeks from Monday, months or years, such that there are few. A step is written at the bucket
    in which it begins.
    """
    for step, period in _PERIODS:
        begun = [place for place, at in enumerate(starts) if period(at + width - 1) != period(at - 1)]
        if step >= width and len(begun) <= MOST_MOMENTS:
            every = -(-len(begun) // MOST_MOMENTS_NARROW)
            return [
                Moment(place, _moment_label(starts[place] + width - 1, starts[place], step), n % every == 0)
                for n, place in enumerate(begun)
            ]
    return []


def bucket_words(start: int, width: int) -> str:
    """A bucket of time in words: `Thu 26 Nov 2026`, `26 Nov 14:00`, `week from Mon 23 Nov 2026`."""
    at = datetime.fromtimestamp(start / 1000, UTC)
    if width >= _WEEK_MS:
        return f"week from {_day(at)}"
    return _day(at) if width >= DAY_MS else f"{at:%a} {at.day} {at:%b} {at:%H:%M}"


def short_count(value: float) -> str:
    """A whole number as a tick has it: 900, 2,000, 15k, 2M."""
    if value >= 1_000_000:  # noqa: PLR2004
        return f"{value / 1_000_000:g}M"
    return f"{value / 1_000:g}k" if value >= 10_000 else f"{value:,.0f}"  # noqa: PLR2004


def count_words(value: float | None) -> str:
    """A whole number: 12,345."""
    return NOTHING if value is None else f"{value:,.0f}"


def share_words(value: float | None) -> str:
    """A share in per cent: 12.5 %, and `under 0.1 %` of what is there but rounds to nothing."""
    if value is None:
        return NOTHING
    if 0 < value < 0.001:  # noqa: PLR2004
        return "under 0.1 %"
    return f"{100 * value:.1f}".removesuffix(".0") + " %"


def amount_words(value: float | None) -> str:
    """A small figure to three places: 0.125."""
    return NOTHING if value is None else f"{value:.3f}"


def kappa_words(value: float | None) -> str:
    """Cohen's kappa, to two places."""
    return NOTHING if value is None else f"{value:.2f}"


def clock_words(ms: int) -> str:
    """A time of today as a clock has it, to the second."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S} UTC"


def duration_words(seconds: float | None) -> str:
    """Seconds as one says them, in two units at the most: 0.4 s, 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds is None:
        return NOTHING
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for size, unit, below, smaller in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s")):
        if whole >= size:
            large, rest = divmod(whole, size)
            return f"{large} {unit}" + (f" {rest // below} {smaller}" if rest >= below else "")
    return f"{whole} s"


FILTERS: Final = {
    "count_words": count_words,
    "share_words": share_words,
    "amount_words": amount_words,
    "duration_words": duration_words,
    "kappa_words": kappa_words,
    "clock": clock_words,
}
"""What templates call."""


def _decades(first: float) -> Iterator[float]:
    """1, 2 and 5 times `first`, ten times that, and so on without an end."""
    return (first * 10**power * step for power in count() for step in (1, 2, 5))


def _scale(highest: float, steps: Iterator[float] | Sequence[float], label: Callable[[float, float], str]) -> Scale:
    """The scale with the first step of which few reach the highest figure; it has one step at the least."""
    step = next(step for step in steps if highest <= step * MOST_STEPS * (1 + 1e-9))
    n = max(1, math.ceil(highest / step - 1e-9))
    return Scale(n * step, tuple((at * step, label(at * step, step)) for at in range(n + 1)))


def _in_steps_unit(seconds: float, step: float) -> str:
    if not seconds:
        return "0"
    size, unit = next((size, unit) for size, unit in _UNITS if step >= size)
    return f"{seconds / size:g} {unit}"


_UNITS: Final = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))


def _month(ms: int) -> int:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.year * 12 + at.month - 1


def _regular(step: int, offset: int = 0) -> Callable[[int], int]:
    return lambda ms: (ms - offset) // step


_MONTH_MS: Final = 28 * DAY_MS  # the shortest: what is called a month is not shorter

_PERIODS: Final[tuple[tuple[int, Callable[[int], int]], ...]] = (
    *((hours * HOUR_MS, _regular(hours * HOUR_MS)) for hours in (1, 3, 6, 12)),
    (DAY_MS, _regular(DAY_MS)),
    (2 * DAY_MS, _regular(2 * DAY_MS)),
    (_WEEK_MS, _regular(_WEEK_MS, _FIRST_MONDAY_MS)),
    (_MONTH_MS, _month),
    (3 * _MONTH_MS, lambda ms: _month(ms) // 3),
    (12 * _MONTH_MS, lambda ms: _month(ms) // 12),
)
"""Periods with their shortest length in ms, and which one holds a time (ms)."""


def _moment_label(last: int, first: int, step: int) -> str:
    at = datetime.fromtimestamp((last if step >= _MONTH_MS else first) / 1000, UTC)
    if step >= _MONTH_MS:
        return f"{at.year}" if at.month == 1 else f"{at:%b}"
    return f"{at:%H:%M}" if step < DAY_MS and at.hour else f"{at.day} {at:%b}"


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y}"
