"""What a worker sees of the comments that it takes in: gathered in memory, and added to the store now and then.

A comment costs an append. What a worker gathered since it last flushed is lost when it is killed, or while Redis is
away: they are figures, and a few seconds of them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray
from redis.exceptions import RedisError

from model.reference import BINS, BUCKETS, bins_of, word_counts
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
    alike: dict[tuple[str, str, tuple[str, ...]], list[tuple[float, ...]]] = {}
    for one in judgements:
        alike.setdefault((one.language, one.model, tuple(one.scores)), []).append(tuple(one.scores.values()))
    for (language, model, attributes), rows in alike.items():
        size = len(attributes) * BINS
        found, starts = np.zeros(size, dtype=np.int64), np.arange(0, size, BINS)
        for some in slices(rows):
            found += np.bincount((bins_of(some) + starts).ravel(), minlength=size)
        for attribute, counts in zip(attributes, found.reshape(-1, BINS), strict=True):
            yield Histogram(language, _filled(counts), BINS, attribute, model)


def _words(texts: list[tuple[str, str]]) -> Iterator[Histogram]:
    by_language: dict[str, list[str]] = {}
    for language, text in texts:
        by_language.setdefault(language, []).append(text)
    for language, some in by_language.items():
        yield Histogram(language, _filled(word_counts(some)), BUCKETS)


def _filled(counts: NDArray[np.int64]) -> dict[int, int]:
    return {place: n for place, n in enumerate(counts.tolist()) if n}
