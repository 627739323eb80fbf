"""What a comment costs beside an empty Flask POST and beside the ordinary service, under the same gunicorn, in turns.

    python -m benchmarks.throughput [--seconds 3] [--rounds 7]

All sides run with two gevent workers, and keep running; the load comes to one of them at a time, from one process of
its own with eight connections. A full post is validated, scored, judged under the default policy and stored, with a
real Redis that syncs as the line says. Processor time is that of the web workers alone; what Redis and the load
generator take of the same cores has lines of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.figures import Figure, alone, ratios
from benchmarks.load import (
    CONNECTIONS,
    ROOT,
    Run,
    Target,
    elsewhere,
    floor_app,
    load,
    processor_time,
    redis,
    serving,
    winnow,
)
from benchmarks.ordinary import PIPELINE, REDIS, pipeline
from benchmarks.texts import body_only, example, long_example

SECONDS, ROUNDS = 3.0, 7


@dataclass
class Side:
    """One of the services, and what each round showed of it."""

    target: Target
    workers: list[psutil.Process]
    redis: list[psutil.Process] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    workers_us: list[float] = field(default_factory=list)  # microseconds of processor time a request
    redis_us: list[float] = field(default_factory=list)
    generator: list[float] = field(default_factory=list)  # share of one core

    def round(self, pool: ProcessPoolExecutor, seconds: float) -> None:
        """Loads it for a while."""
        before = [processor_time(one) for one in (self.workers, self.redis)]
        run: Run = pool.submit(load, self.target, CONNECTIONS, seconds).result()
        used = [processor_time(one) - start for one, start in zip((self.workers, self.redis), before, strict=True)]
        answers = len(run.milliseconds)
        self.rates.append(run.rate)
        self.p99.append(run.p99)
        self.workers_us.append(1e6 * used[0] / answers)
        self.redis_us.append(1e6 * used[1] / answers)
        self.generator.append(run.generator / run.seconds)


@contextmanager
def sides(folder: Path) -> Iterator[dict[str, Side]]:
    """All services, answering."""
    trained, _ = pipeline()
    with (
        serving(floor_app(folder), folder) as empty,
        winnow(folder / "everysec", "everysec") as relaxed,
        winnow(folder / "always", "always") as strict,
        winnow(folder / "numpy", "everysec", compiled=False) as plain,
        redis(folder / "ordinary") as url,
        serving("benchmarks.ordinary:create_app()", ROOT, environment={PIPELINE: str(trained), REDIS: url}) as usual,
    ):
        key, strict_key = relaxed.key("submit"), strict.key("submit")
        store = [relaxed.part("redis.sock")]
        yield {
            "floor": Side(Target(empty.port, "/", body_only), empty.workers()),
            "body": Side(Target(relaxed.port, "/v1/comments", body_only, key), relaxed.web_workers(), store),
            "example": Side(Target(relaxed.port, "/v1/comments", example, key), relaxed.web_workers(), store),
            "long": Side(Target(relaxed.port, "/v1/comments", long_example, key), relaxed.web_workers(), store),
            "always": Side(Target(strict.port, "/v1/comments", body_only, strict_key), strict.web_workers()),
            "numpy": Side(Target(plain.port, "/v1/comments", body_only, plain.key("submit")), plain.web_workers()),
            "ordinary": Side(Target(usual.port, "/comments", body_only), usual.workers()),
        }


def measure(seconds: float, rounds: int) -> dict[str, Side]:
    """Loads the sides in turns, each once before it counts."""
    with (
        tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder,
        sides(Path(folder)) as found,
        elsewhere() as pool,
    ):
        for side in found.values():
            pool.submit(load, side.target, CONNECTIONS, 1.0).result()
        for _ in range(rounds):
            for side in found.values():
                side.round(pool, seconds)
        return found


def figures(seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """Requests a second, 99th percentiles and processor time."""
    found = measure(seconds, rounds)
    floor, body, usual = found["floor"], found["body"], found["ordinary"]

    def of_floor(side: str) -> tuple[float, ...]:
        return ratios(found[side].rates, floor.rates)

    post, kind = "POST /v1/comments", "requests a second"
    trained = f"the ordinary one trained on {pipeline()[1]}"
    return [
        Figure(f"{post}, body only: {kind} of an empty Flask POST's", of_floor("body"), 0.45, True),
        Figure(f"{post}, the full example of the contract, the same", of_floor("example"), 0.36, True),
        Figure(f"{post}, the full example with 300 characters, the same", of_floor("long"), None, True),
        Figure(f"{post}, body only, `appendfsync always`, the same", of_floor("always"), 0.33, True),
        Figure(f"{post}, body only, without the extra `fast`, the same", of_floor("numpy"), 0.45, True),
        Figure(f"the ordinary service: {kind} of an empty Flask POST's", of_floor("ordinary"), None, True),
        Figure(f"against the ordinary service: {kind}", ratios(body.rates, usual.rates), 8, True, note=trained),
        Figure("against the ordinary service: p99", ratios(body.p99, usual.p99), 0.2, False),
        Figure(
            "processor time of the workers a request, of the floor's",
            ratios(body.workers_us, floor.workers_us),
            1.75,
            False,
        ),
        Figure("the ordinary service's, of the floor's", ratios(usual.workers_us, floor.workers_us), None, False),
        Figure("p99 at 8 connections, of the floor's", ratios(body.p99, floor.p99), 2.0, False),
        Figure("the floor: requests a second", tuple(floor.rates), None, True, "1/s"),
        Figure(f"{post}, body only: requests a second", tuple(body.rates), None, True, "1/s"),
        Figure("the floor: processor time of the workers a request", tuple(floor.workers_us), None, False, "µs"),
        Figure("a comment: processor time of the workers", tuple(body.workers_us), None, False, "µs"),
        Figure("a comment: processor time of Redis", tuple(body.redis_us), None, False, "µs"),
        Figure("a comment: p99", tuple(body.p99), None, False, "ms"),
        Figure("the load generator's share of one core, under the floor", tuple(floor.generator), None, False),
        Figure("the load generator's share of one core, under comments", tuple(body.generator), None, False),
    ]


if __name__ == "__main__":
    alone(figures, __doc__, SECONDS, ROUNDS)
