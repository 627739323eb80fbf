"""What was seen of comments, in histograms by the day, and the alarms that came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from service.moderation.drift import Drift, Seen
from service.store.connection import HOUSE, Store, site_key
from service.store.stats import DAY_MS

DRIFTED: Final = site_key(HOUSE, "drifted")

MOST_HISTOGRAMS: Final = 300
"""A day's; seven languages with seven attributes are 49 for each model that scored on that day, and seven of words."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by place, of so many places: of an attribute's scores by a model, or of words where there is neither."""

    language: str
    counts: Mapping[int, int]
    size: int
    attribute: str = ""
    model: str = ""

    def name(self) -> str:
        """Its field; the model's version comes last, since it may be any text."""
        return f"scores/{self.language}/{self.attribute}/{self.model}" if self.attribute else f"words/{self.language}"


class Observed:
    """What was seen on every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, site: str, ms: int, histograms: Sequence[Histogram]) -> None:
        """Adds to the day that holds a time."""
        added = [
            value
            for one in histograms
            for value in (one.name(), one.size, " ".join(f"{place}:{n}" for place, n in one.counts.items()))
        ]
        self._store.run("observe", site, ms // DAY_MS, MOST_HISTOGRAMS, *added)

    def seen(self, site: str, since: int, until: int, model: str) -> Seen:
        """What was seen from the day of `since` up to `until` (ms): all words, and the scores that this model gave."""

        def build(pipeline: Any) -> None:
            for day in range(since // DAY_MS, -(-until // DAY_MS)):
                pipeline.hgetall(site_key(site, "seen", day))

        scores: dict[str, dict[str, list[int]]] = {}
        words: dict[str, list[int]] = {}
        for kept in self._store.together(build):
            for name, line in kept.items():
                kind, language, *of = name.split("/", 3)
                counts = [int(one) for one in line.split()]
                if kind == "words":
                    words[language] = _sum(words.get(language), counts)
                elif of[1] == model:
                    known = scores.setdefault(language, {})
                    known[of[0]] = _sum(known.get(of[0]), counts)
        return Seen(scores, words)

    def tell(self, site: str, model: str, drift: Drift) -> None:
        """Keeps whether a site has an alarm, and tells its followers of one that begins."""
        alarms = [
            {
                "language": language,
                "measure": name,
                "value": round(shift.value, 4),
                "threshold": shift.threshold,
                "sample": shift.sample,
            }
            for language, name, shift in drift.alarms()
        ]
        self._store.run("tell_drift", site, int(drift.drifted), orjson.dumps({"model": model, "alarms": alarms}))
        if drift.drifted:
            self._store.call(lambda client: client.sadd(DRIFTED, site))
        else:
            self._store.call(lambda client: client.srem(DRIFTED, site))

    def alarmed_since(self, site: str) -> int | None:
        """Since when (ms) a site has an alarm, or None."""
        since = self._store.call(lambda client: client.hget(site_key(site, "drift"), "since"))
        return int(since) if since else None

    def alarms(self) -> int:
        """On how many sites there is one."""
        return int(self._store.call(lambda client: client.scard(DRIFTED)))


def _sum(before: list[int] | None, counts: list[int]) -> list[int]:
    return counts if before is None else [one + other for one, other in zip(before, counts, strict=True)]
