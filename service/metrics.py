"""Prometheus metrics, added up over all workers where they share a folder (PROMETHEUS_MULTIPROC_DIR)."""

import contextlib
import hashlib
import os
import stat
from functools import cache
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10, 30)
"""Seconds; 0.15 is what callers with a deadline are promised."""

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # no secret is in it
"""On Linux, a file system without a disk."""

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """What the service counts. A route is a rule, never an address, so that no id becomes a label."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        requests = Counter(
            "winnow_http_requests", "Requests answered", ["method", "route", "status"], registry=self._own
        )
        seconds = Histogram(
            "winnow_http_request_duration_seconds",
            "Time to the answer",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self._own,
        )
        comments = Counter(
            "winnow_comments", "Comments taken in, by the machine's verdict", ["verdict"], registry=self._own
        )
        checks = Counter(
            "winnow_checks",
            "Comments judged for other systems, by whose client asked and the verdict",
            ["surface", "verdict"],
            registry=self._own,
        )
        deliveries = Counter(
            "winnow_webhook_deliveries", "Attempts at deliveries, by what came of them", ["result"], registry=self._own
        )
        # To find a series by its labels costs more than to count in it, and there are few.
        self._of = cache(
            lambda method, route, status: (requests.labels(method, route, status), seconds.labels(method, route))
        )
        self._taken_in = cache(comments.labels)
        self._checked = cache(checks.labels)
        self._delivered = cache(deliveries.labels)

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

    def exposition(self) -> bytes:
        """Prometheus' text format."""
        if FOLDER not in os.environ:
            return generate_latest(self._own)
        everybody = CollectorRegistry()
        multiprocess.MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)


def gauge(name: str, says: str, value: float) -> bytes:
    """A figure that is the same for all workers, in Prometheus' text format."""
    one = CollectorRegistry()
    Gauge(name, says, registry=one).set(value)
    return generate_latest(one)


def folder_for(data: Path) -> Path:
    """Where the processes of a service share their counts: in memory, where the system has a folder for that.

    They write by mapping files, and a process that maps a page for which a full disk has no room is killed. A folder of
    this name that somebody else made is left alone.
    """
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    folder = MEMORY / f"winnow-{os.getuid()}-{name}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        made = folder.lstat()
        if stat.S_ISDIR(made.st_mode) and made.st_uid == os.getuid():
            return folder
    return data / "metrics"


def prepare_folder(folder: Path) -> None:
    """Empties the workers' folder; before any of them counts."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
