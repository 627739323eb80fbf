"""The background process: webhooks, campaigns, leases that ran out, events and comments whose time is over."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from model.artifact import ArtifactError
from model.classifier import Classifier
from service import logs
from service.campaigning import Campaigning
from service.drift import Drifts
from service.models import Copies, Models
from service.monitoring.census import Census, Clerk
from service.monitoring.metrics import Background, Metrics
from service.processes.handover import READY
from service.settings import Settings, load_settings
from service.store.audit import Audit
from service.store.campaigns import Campaigns
from service.store.comments import Comments
from service.store.connection import Store, StoreUnavailable, connect
from service.store.events import Events
from service.store.keys import Keys
from service.store.models import Published
from service.store.observed import Observed
from service.store.policies import Policies
from service.store.privacy import Privacy
from service.store.queue import Queue
from service.store.retention import AUDIT_KEPT, EVENTS_KEPT, Retention, now_ms
from service.store.reviews import Reviews
from service.store.stats import Stats
from service.store.webhooks import Webhooks
from service.webhooks.delivery import Deliverer
from service.webhooks.schedule import Schedule
from service.webhooks.sending import Sender

log = structlog.get_logger()


@dataclass(slots=True)
class Chore:
    """Something to do every so many seconds, with the name of each site."""

    name: str
    every: float
    do: Callable[[str], object]
    due: float = 0.0


class Worker:
    """Does its chores for every site until it is told to end; what fails is tried again when it is due again."""

    def __init__(self, keys: Keys, chores: list[Chore], counted: Background) -> None:
        self._keys, self._chores, self._counted = keys, chores, counted
        self._ended = False

    def end(self) -> None:
        """Ends after the chore at hand. A signal may call it anywhere, so it must not take a lock, as an Event does."""
        self._ended = True

    def run(self) -> None:
        """Works until `end`."""
        while not self._ended:
            self._counted.turned()
            now = time.monotonic()
            for chore in self._chores:
                if chore.due <= now:
                    chore.due = now + chore.every
                    self._do(chore)
            time.sleep(0.5)

    def _do(self, chore: Chore) -> None:
        began = time.monotonic()
        try:
            for site in self._keys.sites():
                chore.do(site)
        except StoreUnavailable as problem:
            self._counted.failed(chore.name)
            log.warning("chore put off", chore=chore.name, problem=str(problem))
        except (RedisError, ValueError):  # a mistake of ours, or what is damaged, must not stop the other chores
            self._counted.failed(chore.name)
            log.exception("chore failed", chore=chore.name)
        else:
            self._counted.did(chore.name, time.monotonic() - began)


def chores(store: Store) -> list[Chore]:
    """All there is to do."""
    queue, events, retention, audit = Queue(store), Events(store), Retention(store), Audit(store)
    policies = Policies(store)
    campaigning = Campaigning(Campaigns(store), Comments(store), queue)
    return [
        Chore("campaigns", 0.5, campaigning.catch_up),
        Chore("leases", 5, queue.release_expired),
        Chore("events", 3600, lambda site: events.drop_before(site, now_ms() - EVENTS_KEPT)),
        Chore("webhooks", 3600, Webhooks(store).forget_dropped),
        Chore("reviews", 3600, Reviews(store).end_old),
        Chore("authors", 5, Privacy(store, Comments(store)).go_on),
        Chore("audit", 3600, lambda site: audit.drop_before(site, now_ms() - AUDIT_KEPT)),
        Chore("retention", 3600, lambda site: retention.apply(site, policies.retention(site))),
        Chore("personal", 6 * 3600, lambda site: retention.redact(site, policies.retention(site))),
        Chore("rewrite", 3600, retention.rewrite_after_erasures),
        Chore("counts", 3600, Stats(store).fold),
    ]


def deliverer(settings: Settings, store: Store, counted: Callable[[str], None]) -> Deliverer:
    """What delivers to the webhooks, in threads of its own."""
    sender = Sender(settings.webhook_networks)
    return Deliverer(Keys(store), Webhooks(store), sender, Schedule(), counted)


def watches(store: Store, models: Models) -> list[Chore]:
    """What to look at that takes the model in force."""
    drifts = Drifts(Observed(store), models)
    return [Chore("drift", 3600, lambda site: drifts.check(site, now_ms()))]


def main(says: int | None = None) -> None:
    """Runs the worker until SIGTERM, on the store that REDIS_URL names.

    :param says: a file descriptor on which it says that it is ready, if it is to take another's place.
    :raises SystemExit: the model cannot be used.
    """
    settings = load_settings()
    logs.configure(settings.log_level)
    metrics = Metrics()
    store = Store(connect(settings.redis_url or "", replicas=settings.redis_wait), watch=metrics.redis_asked)
    deliveries = deliverer(settings, store, metrics.delivered)
    published = Published(store)
    try:
        own = Classifier.load(settings.model, compiled=False)
    except ArtifactError as problem:
        raise SystemExit(str(problem)) from None
    models = Models(published, own, Copies(settings.data / "models", published, compiled=False))
    worker = Worker(Keys(store), [*chores(store), *watches(store, models)], metrics.background)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.end())

    def deliver() -> None:
        try:
            deliveries.run()
        finally:  # a process that delivers no more is of no use: the supervisor starts another
            worker.end()

    threading.Thread(target=deliver, name="deliveries").start()
    census = Census(store, models, allow_volatile=settings.allow_volatile)
    Clerk(settings.metrics, census.count).start()
    if says is not None:
        os.write(says, READY)
    try:
        worker.run()
    finally:
        deliveries.end()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
