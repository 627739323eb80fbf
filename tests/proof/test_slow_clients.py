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
import pytest

from tests.support import wait_until

pytestmark = pytest.mark.alone

HOST = b"Host: x\r\n"
HEAD = b"POST /v1/comments HTTP/1.1\r\n" + HOST + b"X-Slow: "
POSTERS = 4
ANSWERS = 12
"""What a reader asks for at once and takes nothing of; more than the kernel keeps for it."""

PATIENCE = 60
"""Seconds that the tests' own side of a connection waits for the other."""


class Slow:
    """Connections of one kind, and what became of each: what it was answered before it was ended."""

    def __init__(self, port, many, sent, *, trickles=False, receives=0):
        self.trickles, self.ended, self.open = trickles, {}, []
        for _ in range(many):
            sock = socket.socket()
            self.open.append(sock)
            sock.settimeout(PATIENCE)
            if receives:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
            sock.connect(("127.0.0.1", port))
            sock.sendall(sent)

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

    def ports(self):
        """Of those that are still open at this end."""
        return {sock.getsockname()[1] for sock in self.open}

    def cut(self):
        """Of each that is still open, whether it was ended amid its answers, now that somebody takes them."""
        return [not _whole(_taken(sock)) for sock in self.open]

    def close(self):
        for sock in self.open:
            sock.close()


def _taken(sock):
    """All that comes until the end, also where that is a reset."""
    said = b""
    with contextlib.suppress(OSError):  # it was reset already
        sock.shutdown(socket.SHUT_WR)
    with contextlib.suppress(ConnectionError):
        while more := sock.recv(65536):
            said += more
    return said


def _whole(said):
    """Whether these are all answers that were asked for, to the last byte."""
    _, *answers = said.split(b"HTTP/1.1 200 ")
    head, _, body = answers[-1].partition(b"\r\n\r\n") if answers else (b"", b"", b"")
    return len(answers) == ANSWERS and f"content-length: {len(body)}\r" in f"{head.decode().lower()}\r"


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


def connected(service):
    """The ports of the clients whose connections the workers still hold."""
    held = (one for worker in service.web_workers() for one in worker.net_connections("tcp"))
    return {one.raddr.port for one in held if one.raddr}


@contextlib.contextmanager
def ticking(*kinds):
    """Meanwhile each of these sends on, twice a second."""
    over = threading.Event()

    def tick():
        while not over.wait(0.5):
            for kind in kinds:
                kind.tick()

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_others_are_answered_while_many_are_slow(proof, service):
    many, seconds = proof.size(40, 500), proof.size(2, 40)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * many)), hard))
    service.start()
    key, readers_key = service.key("moderate"), service.key("moderate", site="weekly")  # whose list stays as it is
    long = {"comments": [{"body": f"{n} " + "long " * 1900} for n in range(80)]}
    assert service.raw("POST", "/v1/comments/batch", readers_key, long).status == 200
    bearer, readers_bearer = (f"Authorization: Bearer {one}\r\n\r\n".encode() for one in (key, readers_key))
    before = megabytes(service)
    body = b"POST /v1/comments HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n" + HOST + bearer
    alive = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    listed = b"GET /v1/comments?limit=80 HTTP/1.1\r\n" + HOST + readers_bearer
    last = service.raw("GET", "/v1/events?limit=1000", key).json()["next_cursor"]
    poll = f"GET /v1/events?after={last}&wait=30 HTTP/1.1\r\nHost: x\r\n".encode() + bearer
    with contextlib.ExitStack() as stack:

        def slow(*how, **more):
            return stack.enter_context(contextlib.closing(Slow(service.port, *how, **more)))

        heads, bodies = slow(many, HEAD, trickles=True), slow(many, body, trickles=True)
        idle = slow(many, alive)
        readers = slow(many // 10, listed * ANSWERS, receives=4096)
        slow(many // 10, poll)
        answered(idle)
        with ticking(heads, bodies):
            until = time.monotonic() + seconds
            with ThreadPoolExecutor(POSTERS) as pool:
                names = [f"p{n}" for n in range(POSTERS)]
                found = list(pool.map(lambda name: posts(service, key, until, name), names))
            grown = megabytes(service) - before
            for sock in idle.open:  # what was only waiting still serves
                sock.sendall(alive)
            answered(idle)
            if proof.long:
                wait_until(lambda: not heads.open and not bodies.open, 60)
                wait_until(lambda: readers.ports().isdisjoint(connected(service)), 60)
        cut = readers.cut() if proof.long else []
    for said in [*heads.ended.values(), *bodies.ended.values()]:
        assert not said or said.startswith(b"HTTP/1.1 408 "), said[:200]
        assert not said or orjson.loads(said.partition(b"\r\n\r\n")[2])["status"] == 408
    assert all(cut), f"{cut.count(False)} got all of their answers, though they took none for {seconds} s"
    took = sorted(ms for one, _ in found for ms in one)
    failed = sum(failed for _, failed in found)
    assert failed == 0
    proof.figures(
        slow_heads=many, slow_bodies=many, idle=many, slow_readers=many // 10, polls=many // 10,
        posts=len(took), failed=failed, ended=len(heads.ended) + len(bodies.ended) + sum(cut),
        median_ms=statistics.median(took), p99_ms=took[int(len(took) * 0.99)], grown_mib=grown,
    )  # fmt: skip


def answered(kind):
    assert all(sock.recv(65536).startswith(b"HTTP/1.1 200") for sock in kind.open)
