"""A backup made under load is of one moment and comes back whole; a cut file starts, or refuses with a clear word.

The load posts, decides and erases all the while. What a backup must hold is what was acknowledged before it began.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import redis
import urllib3

from service.processes.private_redis import PrivateRedis, StoreDamaged
from service.settings import load_settings
from service.store.connection import Store, connect
from tests.proof.conftest import Proof
from tests.support import Service, followed, unlike_all_before, wait_until

POSTING = 3
"""Threads that post."""

CHANGES = 40
"""Scripts whose writes are in the file that is cut."""

ERASED = (404, 410)
"""What is said of a comment that was erased since it was claimed."""

STATUSES = ("approved", "pending", "rejected")


@dataclass
class Load:
    """Posts, decisions and erasures, each noted once it was acknowledged; what was not is noted as odd."""

    service: Service
    submit: str
    moderate: str
    posted: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The work goes on until the end of the block."""
        threads = [threading.Thread(target=self.post, args=(part,)) for part in range(POSTING)]
        threads += [threading.Thread(target=self.decide), threading.Thread(target=self.erase)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ending.set()
            for thread in threads:
                thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        assert self.odd == []

    def ask(self, method: str, path: str, key: str, json: Any, *expected: int) -> urllib3.BaseHTTPResponse | None:
        """An answer that was expected; nothing where it was another, or a connection broke."""
        try:
            answer = self.service.raw(method, path, key, json)
        except urllib3.exceptions.HTTPError as broken:
            self.odd.append(f"{method} {path}: {broken!r}")
            return None
        if answer.status in expected:
            return answer
        self.odd.append(f"{method} {path}: {answer.status} {answer.data[:200]!r}")
        return None

    def post(self, part: int) -> None:
        n = part
        while not self.ending.is_set():
            kind = "You stupid, worthless idiot" if n % 2 else "Thank you"
            comment = {"id": f"b-{n}", "body": f"{kind} {unlike_all_before(n)}", "author": {"id": f"u-{n % 50}"}}
            if self.ask("POST", "/v1/comments", self.submit, comment, 201):
                self.posted.add(f"b-{n}")
            n += POSTING

    def decide(self) -> None:
        while not self.ending.wait(0.01):
            claimed = self.ask("POST", "/v1/queue/claims", self.moderate, {"limit": 5}, 201)
            for item in claimed.json()["items"] if claimed else []:
                path = f"/v1/comments/{item['id']}/decision"
                made = self.ask("POST", path, self.moderate, {"action": "reject"}, 200, *ERASED)
                if made and made.status == 200:
                    self.decided.add(item["id"])

    def erase(self) -> None:
        n = 0
        while not self.ending.wait(0.02):
            if f"b-{n}" in self.posted:
                if self.ask("DELETE", f"/v1/comments/b-{n}", self.moderate, None, 204):
                    self.erased.add(f"b-{n}")
                n += 10

    def so_far(self) -> "Load":
        return replace(self, posted=set(self.posted), decided=set(self.decided), erased=set(self.erased))


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes the URL of an empty server of an engine."""
    servers: list[PrivateRedis] = []

    def make(program: str) -> str:
        environ = {"WINNOW_DATA": str(tmp_path / f"empty-{len(servers)}"), "WINNOW_REDIS_SERVER": program}
        servers.append(PrivateRedis(load_settings(environ={name: one for name, one in environ.items() if one})))
        servers[-1].start()
        return servers[-1].url

    yield make
    for server in servers:
        server.stop()


def test_backups_under_load_are_of_one_moment_and_come_back_whole(service, proof: Proof, empty, tmp_path):
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed (Debian's package redis-server)")
    service.start()
    load = Load(service, service.key("submit"), service.key("admin", "ada"))
    taken: list[Load] = []
    with load.running():
        for number in range(proof.size(1, 8)):
            wait_until(lambda least=100 * (number + 1): len(load.posted) > least and load.decided and load.erased)
            taken.append(load.so_far())
            service.command("backup", str(tmp_path / f"backup-{number}"))
    missing = broken = 0
    for number, before in enumerate(taken):
        url = empty("" if number % 2 else "redis-server")
        again = Service(tmp_path / f"again-{number}", environment={"REDIS_URL": url})
        again.command("restore", str(tmp_path / f"backup-{number}"))
        found = Found(Store(connect(url)))
        missing += found.missing(before)
        broken += found.broken()
    assert (missing, broken) == (0, 0)
    again.data.mkdir(exist_ok=True)
    again.start()
    try:
        kept = again.raw("GET", "/v1/comments?limit=1&status=approved", load.submit).json()["items"]
        assert kept
        assert again.raw("POST", "/v1/comments", load.submit, {"id": "after", "body": "Thanks"}).status == 201
        assert followed(again, load.submit)[-1]["comment_id"] == "after"
    finally:
        again.stop()
    acknowledged = sum(len(one.posted) + len(one.decided) + len(one.erased) for one in taken)
    proof.figures(backups=len(taken), acknowledged_before_them=acknowledged, missing=missing, broken=broken)


class Found:
    """What a restored store holds."""

    def __init__(self, store: Store) -> None:
        self.client = store._client
        kept = list(self.client.scan_iter("{herald}:comment:*", count=1000))
        with self.client.pipeline(transaction=False) as pipeline:
            for key in kept:
                pipeline.hgetall(key)
            self.comments = dict(zip((key.split(":", 2)[2] for key in kept), pipeline.execute(), strict=True))

    def members(self, name: str) -> set[str]:
        return set(self.client.zrange(f"{{herald}}:{name}", 0, -1))

    def missing(self, load: Load) -> int:
        """How much of what was acknowledged is not here."""
        status = {one: kept["status"] for one, kept in self.comments.items()}
        return (
            len(load.posted - status.keys())
            + sum(status.get(one) not in ("rejected", "erased") for one in load.decided)
            + sum(status.get(one) != "erased" for one in load.erased)
        )

    def broken(self) -> int:
        """How many things contradict each other."""
        stand = {name: {one for one, kept in self.comments.items() if kept["status"] == name} for name in STATUSES}
        wrong = sum(len(stand[name] ^ self.members(f"list:{name}")) for name in STATUSES)
        wrong += len(stand["pending"] ^ self.members("queue:all"))
        wrong += len(self.members("leases") - stand["pending"])
        events = [entry for _, entry in self.client.xrange("{herald}:events")]
        wrong += sum(entry["comment"] not in self.comments for entry in events)
        decided = {entry["comment"] for entry in events if entry["type"] == "decision.made"}
        wrong += len(stand["rejected"] ^ (decided - {one for one, kept in self.comments.items() if "op" not in kept}))
        arrived = {entry["comment"] for entry in events if entry["type"] in ("comment.approved", "comment.held")}
        wrong += len(arrived ^ self.comments.keys())
        counts: dict[str, int] = {}
        for name in STATUSES:
            for one in stand[name]:
                author = self.comments[one]["author"]
                counts[author] = counts.get(author, 0) + 1
        kept = {key.split(":", 2)[2]: key for key in self.client.scan_iter("{herald}:author:*", count=1000)}
        return wrong + sum(sum(map(int, self.client.hvals(kept[one]))) != n for one, n in counts.items())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A data folder whose file holds scripts' transactions and single commands, and is at rest."""
    data = tmp_path / "written"
    server = PrivateRedis(load_settings(environ={"WINNOW_DATA": str(data)}))
    server.start()
    client = redis.Redis.from_url(server.url)
    script = "for n = 1, 4 do redis.call('SET', KEYS[1] .. n, ARGV[1]) end return redis.call('INCR', KEYS[1] .. 'n')"
    for n in range(CHANGES):
        client.eval(script, 1, "{herald}:", unlike_all_before(n)[:20])
        client.set("{herald}:last", n)
    client.close()
    server.stop()
    return data


def started(data: Path, changed: bytes) -> int | None:
    """How many of the changes a server finds in a changed file, all of each; None where it refuses it in words."""
    copy = data.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("*.sock", "*.log"))
    next(copy.rglob("*.incr.aof")).write_bytes(changed)
    server = PrivateRedis(load_settings(environ={"WINNOW_DATA": str(copy)}))
    try:
        server.start()
    except StoreDamaged as refused:
        return None if "restore a backup" in str(refused) else -1
    client = redis.Redis.from_url(server.url, decode_responses=True)
    found = int(client.get("{herald}:n") or 0)
    values = {client.get(f"{{herald}}:{n}") for n in range(1, 5)}
    assert values == ({unlike_all_before(found - 1)[:20]} if found else {None})
    assert found - int(client.get("{herald}:last") or -1) in (1, 2)
    client.close()
    server.stop()
    return found


def test_a_file_cut_at_any_byte_of_its_tail_starts_with_all_that_is_whole(written, proof: Proof, capsys):
    whole = next(written.rglob("*.incr.aof")).read_bytes()
    cuts = range(1, 301, proof.size(30, 1))
    for cut in cuts:
        found = started(written, whole[:-cut])
        assert found is not None
        assert found >= whole[:-cut].count(b"EXEC\r\n")
    proof.figures(cuts=len(cuts), started=len(cuts))


def test_a_flipped_bit_is_refused_or_changes_one_value_and_never_drops_what_follows(written, proof: Proof):
    whole = next(written.rglob("*.incr.aof")).read_bytes()
    middle = whole.index(b"MULTI", len(whole) // 2)
    places = range(middle, middle + 240, proof.size(24, 1))
    refused = 0
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 7)
        found = started(written, bytes(changed))
        assert found is None or found >= CHANGES - 1  # the flip may have been in the name of the count
        refused += found is None
    lengths = [place for place in range(middle, middle + 240) if whole[place : place + 1] == b"$"]
    for place in lengths[:: proof.size(4, 1)]:
        assert started(written, whole[:place] + b"$7654" + whole[place + 2 :]) is None
    assert refused
    proof.figures(flips=len(places), refused=refused, lengths_behind_the_end=len(lengths))
