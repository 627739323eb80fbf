"""Prometheus metrics, added up over all processes where they share a folder (PROMETHEUS_MULTIPROC_DIR)."""

import os
from collections.abc import Iterable
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest, multiprocess
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.moderation.comment import Verdict
from service.monitoring.counts import FOLDER, whole
from service.store.webhooks import Result

BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10, 30)
"""Seconds; 0.15 is what callers with a deadline are promised."""

REDIS_BUCKETS: Final = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)
"""Seconds."""

FAILURES: Final = ("connection", "timeout", "refused")
"""Why Redis did not serve a request."""


class Metrics:
    """What the service counts. A route is a rule, never an address, so that no id becomes a label."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        counter = partial(Counter, registry=self._own)
        requests = counter("winnow_http_requests", "Requests answered", ["method", "route", "status"])
        seconds = Histogram(
            "winnow_http_request_duration_seconds",
            "Time to the answer",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self._own,
        )
        under_way = Gauge(
            "winnow_http_requests_in_flight",
            "Requests that are being answered, long polls among them",
            registry=self._own,
            multiprocess_mode="livesum",
        )
        comments = counter("winnow_comments", "Comments taken in, by the machine's verdict", ["verdict"])
        checks = counter(
            "winnow_checks",
            "Comments judged for other systems, by whose client asked and the verdict",
            ["surface", "verdict"],
        )
        deliveries = counter("winnow_webhook_deliveries", "Attempts at deliveries, by what came of them", ["result"])
        asked = Histogram(
            "winnow_redis_request_duration_seconds",
            "Time to Redis' answer, repetitions included, failures too",
            buckets=REDIS_BUCKETS,
            registry=self._own,
        )
        failed = counter("winnow_redis_errors", "Requests that Redis did not serve, by why", ["reason"])
        # To find a series by its labels costs more than to count in it, and there are few.
        self._of = cache(
            lambda method, route, status: (requests.labels(method, route, status), seconds.labels(method, route))
        )
        self._under_way = under_way
        self._taken_in = cache(comments.labels)
        self._checked = cache(checks.labels)
        self._delivered = cache(deliveries.labels)
        self._asked, self._failed = asked, cache(failed.labels)
        # A series that begins at its first event has no rate for that one.
        for series, known in (
            (self._failed, FAILURES),
            (self._delivered, get_args(Result)),
            (self._taken_in, get_args(Verdict)),
        ):
            for label in known:
                series(label)
        self._worker_exits = counter("winnow_web_worker_exits", "Web workers that ended")
        self.background = Background(self._own)

    def began(self) -> None:
        """Counts a request as under way."""
        self._under_way.inc()

    def ended(self, _error: BaseException | None = None) -> None:
        """Counts a request as under way no more."""
        self._under_way.dec()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answered request."""
        requests, durations = self._of(method, route, status)
        requests.inc()
        durations.observe(seconds)

    def taken_in(self, verdict: str) -> None:
        """Counts a comment that was stored."""
        self._taken_in(verdict).inc()

    def checked(self, surface: str, verdict: str, number: int = 1) -> None:
        """Counts comments that were judged for another system."""
        self._checked(surface, verdict).inc(number)

    def delivered(self, result: str) -> None:
        """Counts an attempt at a delivery."""
        self._delivered(result).inc()

    def redis_asked(self, seconds: float, failure: str = "") -> None:
        """Counts a request to Redis, and why it was not served, one of `FAILURES` or ""."""
        self._asked.observe(seconds)
        if failure:
            self._failed(failure).inc()

    def worker_exited(self) -> None:
        """Counts a web worker that ended, whatever the cause."""
        self._worker_exits.inc()

    def exposition(self) -> bytes:
        """Prometheus' text format."""
        if FOLDER not in os.environ:
            return generate_latest(self._own)
        everybody = CollectorRegistry()
        multiprocess.MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        with whole(Path(os.environ[FOLDER])):
            return generate_latest(everybody)


class Background:
    """What the background process counts of its own work. Its times are the newest of all that ran in its place."""

    def __init__(self, registry: CollectorRegistry) -> None:
        newest = partial(Gauge, registry=registry, multiprocess_mode="max")
        self._turn = newest("winnow_background_last_turn_timestamp_seconds", "When it last looked at what is due")
        done = newest("winnow_chore_last_success_timestamp_seconds", "When a chore was last done", ["chore"])
        took = Summary("winnow_chore_duration_seconds", "Time that a chore took", ["chore"], registry=registry)
        failed = Counter("winnow_chore_failures", "Chores that were put off or failed", ["chore"], registry=registry)
        self._done, self._took, self._failed = cache(done.labels), cache(took.labels), cache(failed.labels)

    def turned(self) -> None:
        """Notes that the process goes round."""
        self._turn.set_to_current_time()

    def did(self, chore: str, seconds: float) -> None:
        """Notes a chore that was done."""
        self._took(chore).observe(seconds)
        self._done(chore).set_to_current_time()
        self._failed(chore).inc(0)  # the series is there before its first failure

    def failed(self, chore: str) -> None:
        """Notes a chore that was not done."""
        self._failed(chore).inc()


def build_info(model: str) -> bytes:
    """What runs here, in Prometheus' text format; `model` is the one that the service started with."""
    runs = GaugeMetricFamily("winnow_build_info", "What runs here", labels=["version", "model"])
    runs.add_metric([version("winnow"), model], 1)
    return written([runs])


def written(families: Iterable[Metric]) -> bytes:
    """Figures that were collected, in Prometheus' text format; a `Gauge` would be counted among all processes'."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(families))
    return generate_latest(registry)


class _Collected(Collector):
    """Stands for what would collect figures that are there."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """The figures."""
        return self._families
