"""All that a server holds at one moment, as it gives it to a replica."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from ssl import SSLError
from typing import IO, Any, Final

from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from service.store.connection import StoreUnavailable
from service.store.servers.address import Address, Seed, connection_to
from service.store.servers.cluster import Cluster
from service.store.servers.sentinel import Sentinels

TIMEOUTS: Final = {"socket_timeout": 60.0, "socket_connect_timeout": 5.0}
"""Seconds; a server that prepares a snapshot sends an empty line every few."""

READ_AT_ONCE: Final = 1 << 20
"""Bytes."""

MARK: Final = 40
"""Bytes that end a snapshot whose length the server did not know when it began to send it."""

BROKE_OFF: Final = "the server broke off its snapshot"


class NoSnapshot(Exception):
    """The server gives no snapshot; the message says why."""


def connections_to(url: str) -> list[Any]:
    """A connection to each server that has a part of the store, not open yet.

    :raises StoreUnavailable: nobody says which these are.
    """
    address = Address.parse(url)
    try:
        return [connection_to(seed, {**TIMEOUTS, **address.options}) for seed in _primaries(address)]
    except RedisError as problem:
        raise StoreUnavailable(str(problem)) from problem


def _primaries(address: Address) -> Sequence[Seed | None]:
    """Where they are; None is the one that the options name."""
    if address.kind == "sentinel":
        return [Sentinels(address, TIMEOUTS).primary()]
    if address.kind == "cluster":
        return Cluster(address, TIMEOUTS, Retry(NoBackoff(), 0)).nodes()
    return [None]


@contextmanager
def unmoved(connections: Sequence[Any]) -> Iterator[None]:
    """Makes sure that each node of a cluster has the same slots all the while.

    Nodes are copied one after the other: what goes to another node meanwhile would be in none of the copies, or in two.

    :raises NoSnapshot: some slots move, or moved.
    :raises StoreUnavailable: a node does not say.
    """
    before = _slots(connections)
    if any(slot.startswith("[") for own in before for slot in own):
        raise NoSnapshot("slots are on their way from node to node: do it again once they are there")
    yield
    if _slots(connections) != before:
        raise NoSnapshot("slots moved from node to node while they were copied: do it again")


def _slots(connections: Sequence[Any]) -> list[list[str]]:
    """What each node says of its own slots, those on their way in brackets; nothing of a single server."""
    return [_own_slots(one) for one in connections] if len(connections) > 1 else []


def _own_slots(connection: Any) -> list[str]:
    try:
        connection.connect()
        connection.send_command("CLUSTER", "NODES")
        lines = [line.split() for line in connection.read_response().splitlines()]
    except RedisError as problem:
        raise StoreUnavailable(str(problem)) from problem
    finally:
        connection.disconnect()
    return next(words[8:] for words in lines if "myself" in words[2])


def fetch(connection: Any, path: Path, advance: Callable[[int], None]) -> None:
    """Writes a server's snapshot (RDB) to a file, as a new replica is sent it: its state at one moment, from a fork.

    The server goes on serving meanwhile. `advance` is told how many bytes came.

    :raises NoSnapshot: the server refuses, or breaks off.
    :raises StoreUnavailable: it cannot be reached.
    """
    try:
        connection.connect()
        for words in (("capa", "eof"), ("rdb-only", "1")):  # older servers do not know the second, and need not
            _told(connection, "REPLCONF", *words)
        connection.send_command("SYNC")
        line = connection._get_socket()  # noqa: SLF001  # what follows is no answer that a client could parse
        with line.makefile("rb") as source, path.open("wb") as file:
            _copy(source, file, advance)
            file.flush()
            os.fsync(file.fileno())
    except (RedisError, TimeoutError) as problem:
        raise StoreUnavailable(str(problem)) from problem
    except (ConnectionError, SSLError) as problem:  # what the file to write to has to say goes on to the caller
        raise NoSnapshot(BROKE_OFF) from problem
    finally:
        connection.disconnect()


def _told(connection: Any, *words: str) -> None:
    try:
        connection.send_command(*words)
        connection.read_response()
    except ResponseError:
        pass


def _copy(source: IO[bytes], file: IO[bytes], advance: Callable[[int], None]) -> None:
    head = source.readline()
    while head in (b"\n", b"\r\n"):
        head = source.readline()
    if not head.startswith(b"$"):
        said = head.decode(errors="replace").strip().removeprefix("-") or "it closed the connection"
        raise NoSnapshot(f"the server gives no snapshot: {said}")
    size = head[1:].strip()
    mark = size[len("EOF:") :] if size.startswith(b"EOF:") else b""
    left, tail = (-1, b"") if mark else (int(size), b"")
    while left and (tail != mark or not mark):
        read = source.read1(min(READ_AT_ONCE, left) if left > 0 else READ_AT_ONCE)  # type: ignore[attr-defined]
        if not read:
            raise NoSnapshot(BROKE_OFF)
        file.write(read)
        advance(len(read))
        tail = (tail + read)[-MARK:]
        left -= len(read) if left > 0 else 0
    file.truncate(file.tell() - len(mark))
