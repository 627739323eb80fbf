"""What a worker sees of the comments that it takes in: gathered in memory, and added to the store now and then.

A comment costs an append. What a worker gathered since it last flushed is lost when it is killed, or while Redis is
away: they are figures, and a few seconds of them.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import structlog
from redis.exceptions import RedisError

from model.reference import BINS, BUCKETS, bin_of, word_counts
from service.moderation.comment import Judgement
from service.store.connection import StoreUnavailable
from service.store.observed import Histogram, Observed
from service.turns import slices

log = structlog.get_logger()

FLUSHES_EVERY: Final = 5.0
"""Seconds."""

READ: Final = 32
"""Comments of a site whose words are counted between two flushes; at a few comments a second that is all of them."""

HELD: Final = 20_000
"""Judgements of all sites that are held at the most; what comes beyond them before a flush is not observed."""


@dataclass(slots=True)
class _Site:
    """What was seen on a site since the last flush."""

    judgements: list[Judgement] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)


class Observations:
    """Sees every comment that was stored, and flushes what it saw.

    :param now_ms: the time, in ms since 1970.
    """

    def __init__(self, observed: Observed, now_ms: Callable[[], int]) -> None:
        self._observed, self._now_ms = observed, now_ms
        self._sites: dict[str, _Site] = {}
        self._held = 0

    def saw(self, site: str, judgement: Judgement, body: str) -> None:
        """Notes a comment that was stored; what the model does not know the language of is not observed."""
        if self._held >= HELD or "toxicity" not in judgement.scores:
            return
        seen = self._sites.get(site)
        if seen is None:
            seen = self._sites[site] = _Site()
        seen.judgements.append(judgement)
        if len(seen.texts) < READ:
            seen.texts.append((judgement.language, body))
        self._held += 1

    def flush(self) -> None:
        """Adds what was seen to the store.

        :raises StoreUnavailable: Redis is away; what was seen is lost.
        """
        sites, self._sites, self._held = self._sites, {}, 0
        for site, seen in sites.items():
            self._observed.add(site, self._now_ms(), [*_scores(seen.judgements), *_words(seen.texts)])

    def follow(self) -> None:
        """Flushes in the background from now on."""
        threading.Thread(target=self._follow, name="observations", daemon=True).start()

    def _follow(self) -> None:
        while True:
            time.sleep(FLUSHES_EVERY)
            try:
                self.flush()
            except StoreUnavailable:
                log.debug("observations lost")
            except RedisError:  # a mistake of ours must not end the observing
                log.exception("observations lost")


def _scores(judgements: list[Judgement]) -> Iterator[Histogram]:
    found: dict[tuple[str, str, str], Counter[int]] = {}
    for some in slices(judgements):
        for one in some:
            for attribute, score in one.scores.items():
                found.setdefault((one.language, attribute, one.model), Counter())[bin_of(score)] += 1
    for (language, attribute, model), counts in found.items():
        yield Histogram(language, counts, BINS, attribute, model)


def _words(texts: list[tuple[str, str]]) -> Iterator[Histogram]:
    by_language: dict[str, list[str]] = {}
    for language, text in texts:
        by_language.setdefault(language, []).append(text)
    for language, some in by_language.items():
        counts = word_counts(some)
        yield Histogram(language, {int(place): int(counts[place]) for place in counts.nonzero()[0]}, BUCKETS)
