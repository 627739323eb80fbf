"""How long single posts take while slow clients hold connections open and batches of 1,000 come in.

    python -m benchmarks.crowd [--seconds 6] [--rounds 5]

200 clients send their headers a byte at a time, ten a second each, and never finish. Once a second a batch of 1,000
comments is posted. Meanwhile eight connections post single comments, each the next as soon as the last was answered.
"""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Figure, alone
from benchmarks.load import CONNECTIONS, Target, elsewhere, load, once, post, winnow
from benchmarks.texts import body_only

SECONDS, ROUNDS = 6.0, 5
SLOW = 200
PAUSE = 0.1  # seconds between two bytes of a slow client
BATCH = 1000
HEAD = b"POST /v1/comments HTTP/1.1\r\nHost: x\r\nX-Slow: "


@dataclass
class Crowd:
    """The slow clients and the one who posts batches, in two threads, for as long as it is entered."""

    target: Target
    over: threading.Event = field(default_factory=threading.Event)
    lost: int = 0  # slow clients whom the service sent away
    batches: list[float] = field(default_factory=list)  # seconds

    def __enter__(self) -> Crowd:
        self._threads = [threading.Thread(target=one) for one in (self.trickle, self.post_batches)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def trickle(self) -> None:
        """Sends the next byte of every slow client, over and over."""
        with ExitStack() as stack:
            clients = [
                stack.enter_context(socket.create_connection(("127.0.0.1", self.target.port))) for _ in range(SLOW)
            ]
            sent = 0
            while not self.over.wait(PAUSE):
                byte = HEAD[sent : sent + 1] or b"a"
                sent += 1
                for client in list(clients):
                    try:
                        client.sendall(byte)
                    except OSError:
                        clients.remove(client)
                        self.lost += 1

    def post_batches(self) -> None:
        """Posts a batch each second, or as soon as the last one was answered."""
        first = time.time_ns()
        while not self.over.is_set():
            content = {"comments": [body_only(first + n) for n in range(BATCH)]}
            first += BATCH
            began = time.perf_counter()
            once(self.target.port, post("/v1/comments/batch", self.target.key, content))
            self.batches.append(time.perf_counter() - began)
            self.over.wait(max(0.0, 1 - self.batches[-1]))


def figures(seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """99th percentiles."""
    crowded, batches, lost = [], [], 0
    with (
        tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder,
        winnow(Path(folder) / "data", "everysec") as service,
        elsewhere() as pool,
    ):
        target = Target(service.port, "/v1/comments", body_only, service.key("submit"))
        pool.submit(load, target, CONNECTIONS, 1.0).result()
        for _ in range(rounds):
            with Crowd(target) as crowd:
                crowded.append(pool.submit(load, target, CONNECTIONS, seconds).result().p99)
            batches.append(len(crowd.batches) / seconds)
            lost += crowd.lost
    assert not lost, f"the service sent {lost} slow clients away"
    name = f"p99 of single posts while {SLOW} slow clients trickle and a batch of {BATCH:,} comes each second"
    return [
        Figure(name, tuple(crowded), 150, False, "ms"),
        Figure("batches that were answered meanwhile", tuple(batches), None, True, "1/s"),
    ]


if __name__ == "__main__":
    alone(figures, __doc__, SECONDS, ROUNDS)
