"""What Redis holds of all sites together, in figures for an operator; no site is named, since metrics need no key.

The background process counts, and leaves a file for whoever answers a scrape: so no scrape ever waits for Redis. A
count that fails takes the file away, and one that is old is not believed.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily
from redis.exceptions import RedisError

from service.models import Models
from service.monitoring.metrics import written
from service.store.connection import Store, StoreUnavailable
from service.store.events import Events
from service.store.health import problems_of, servers_of
from service.store.keys import Keys
from service.store.labels import Labels
from service.store.observed import Observed
from service.store.policies import Policies
from service.store.queue import Queue
from service.store.shadows import Shadows
from service.store.webhooks import Webhooks

log = structlog.get_logger()

EVERY: Final = 10.0
BELIEVED: Final = 60.0
"""Seconds between counts, and how old one may be."""

FILE: Final = "census.prom"

Figure = tuple[str, str, float]
"""A metric's name, what it says, and its value."""


class Census:
    """Counts what all sites hold.

    :param allow_volatile: what counts as ready, as the setting has it.
    """

    def __init__(self, store: Store, models: Models, *, allow_volatile: bool) -> None:
        self._store, self._models, self._allow_volatile = store, models, allow_volatile
        self._keys, self._queue, self._webhooks = Keys(store), Queue(store), Webhooks(store)
        self._labels, self._policies, self._observed = Labels(store), Policies(store), Observed(store)
        self._events, self._shadows = Events(store), Shadows(store)

    def count(self) -> bytes:
        """Prometheus' text format.

        :raises StoreUnavailable: Redis is away.
        """
        sites = self._keys.sites()
        figures = [GaugeMetricFamily(name, says, value) for name, says, value in self._figures(sites)]
        in_force = GaugeMetricFamily("winnow_model_sites", "Sites that a model scores for", labels=["version"])
        for version, number in Counter(self._models.in_force(site).version for site in sites).items():
            in_force.add_metric([version], number)
        return written([*figures, in_force])

    def _figures(self, sites: list[str]) -> Iterator[Figure]:
        yield "winnow_census_timestamp_seconds", "When this was counted", time.time()
        yield "winnow_sites", "Sites that ever had a key or a person", len(sites)
        yield from self._of_redis()
        yield from self._of_the_queue(sites)
        backlog = self._webhooks.backlog(sites)
        yield "winnow_webhooks", "Webhooks that are delivered to", backlog.enabled
        yield "winnow_webhooks_disabled", "Webhooks that are not delivered to", backlog.disabled
        yield "winnow_webhook_deliveries_owed", "Deliveries that were begun and did not get through yet", backlog.owed
        yield "winnow_webhook_deliveries_parked", "Deliveries that were given up", backlog.parked
        age = backlog.oldest_seconds
        yield "winnow_webhook_oldest_owed_age_seconds", "Age of the oldest event that is owed, 0 without one", age
        yield "winnow_events_kept", "Events that may still be followed", self._events.kept(sites)
        running = sum(token is not None for token in self._shadows.tokens(sites)) if sites else 0
        yield "winnow_shadows_running", "Drafts of policies that run beside the policy", running
        yield "winnow_drifted_sites", "Sites with an alarm for drift", self._observed.alarms()
        kept = {site: self._policies.retention(site).decided_days for site in sites}
        expiring = sum(self._labels.expiring(kept).values())
        yield "winnow_labels_expiring", "Decisions that were never exported and end within 14 days", expiring

    def _of_redis(self) -> Iterator[Figure]:
        ready = not problems_of(self._store, allow_volatile=self._allow_volatile)
        yield "winnow_ready", "1 when Redis is there and keeps what it is given, as /readyz says, else 0", ready
        servers = servers_of(self._store).values()
        fullest = max(servers, key=lambda one: one.memory / one.memory_max if one.memory_max else 0.0)
        replicas = min(one.replicas for one in servers)
        yield "winnow_redis_primaries", "Redis' servers that take changes: more than one in a cluster", len(servers)
        yield "winnow_redis_memory_used_bytes", "Memory that Redis takes; in a cluster the fullest", fullest.memory
        yield "winnow_redis_memory_max_bytes", "That one's maxmemory, 0 for no limit", fullest.memory_max
        yield "winnow_redis_connected_replicas", "Replicas that follow Redis, the fewest of a primary", replicas

    def _of_the_queue(self, sites: list[str]) -> Iterator[Figure]:
        each = [self._queue.figures(site) for site in sites]
        oldest = max((one.oldest_seconds or 0.0 for one in each), default=0.0)
        yield "winnow_queue_pending", "Comments that wait for a moderator", sum(one.pending for one in each)
        yield "winnow_queue_claimed", "Comments that moderators hold", sum(one.claimed for one in each)
        yield "winnow_queue_escalated", "Comments that wait for an admin", sum(one.escalated for one in each)
        yield "winnow_queue_open_reviews", "Reviews that wait for a moderator", sum(one.reviews for one in each)
        yield "winnow_queue_oldest_pending_age_seconds", "How long the comment waits that waits longest", oldest


@dataclass(frozen=True, slots=True)
class Clerk:
    """Counts again and again, in a thread of its own, so that long chores hold no count up."""

    folder: Path
    count: Callable[[], bytes]

    def start(self) -> None:
        """Begins."""
        threading.Thread(target=self._run, name="census", daemon=True).start()

    def once(self) -> None:
        """Counts, and leaves the file or none."""
        file = self.folder / FILE
        try:
            counted = self.count()
        except StoreUnavailable as problem:
            log.warning("census put off", problem=str(problem))
            file.unlink(missing_ok=True)
            return
        aside = self.folder / f"{FILE}.{os.getpid()}.new"  # another process may have this one's place already
        aside.write_bytes(counted)
        aside.replace(file)

    def _run(self) -> None:
        while True:
            try:
                self.once()
            except (RedisError, OSError, ValueError):  # a mistake of ours must not end the counting
                log.exception("census failed")
            time.sleep(EVERY)


def exposition(folder: Path) -> bytes:
    """What was counted last, in Prometheus' text format; empty where that is nothing or long ago."""
    file = folder / FILE
    try:
        return file.read_bytes() if time.time() - file.stat().st_mtime < BELIEVED else b""
    except FileNotFoundError:
        return b""
