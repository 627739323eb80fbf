"""A load generator in a process of its own, and web servers for it: raw sockets, one thread, no client's library."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psutil

from benchmarks.figures import percentile
from service.processes.private_redis import for_the_moment
from service.settings import load_settings
from tests.support import Service, free_port, wait_until

CONNECTIONS = 8
WORKERS = 2
ROOT = Path(__file__).parents[1]

FLOOR = """
from flask import Flask, request
app = Flask("floor")
@app.post("/")
def floor():
    request.get_data()
    return {}
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post, with which key, and what: `make` gives the comment of a number."""

    port: int
    path: str
    make: Callable[[int], dict[str, Any]]
    key: str = ""

    def request(self, n: int) -> bytes:
        """One POST."""
        return post(self.path, self.key, self.make(n))


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the generator saw: the time of each answer, and its own share of the machine."""

    milliseconds: list[float]
    seconds: float
    generator: float  # seconds of processor time

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 were answered."""
        return percentile(self.milliseconds, 0.99)


def post(path: str, key: str, content: Any) -> bytes:
    """A POST of JSON, as it goes over the wire."""
    body = orjson.dumps(content)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True)
class Exchange:
    """A connection with one request under way."""

    sock: socket.socket
    began: float = 0.0
    got: bytes = field(default=b"")

    def ask(self, request: bytes) -> None:
        """Sends the next request."""
        self.got = b""
        self.began = time.perf_counter()
        self.sock.sendall(request)

    def answered(self) -> bool:
        """Reads what has come; says whether the answer is whole.

        :raises RuntimeError: it is not a 2xx, or the connection ended.
        """
        more = self.sock.recv(1 << 20)
        self.got += more
        if not more or (len(self.got) > 10 and not self.got.startswith(b"HTTP/1.1 2")):
            raise RuntimeError(self.got[:300])
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not end or head.startswith(b"HTTP/1.1 204"):
            return bool(end)
        return len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])


def load(target: Target, connections: int, seconds: float) -> Run:
    """Posts on several connections at once, each the next comment as soon as the last was answered."""
    numbers = itertools.count(time.time_ns())  # so that no two comments of any two runs are copies
    target.request(0)  # makes the texts
    times: list[float] = []
    with selectors.DefaultSelector() as selector, ExitStack() as stack:
        processor, began = time.process_time(), time.perf_counter()
        for _ in range(connections):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", target.port)))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(sock, selectors.EVENT_READ, Exchange(sock))
            selector.get_key(sock).data.ask(target.request(next(numbers)))
        while selector.get_map():
            for key, _ in selector.select():
                exchange: Exchange = key.data
                if exchange.answered():
                    now = time.perf_counter()
                    times.append(1000 * (now - exchange.began))
                    if now - began < seconds:
                        exchange.ask(target.request(next(numbers)))
                    else:
                        selector.unregister(exchange.sock)
        return Run(times, time.perf_counter() - began, time.process_time() - processor)


def once(port: int, request: bytes) -> bytes:
    """One request on a connection of its own; the answer with its head.

    :raises RuntimeError: it is not a 2xx.
    """
    with socket.create_connection(("127.0.0.1", port)) as sock:
        exchange = Exchange(sock)
        exchange.ask(request)
        while not exchange.answered():
            pass
        return exchange.got


@contextmanager
def elsewhere() -> Iterator[ProcessPoolExecutor]:
    """A process beside this one, which runs what it is given."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@dataclass(frozen=True, slots=True)
class Served:
    """A gunicorn that answers."""

    port: int
    process: psutil.Process

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return self.process.children()


def gunicorn(app: str, bind: str, workers: int) -> list[str]:
    """The command that serves an app as both floors do: gevent workers, nothing preloaded."""
    options = ["--no-control-socket", "-k", "gevent", "-w", str(workers), "--log-level", "error", "-b", bind]
    return [sys.executable, "-m", "gunicorn", *options, app]


@contextmanager
def serving(
    app: str, folder: Path, workers: int = WORKERS, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """The app under gunicorn, started in the folder."""
    port = free_port()
    process = subprocess.Popen(
        gunicorn(app, f"127.0.0.1:{port}", workers), cwd=folder, env={**os.environ, **(environment or {})}
    )
    try:
        wait_until(lambda: socket.create_connection(("127.0.0.1", port)).close() is None)
        served = Served(port, psutil.Process(process.pid))
        wait_until(lambda: len(served.workers()) == workers)
        yield served
    finally:
        process.terminate()
        process.wait()


def floor_app(folder: Path) -> str:
    """Writes the empty Flask POST into the folder; its name there."""
    (folder / "floor.py").write_text(FLOOR)
    return "floor:app"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis with an append-only file, synced every second; its URL."""
    folder.mkdir()
    with for_the_moment(load_settings(environ={"WINNOW_DATA": str(folder), "WINNOW_REDIS_FSYNC": "everysec"})) as url:
        yield url


@contextmanager
def winnow(folder: Path, fsync: str, workers: int = WORKERS, compiled: bool = True) -> Iterator[Service]:
    """`winnow serve` as it comes, with a Redis of its own that syncs so; only the rate of a key is out of the way.

    Not `compiled`, it scores as without the extra `fast`.
    """
    folder.mkdir()
    own = {"WINNOW_REDIS_FSYNC": fsync, "WINNOW_RATE_LIMIT": "10000000", "WINNOW_WORKERS": str(workers)}
    service = Service(folder, environment=own | {"WINNOW_COMPILED": str(compiled)}).start()
    try:
        yield service
    finally:
        service.stop()


def processor_time(processes: list[psutil.Process]) -> float:
    """Seconds of processor time that they have used so far."""
    used = [one.cpu_times() for one in processes]
    return sum(times.user + times.system for times in used)
