"""Whether Redis is there and keeps what it is given."""

import re
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from service.store.connection import Store, StoreUnavailable

OLDEST = (6, 2)
"""The oldest Redis that has the commands."""


def problems_of(store: Store, *, allow_volatile: bool, replicas: int = 0) -> list[str]:
    """What stands against the promise that nothing acknowledged is lost, in words; empty when nothing does.

    :param replicas: how many have to have a change before it is acknowledged.
    """
    try:
        infos = store.each(lambda client: client.info())
        told = all("maxmemory_policy" in info for info in infos.values())
        policies = {} if told else _settings(store, "maxmemory-policy")
    except StoreUnavailable as error:
        return [f"Redis cannot be reached: {error}"]
    return [
        f"{name}: {problem}" if name else problem
        for name, info in infos.items()
        for problem in _problems(
            name, replicas, info, info.get("maxmemory_policy") or policies.get(name), allow_volatile
        )
    ]


def _problems(name: str, replicas: int, info: dict[str, Any], policy: str | None, allow_volatile: bool) -> list[str]:
    """What stands against it at one server, whose address is `name` where it is one of several."""
    problems = []
    if not name and int(info.get("cluster_enabled", 0)):
        problems.append("Redis is a node of a cluster: REDIS_URL has to be redis+cluster://")
    if version_of(info) < OLDEST:
        problems.append(f"Redis {info.get('redis_version')} is older than 6.2")
    if int(info.get("connected_slaves", replicas)) < replicas:
        there = info["connected_slaves"]
        problems.append(
            f"Redis has {there} replicas, and WINNOW_REDIS_WAIT={replicas} waits for more: nothing is taken in"
        )
    if allow_volatile:
        return problems
    if not int(info.get("aof_enabled", 0)):
        problems.append("Redis has no append-only file: set appendonly yes (or WINNOW_ALLOW_VOLATILE=1)")
    if policy not in (None, "noeviction"):
        problems.append(f"Redis may evict what it keeps (maxmemory-policy {policy}): set noeviction")
    if info.get("aof_last_write_status", "ok") != "ok":
        problems.append("Redis could not write its append-only file: is the disk full?")
    return problems


@dataclass(frozen=True, slots=True)
class Server:
    """How a server stands; memory in bytes, `memory_max` 0 for no limit.

    `mode` is `standalone`, `cluster` or `sentinel`, `role` is `master` or `slave`, as Redis calls them. `linked` says
    whether a replica reaches its primary. `rewritten` says whether the last rewrite of the append-only file went well.
    """

    mode: str
    role: str
    linked: bool
    replicas: int
    memory: int
    memory_max: int
    rewritten: bool


def servers_of(store: Store) -> dict[str, Server]:
    """How each primary stands, by its address; "" where there is but one.

    :raises StoreUnavailable: one is away.
    """
    return {name: _server(info) for name, info in store.each(lambda client: client.info()).items()}


def _server(info: dict[str, Any]) -> Server:
    return Server(
        mode=str(info.get("redis_mode", "standalone")),
        role=str(info.get("role", "master")),
        linked=info.get("master_link_status", "up") == "up",
        replicas=int(info.get("connected_slaves", 0)),
        memory=int(info.get("used_memory", 0)),
        memory_max=int(info.get("maxmemory", 0)),
        rewritten=info.get("aof_last_bgrewrite_status", "ok") == "ok",
    )


def version_of(info: dict[str, Any]) -> tuple[int, ...]:
    """The server's version as numbers; a Valkey says which Redis it equals."""
    return tuple(int(part) for part in re.findall(r"\d+", str(info.get("redis_version", "0"))))


def versions_of(store: Store) -> set[tuple[int, ...]]:
    """The versions of all servers."""
    return {version_of(info) for info in store.each(lambda client: client.info("server")).values()}


def fsyncs_of(store: Store) -> set[str | None]:
    """How often the servers sync their append-only files; None is one that does not tell."""
    return set(_settings(store, "appendfsync").values())


def compact_value_of(store: Store) -> int | None:
    """Bytes up to which every server keeps values of a hash in one piece, or None where none tells."""
    told = [int(one) for one in _settings(store, "hash-max-ziplist-value").values() if one is not None]
    return min(told, default=None)


def _settings(store: Store, name: str) -> dict[str, str | None]:
    """A setting of every server, None where it does not tell (managed servers refuse CONFIG)."""

    def told(client: Any) -> str | None:
        try:
            return client.config_get(name).get(name)  # type: ignore[no-any-return]
        except ResponseError:
            return None

    return store.each(told)
