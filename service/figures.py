"""The figures of a site over a range of time."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from service.moderation.figures import Agreement, Bucket, Counts, agreement, checks, kinds, times
from service.store.stats import DAY_MS, HOUR_MS, HOURS_KEPT_DAYS, KEPT_DAYS, Stats

WIDTH: Final[dict[Bucket, int]] = {"hour": HOUR_MS, "day": DAY_MS}

REACH: Final[dict[Bucket, int]] = {"hour": HOURS_KEPT_DAYS * DAY_MS, "day": KEPT_DAYS * DAY_MS}
"""How far back a range may begin, in ms."""

UNASKED: Final[dict[Bucket, int]] = {"hour": 2 * DAY_MS, "day": 30 * DAY_MS}
"""How long a range is whose beginning is not said."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `since` up to `until`, in ms, in whole buckets of `width`."""

    since: int
    until: int
    width: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What happened in a range: in each bucket, by its beginning, and in all of it."""

    range: Range
    buckets: dict[int, Counter[str]]
    totals: Counter[str]

    @property
    def agreement(self) -> dict[str, Agreement]:
        """How moderators agree with the model, over the whole range."""
        return agreement(self.totals)


class Figures:
    """What is kept, clipped to the range that is asked for and added up."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    def over(
        self, site: str, since: int | None, until: int | None, bucket: Bucket, *, unasked: int | None = None
    ) -> Overview:
        """The counts of a range (ms); None for its end is now, for its beginning `unasked` ms before its end."""
        asked = clipped(self._stats.now(site), since, until, bucket, unasked)
        buckets = self._stats.counted(site, asked.since, asked.until, asked.width)
        totals: Counter[str] = Counter()
        for one in buckets.values():
            totals.update(one)
        return Overview(asked, buckets, totals)


def clipped(now: int, since: int | None, until: int | None, bucket: Bucket, unasked: int | None = None) -> Range:
    """A range in whole buckets of which none lies ahead of us, nor behind what is kept; it may be empty."""
    width = WIDTH[bucket]
    end = min(_up(now if until is None else until, width), _up(now + 1, width))
    begin = end - (unasked or UNASKED[bucket]) if since is None else since // width * width
    return Range(min(max(begin, _up(now - REACH[bucket], width)), end), end, width)


def happenings(counts: Counts) -> dict[str, Any]:
    """What happened, in the words of the API."""

    def of(*names: str, start: str = "") -> dict[str, int]:
        return {name: counts.get(start + name, 0) for name in names}

    verdicts = of("approve", "hold", "reject")
    return {
        "comments": sum(verdicts.values()),
        "verdicts": verdicts,
        "decisions": of("approve", "reject", "escalate", start="decided:"),
        **of("undone", "edited", "erased", "reported", "appealed"),
        "appeals": of("approved", "rejected", start="appeal:"),
        "reviews": {
            **of("reviewed", "audited"),
            "disagreed": counts.get("reviewed:disagreed", 0),
            "audited_wrong": counts.get("audited:wrong", 0),
        },
        "checks": checks(counts),
        "suggestions": kinds(counts, "suggested"),
        "time_to_claim": times(counts, "claim"),
        "time_to_decision": times(counts, "decision"),
    }


def _up(ms: int, width: int) -> int:
    return -(-ms // width) * width
