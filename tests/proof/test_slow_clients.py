"""Slow clients hold up nobody.

Against two workers of the real server: heads and bodies that come byte by byte, connections that are kept and not used,
big answers that nobody takes, long polls; meanwhile others post. Whoever is slow is ended in bounded time.
"""

import contextlib
import resource
import select
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import orjson

from tests.support import wait_until

HOST = b"Host: x\r\n"
HEAD = b"POST /v1/comments HTTP/1.1\r\n" + HOST + b"X-Slow: "
POSTERS = 4


class Slow:
    """Connections of one kind, and what became of each: what it was answered before it was ended."""

    def __init__(self, port, many, sent, *, trickles=False, receives=0):
        self.trickles, self.ended, self.open = trickles, {}, []
        for _ in range(many):
            sock = socket.socket()
            if receives:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
            sock.connect(("127.0.0.1", port))
            sock.sendall(sent)
            self.open.append(sock)

    def tick(self):
        """Sends another byte on each that is still open, where it trickles, and sees which are over."""
        for sock in list(self.open):
            if select.select([sock], [], [], 0)[0]:
                self._over(sock)
            elif self.trickles:
                with contextlib.suppress(OSError):
                    sock.send(b"x")

    def _over(self, sock):
        said = b""
        with contextlib.suppress(OSError):
            said = sock.recv(65536)
        self.ended[sock] = said
        self.open.remove(sock)
        sock.close()

    def close(self):
        for sock in self.open:
            sock.close()


def posts(service, key, until, name):
    """Posts until the time is over; how long each took (ms), and how many failed."""
    took, failed, n = [], 0, 0
    while time.monotonic() < until:
        n += 1
        begun = time.perf_counter()
        answer = service.raw("POST", "/v1/comments", key, {"body": f"Thanks for number {n}", "id": f"{name}-{n}"})
        took.append((time.perf_counter() - begun) * 1e3)
        failed += answer.status != 201
        time.sleep(0.02)
    return took, failed


def megabytes(service):
    return sum(worker.memory_info().rss for worker in service.web_workers()) / 2**20


def ticking(kinds, over):
    while not over.wait(0.5):
        for kind in kinds:
            kind.tick()


def test_others_are_answered_while_many_are_slow(proof, service):
    many, seconds = proof.size(40, 500), proof.size(2, 40)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * many)), hard))
    service.start()
    key = service.key("moderate")
    for n in range(20):
        assert service.raw("POST", "/v1/comments", key, {"body": "x" * 9000, "id": f"long-{n}"}).status == 201
    service.raw(
        "POST", "/v1/comments/batch", key, {"comments": [{"body": f"{n} " + "long " * 1900} for n in range(60)]}
    )
    bearer = f"Authorization: Bearer {key}\r\n\r\n".encode()
    before = megabytes(service)
    body = b"POST /v1/comments HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n" + HOST + bearer
    alive = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    heads = Slow(service.port, many, HEAD, trickles=True)
    bodies = Slow(service.port, many, body, trickles=True)
    idle = Slow(service.port, many, alive)
    readers = Slow(
        service.port, many // 10, (b"GET /v1/comments?limit=80 HTTP/1.1\r\n" + HOST + bearer) * 4, receives=4096
    )
    last = service.raw("GET", "/v1/events?limit=1000", key).json()["next_cursor"]
    polls = Slow(
        service.port, many // 10, f"GET /v1/events?after={last}&wait=30 HTTP/1.1\r\nHost: x\r\n".encode() + bearer
    )
    for sock in idle.open:
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
    over = threading.Event()
    ticks = threading.Thread(target=ticking, args=([heads, bodies], over))
    ticks.start()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(POSTERS) as pool:
        found = list(pool.map(lambda name: posts(service, key, until, name), [f"p{n}" for n in range(POSTERS)]))
    grown = megabytes(service) - before
    took = sorted(ms for one, _ in found for ms in one)
    failed = sum(failed for _, failed in found)
    for sock in idle.open:  # what was only waiting still serves
        sock.sendall(alive)
    assert all(sock.recv(65536).startswith(b"HTTP/1.1 200") for sock in idle.open)
    if proof.long:
        wait_until(lambda: not heads.open and not bodies.open, 60)
    over.set()
    ticks.join()
    for said in [*heads.ended.values(), *bodies.ended.values()]:
        assert not said or said.startswith(b"HTTP/1.1 408 "), said[:200]
        assert not said or orjson.loads(said.partition(b"\r\n\r\n")[2])["status"] == 408
    assert failed == 0
    proof.figures(
        slow_heads=many, slow_bodies=many, idle=many, slow_readers=len(readers.open), polls=many // 10,
        posts=len(took), failed=failed, ended=len(heads.ended) + len(bodies.ended),
        median_ms=statistics.median(took), p99_ms=took[int(len(took) * 0.99)], grown_mib=grown,
    )  # fmt: skip
    for kind in (heads, bodies, idle, readers, polls):
        kind.close()
