"""What a comment costs beside an empty Flask POST: requests a second under the same gunicorn, in turns.

    python -m benchmarks.throughput [--seconds 5] [--rounds 5] [--connections 8]

Both sides run with two gevent workers; the load comes from one process of its own with raw sockets. The full post is
validated, scored, judged and stored, with a real Redis that syncs as the column says.
"""

import argparse
import itertools
import multiprocessing
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.support import Service, free_port, wait_until

FLOOR_NAME = "an empty Flask POST"

FLOOR = """
from flask import Flask, request
app = Flask("floor")
@app.post("/")
def floor():
    request.get_data()
    return {}
"""

BODY = (
    '{"body": "The council should publish the custody costs before it votes; number %d of the readers who ask for it, '
    "and I would gladly pay for a paper that keeps asking. Three per cent of a fund is not nothing, and whoever says "
    'so has never had to close a library."}'
)


@dataclass(frozen=True)
class Target:
    """Where to post, and with which key."""

    port: int
    path: str
    key: str


def request(target: Target, n: int) -> bytes:
    """One POST of a comment of about 300 characters, each with words of its own."""
    body = (BODY % n).encode()
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {target.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answered(sock: socket.socket) -> None:
    """Reads one answer to its end.

    :raises RuntimeError: it is not a 2xx.
    """
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += sock.recv(65536)
    if not got.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(got[:200])
    length = int(got[: end + 2].lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(got) < end + 4 + length:
        got += sock.recv(65536)


def post(target: Target, until: float, numbers: Iterator[int]) -> int:
    """Posts on one keep-alive connection for a while; says how many were answered."""
    with socket.create_connection(("127.0.0.1", target.port)) as sock:
        for done in itertools.count():
            if time.monotonic() >= until:
                return done
            sock.sendall(request(target, next(numbers)))
            answered(sock)
    raise AssertionError


def load(target: Target, connections: int, seconds: float) -> int:
    """Posts on several connections at once; says how many were answered."""
    until = time.monotonic() + seconds
    numbers = itertools.count(time.time_ns())  # so that no two comments are copies
    with ThreadPoolExecutor(connections) as threads:
        return sum(threads.map(lambda _: post(target, until, numbers), range(connections)))


@contextmanager
def floor(folder: Path) -> Iterator[int]:
    """An empty Flask POST under gunicorn; gives its port."""
    (folder / "floor.py").write_text(FLOOR)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--no-control-socket",
        "-k",
        "gevent",
        "-w",
        "2",
        "--log-level",
        "error",
    ]
    process = subprocess.Popen([*command, "-b", f"127.0.0.1:{port}", "floor:app"], cwd=folder)
    try:
        wait_until(lambda: socket.create_connection(("127.0.0.1", port)).close() is None)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def winnow(folder: Path, fsync: str) -> Iterator[Service]:
    """A service with a Redis of its own that syncs so."""
    data = folder / fsync
    data.mkdir()
    environment = {"WINNOW_REDIS_FSYNC": fsync, "WINNOW_RATE_LIMIT": "10000000"}
    service = Service(data, environment=environment).start()
    try:
        yield service
    finally:
        service.stop()


def measure(seconds: float, rounds: int, connections: int) -> dict[str, list[float]]:
    """Requests a second of each side, a figure a round; the sides take turns."""
    measured: dict[str, list[float]] = defaultdict(list)
    with (
        tempfile.TemporaryDirectory(prefix="winnow-bench-") as name,
        floor(Path(name)) as empty,
        winnow(Path(name), "everysec") as relaxed,
        winnow(Path(name), "always") as strict,
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as elsewhere,
    ):
        sides = {
            FLOOR_NAME: Target(empty, "/", ""),
            "POST /v1/comments, appendfsync everysec": Target(relaxed.port, "/v1/comments", relaxed.key("submit")),
            "POST /v1/comments, appendfsync always": Target(strict.port, "/v1/comments", strict.key("submit")),
        }
        for target in sides.values():  # warm
            elsewhere.submit(load, target, connections, 1).result()
        for _ in range(rounds):
            for side, target in sides.items():
                measured[side].append(elsewhere.submit(load, target, connections, seconds).result() / seconds)
    return measured


def main() -> None:
    """Measures and prints the ratios, round by round, with their spread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    wanted = parser.parse_args()
    measured = measure(wanted.seconds, wanted.rounds, wanted.connections)
    base = measured[FLOOR_NAME]
    table = Table("", "requests a second", "against the empty POST", "least", "most")
    for side, rates in measured.items():
        ratios = [one / other for one, other in zip(rates, base, strict=True)]
        figures = (statistics.median(ratios), min(ratios), max(ratios))
        table.add_row(side, f"{statistics.median(rates):.0f}", *(f"{figure:.2f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
