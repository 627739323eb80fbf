"""Delivers events to webhooks: threads of its own, bounded in number, so that no endpoint holds up another."""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final

import orjson
import structlog
from redis.exceptions import RedisError

from service.schemas.fields import rfc3339_of
from service.store.connection import StoreUnavailable
from service.store.events import Event
from service.store.keys import Keys
from service.store.webhooks import AT_ONCE, Delivery, Settlement, Webhooks
from service.webhooks.schedule import Schedule
from service.webhooks.sending import Outcome, Sender
from service.webhooks.signing import signed_headers

log = structlog.get_logger()

THREADS: Final = 32
"""For webhooks that are known to answer quickly, and as many again for all others."""

LOOKS_EVERY: Final = 0.5
"""Seconds between looks for something to deliver."""

QUICK: Final = 2.0
"""Seconds within which an endpoint answers that is called quick."""

REMEMBERED: Final = 10_000
"""Webhooks that are known to be quick."""

TURN: Final = 5.0
"""Seconds after which a thread turns to another webhook."""

RESTS: Final = 5.0
"""Seconds without looks after Redis was away."""

Hook = tuple[str, str]
"""A site and the id of one of its webhooks."""


def message_id(hook: str, event: Event) -> str:
    """The id of a delivery: the same at each attempt, and another for each webhook."""
    return f"{hook}_{event.id}"


def body_of(event: Event) -> bytes:
    """What is sent: the event as `GET /v1/events` shows it, in the specification's form."""
    comment = {} if event.comment_id is None else {"comment_id": event.comment_id}
    data = {"id": event.id, **comment, "data": event.data}
    return orjson.dumps({"type": event.type, "timestamp": rfc3339_of(event.at), "data": data})


class Threads:
    """Threads that are lent, at most so many at once, and to each webhook at most `each`."""

    def __init__(self, name: str, each: int) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        self._each = each
        self._lent: Counter[Hook] = Counter()
        self._lock = threading.Lock()

    def lend(self, hook: Hook, work: Callable[[], None]) -> bool:
        """Does work for a webhook in a thread, unless all are busy or it has its share."""
        with self._lock:
            if self._lent[hook] >= self._each or self._lent.total() >= THREADS:
                return False
            self._lent[hook] += 1
        self._pool.submit(work).add_done_callback(partial(self._back, hook))
        return True

    def end(self) -> None:
        """Waits for what is on its way."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _back(self, hook: Hook, done: "Future[None]") -> None:
        with self._lock:
            self._lent[hook] -= 1
            if not self._lent[hook]:
                del self._lent[hook]
        problem = None if done.cancelled() else done.exception()
        if problem is not None:
            log.error("delivering failed", exc_info=problem)


class Deliverer:
    """Delivers what is due for every site until it is told to end. All state is in Redis: others may do the same.

    Webhooks that answered well and quickly last time have threads of their own, some at once for each. All others share
    the rest, one thread each, so that endpoints that hang hold up only each other.

    :param counted: called with what came of each attempt: `done`, `retry`, `park` or `gone`.
    """

    def __init__(
        self,
        keys: Keys,
        webhooks: Webhooks,
        sender: Sender,
        schedule: Schedule,
        counted: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._keys, self._webhooks, self._sender, self._schedule = keys, webhooks, sender, schedule
        self._counted = counted
        self._ending = threading.Event()
        self._quick, self._unproven = Threads("webhooks", AT_ONCE), Threads("unproven-webhooks", 1)
        self._proven: set[Hook] = set()

    def end(self) -> None:
        """Takes nothing new; what is on its way is finished, or taken up by the next worker when its lease ends."""
        self._ending.set()

    def run(self) -> None:
        """Looks and lends threads until `end`."""
        while not self._ending.wait(LOOKS_EVERY):
            try:
                self.look()
            except StoreUnavailable as problem:
                log.warning("deliveries put off", problem=str(problem))
                self._ending.wait(RESTS)
            except RedisError:  # a mistake of ours must not end all deliveries
                log.exception("looking for deliveries failed")
                self._ending.wait(RESTS)
        for threads in (self._quick, self._unproven):
            threads.end()

    def look(self) -> None:
        """Lends threads to all webhooks that may have something due, in random order: none is always the last."""
        ready = [
            (site, hook)
            for site in self._webhooks.sites_with_any(self._keys.sites())
            for hook in self._webhooks.ready(site)
        ]
        random.shuffle(ready)
        for one in ready:
            self._lend(one)

    def serve(self, site: str, hook: str) -> int:
        """Delivers what is due for a webhook, one after another, for the time of a turn; says how many.

        The turn ends early when the webhook belongs to the other threads from now on.
        """
        until, attempts, proven = time.monotonic() + TURN, 0, (site, hook) in self._proven
        while not self._ending.is_set() and time.monotonic() < until:
            delivery = self._webhooks.take(site, hook, secrets.token_hex(8))
            if delivery is None:
                break
            attempts += 1
            self._attempt(site, delivery)
            if ((site, hook) in self._proven) != proven:
                break
        return attempts

    def _lend(self, hook: Hook) -> None:
        def work() -> None:
            try:
                self.serve(*hook)
            except (StoreUnavailable, RedisError) as problem:  # what was leased is taken up when the lease ends
                log.warning("delivery put off", site=hook[0], webhook=hook[1], problem=str(problem))

        (self._quick if hook in self._proven else self._unproven).lend(hook, work)

    def _attempt(self, site: str, delivery: Delivery) -> None:
        body = body_of(delivery.event)
        name = message_id(delivery.hook, delivery.event)
        headers = signed_headers(delivery.secrets, name, delivery.now // 1000, body)
        began = time.monotonic()
        outcome = self._sender.send(delivery.url, headers, body)
        self._note((site, delivery.hook), well=not outcome.problem and time.monotonic() - began < QUICK)
        came = self._judged(delivery, outcome)
        self._webhooks.settle(site, delivery, came)
        self._counted(came.result)
        log.info(
            "delivery",
            site=site,
            webhook=delivery.hook,
            event_id=delivery.event.id,
            message_id=name,
            result=came.result,
            problem=outcome.problem,
            status=outcome.status,
            attempt=delivery.failures + 1,
        )

    def _note(self, hook: Hook, *, well: bool) -> None:
        if not well:
            self._proven.discard(hook)
            return
        if len(self._proven) >= REMEMBERED:
            self._proven.clear()
        self._proven.add(hook)

    def _judged(self, delivery: Delivery, outcome: Outcome) -> Settlement:
        """What follows from an attempt."""
        if not outcome.problem:
            return Settlement("done", 0, outcome.status, "")
        if outcome.problem == "gone":
            return Settlement("gone", 0, outcome.status, outcome.problem)
        age = delivery.age / 1000
        wait = self._schedule.wait(delivery.failures + 1, age, random.random(), outcome.retry_after)  # noqa: S311
        if wait is None:
            return Settlement("park", 0, outcome.status, outcome.problem)
        return Settlement("retry", round(wait * 1000), outcome.status, outcome.problem)
