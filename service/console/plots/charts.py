"""What a site's figures look like: the plots of the pages for the lead."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from model.reference import LOGITS, Spread
from service.console.plots.plots import Buckets, Plot, Row, Series, bars, lines, spread, stacked
from service.console.plots.scales import amount_words, amounts, counts, duration_words, durations, share_words, shares
from service.console.words import attribute_words
from service.figures import Overview, Range
from service.moderation.drift import Shift
from service.moderation.figures import Agreement, Share, times
from service.store.stats import DAY_MS, HOUR_MS

MOST_BARS: Final = 64
"""Bars that a plot over time has at the most: two months of days. Longer ranges are added up to longer stretches."""

WIDTHS: Final = (HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 7 * DAY_MS)

BINS_TOGETHER: Final = 2
"""Of the bins in which scores are watched, so many are one in a plot: each is then as wide as 1 on the logit scale."""

_MONDAY: Final = 4 * DAY_MS  # 1970 began on a Thursday


@dataclass(frozen=True, slots=True)
class Stretches:
    """What was counted, in stretches of time that are few enough to be seen."""

    over: Buckets
    counted: list[Counter[str]]

    def of(self, name: str, what: str) -> Series:
        """How often something happened."""
        return Series(name, [one.get(what, 0) for one in self.counted])


def stretches(found: Overview, now: int) -> Stretches:
    """The buckets of a range added up; of those that begin before it, or end after it or after `now` (ms), a part."""
    asked = found.range
    width = next(one for one in WIDTHS if one >= asked.width and _many(asked, one) <= MOST_BARS)
    offset = _offset(width)
    added: dict[int, Counter[str]] = {}
    for at, one in found.buckets.items():
        added.setdefault((at - offset) // width * width + offset, Counter()).update(one)
    partial = {place for place, at in enumerate(added) if at < asked.since or at + width > min(asked.until, now)}
    return Stretches(Buckets(list(added), width, frozenset(partial)), list(added.values()))


def volumes(name: str, seen: Stretches) -> Plot:
    """Comments that came, by the machine's verdict."""
    verdicts = [seen.of("approved", "approve"), seen.of("held", "hold"), seen.of("rejected", "reject")]
    return stacked(name, "Comments by the machine's verdict", seen.over, verdicts, counts)


def decisions(name: str, seen: Stretches) -> Plot:
    """Decisions of moderators."""
    actions = [(word, f"decided:{action}") for word, action in _ACTIONS]
    return stacked(name, "Decisions of moderators", seen.over, [seen.of(*one) for one in actions], counts)


def waits(name: str, title: str, seen: Stretches, what: str) -> Plot:
    """Seconds from arrival to the first claim, or to the decision: half took no longer, and 95 of 100."""
    found = [times(one, what) for one in seen.counted]
    series = [Series("median", [one.median for one in found]), Series("95th percentile", [one.p95 for one in found])]
    return lines(name, title, seen.over, series, durations, duration_words)


def readers(name: str, seen: Stretches) -> Plot:
    """What readers reported and authors contested."""
    both = [seen.of("reports", "reported"), seen.of("appeals", "appealed")]
    return stacked(name, "Reports by readers, appeals by authors", seen.over, both, counts)


def confirmations(name: str, found: Mapping[str, Agreement]) -> Plot:
    """Of the comments in which the model found an attribute, the share that moderators confirmed."""
    rows = [
        Row(
            attribute_words(attribute),
            one.confirmed.rate,
            share_said(one.confirmed),
            one.confirmed.low,
            one.confirmed.high,
        )
        for attribute, one in found.items()
    ]
    return bars(name, "Confirmed by moderators", ("Attribute", "Confirmed (interval at 95 %)"), rows, shares())


def shifts(name: str, title: str, columns: tuple[str, str], found: Mapping[str, Shift]) -> Plot:
    """How far each thing has moved, beside the value that raises an alarm; `columns` are what, and of what so many."""
    rows = [Row(what, one.value, _shift_said(one, columns[1])) for what, one in found.items()]
    limit = max((one.threshold for one in found.values()), default=0.0)
    highest = max((one.value for one in found.values()), default=0.0)
    return bars(name, title, (columns[0], "Moved by"), rows, amounts(max(highest, 1.2 * limit)), limit)


def scores(name: str, title: str, before: Spread, seen: Sequence[int]) -> Plot:
    """How scores are spread now, and were when the model was made, over bins of one width on the logit scale."""
    total = sum(seen)
    now = [sum(some) / total if total else None for some in _together(seen)]
    was = Series("what the model saw", [sum(some) for some in _together(before.shares)])
    return spread(name, title, _edges(len(now)), Series("these days", now), was, shares, share_words)


def share_said(share: Share) -> str:
    """A share with its interval and its sample: `82 % (74 to 88 %) of 120`."""
    if share.rate is None or share.low is None or share.high is None:
        return "none yet"
    return f"{share.rate:.0%} ({share.low:.0%} to {share.high:.0%}) of {share.sample:,}".replace("%", " %")


def _offset(width: int) -> int:
    return _MONDAY if width > DAY_MS else 0


def _many(asked: Range, width: int) -> int:
    """How many stretches of a width a range has a part in."""
    offset = _offset(width)
    return -(-(asked.until - offset) // width) - (asked.since - offset) // width


_ACTIONS: Final = (("approved", "approve"), ("rejected", "reject"), ("escalated", "escalate"))


def _shift_said(one: Shift, of: str) -> str:
    said = f"{amount_words(one.value)} ({one.sample:,} {of})"
    if one.drifted is None:
        return f"{said}, too few to say"
    return f"{said}, alarm" if one.drifted else said


def _together(bins: Sequence[float]) -> list[Sequence[float]]:
    return [bins[place : place + BINS_TOGETHER] for place in range(0, len(bins), BINS_TOGETHER)]


def _edges(n: int) -> list[str]:
    """The scores at the ends of so many bins; the outer ones hold what lies beyond, too."""
    low, high = LOGITS
    inner = [low + (high - low) * place / n for place in range(1, n)]
    return ["0", *(f"{1 / (1 + math.exp(-logit)):.2g}" for logit in inner), "1"]
