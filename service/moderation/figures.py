"""What counts mean: sums and shares with their intervals, and times from histograms."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from model import ATTRIBUTES

Bucket = Literal["hour", "day"]

BINS_AN_OCTAVE: Final = 4
"""A histogram's bin k holds 2^(k/4) to 2^((k+1)/4) seconds; `took` in `store/lua/_queue.lua` fills it."""

CONFIDENCE_95: Final = 1.959963984540054
"""The standard normal distribution's 0.975 quantile."""

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a sample are so, and the interval that holds their share at 95 %; None where there is no sample."""

    count: int
    sample: int

    @property
    def rate(self) -> float | None:
        """The share in the sample."""
        return self.count / self.sample if self.sample else None

    @property
    def low(self) -> float | None:
        """The interval's lower end."""
        return self._end(-1)

    @property
    def high(self) -> float | None:
        """The interval's upper end."""
        return self._end(1)

    def _end(self, side: int) -> float | None:
        """An end of the score interval (Wilson 1927, "Probable inference, the law of succession", JASA 22).

        With p the share, n the sample and z the quantile: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
        """
        if not self.sample:
            return None
        n, z = self.sample, CONFIDENCE_95
        p = self.count / n
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        end = (p + z * z / (2 * n) + side * half) / (1 + z * z / n)
        # Rounding must not put the share beside its interval, nor an end beside all shares.
        return min(max(end, p), 1.0) if side > 0 else max(min(end, p), 0.0)


@dataclass(frozen=True, slots=True)
class Times:
    """Median and 95th percentile in seconds; None where nothing was timed."""

    count: int
    median: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How moderators decided where the model found an attribute, and how often they named it where it did not."""

    confirmed: Share
    missed: int


def kinds(counts: Counts, what: str) -> dict[str, int]:
    """The counts of the kinds of `what`, without those that were taken back; the kind "" is all that had no room."""
    start = f"{what}="
    return {name[len(start) :]: n for name, n in counts.items() if n and name.startswith(start)}


def checks(counts: Counts) -> dict[str, dict[str, int]]:
    """Comments that other systems asked about, by whose client it was and by what came of them."""
    found: dict[str, dict[str, int]] = {}
    for name, n in sorted(kinds(counts, "checked").items()):
        surface, _, verdict = name.partition("/")
        found.setdefault(surface, {})[verdict] = n
    return found


def times(counts: Counts, what: str) -> Times:
    """The times to `what` from its histogram (`took:<what>=<bin>`), each within a tenth of the true one."""
    bins = sorted((int(name), n) for name, n in kinds(counts, f"took:{what}").items() if name)
    total = sum(n for _, n in bins)
    return Times(total, _quantile(bins, total, 0.5), _quantile(bins, total, 0.95))


def timed(ms: Sequence[int]) -> Times:
    """The times of so many milliseconds each, exactly: the 95th percentile is the nearest of them."""
    if not ms:
        return Times(0, None, None)
    ordered = sorted(ms)
    return Times(len(ordered), statistics.median(ordered) / 1000, ordered[round(0.95 * (len(ordered) - 1))] / 1000)


def agreement(counts: Counts) -> dict[str, Agreement]:
    """By attribute, how far moderators agree with the model.

    The sample are the decisions that stand on comments of which the model found the attribute: it reached a threshold.
    One confirms it that rejects and names the attribute or nothing at all. Escalations are no decisions here.
    """
    agreed, denied, missed = (kinds(counts, what) for what in ("agreed", "denied", "missed"))
    return {
        attribute: Agreement(
            Share(agreed.get(attribute, 0), agreed.get(attribute, 0) + denied.get(attribute, 0)),
            missed.get(attribute, 0),
        )
        for attribute in ATTRIBUTES
    }


def _quantile(bins: list[tuple[int, int]], total: int, share: float) -> float | None:
    """The geometric middle of the bin in which a quantile lies."""
    for place, below in zip((place for place, _ in bins), _running(bins), strict=True):
        if below >= share * total:
            return float(2 ** ((place + 0.5) / BINS_AN_OCTAVE))
    return None


def _running(bins: list[tuple[int, int]]) -> Iterator[int]:
    below = 0
    for _, n in bins:
        below += n
        yield below
