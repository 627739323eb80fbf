"""What `REDIS_URL` says: which servers, and how a connection to one is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any, Final, Literal

from redis.connection import Connection, parse_url
from redis.exceptions import RedisError

from service.store.lines import Command

FORMS: Final = (
    "redis://[user:password@]host:port[/db], rediss://…, unix:///path, "
    "redis+sentinel://[user:password@]host:port[,host:port…]/name[/db], "
    "redis+cluster://[user:password@]host:port[,host:port…], "
    "rediss+sentinel://…, rediss+cluster://…"
)
"""All that may be written, for messages."""

MANY: Final = re.compile(r"(?P<tls>rediss?)\+(?P<kind>sentinel|cluster)")
PLAIN: Final = re.compile(r"(rediss?://(?:[^/?#]*@)?[^/?#@]*(?:/\d*)?|unix://[^?#]+)(?:\?[^#]*)?")
HOST: Final = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>\d{1,5}))?")
NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
LAST_PORT: Final = 65535

PORTS: Final = {"sentinel": 26379, "cluster": 6379}
"""Where those listen whose port is not given."""

OF_POOLS: Final = ("max_connections", "timeout")
"""Options of a URL that concern the client's own pools, which are not used."""

ASKED_FOR: Final = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
"""Seconds that a Sentinel or a node has to say who is where, before the next one is asked."""

Seed = tuple[str, int]
"""A host and a port."""


@dataclass(frozen=True, slots=True)
class Address:
    """Which servers: the one, the Sentinels that know the primary `name`, or nodes by which a cluster is found.

    :param options: what every connection to a server of Redis takes, its class among them.
    :param asking: the same of a connection to a Sentinel.
    """

    kind: Literal["one", "sentinel", "cluster"]
    seeds: tuple[Seed, ...]
    name: str
    options: Mapping[str, Any]
    asking: Mapping[str, Any]

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Reads a URL.

        :raises ValueError: it cannot be used; the message says why and has no password in it.
        """
        scheme, _, rest = url.partition("://")
        many = MANY.fullmatch(scheme)
        if many is None:
            if not PLAIN.fullmatch(url):
                raise ValueError(f"is none of {FORMS}")
            return cls("one", (), "", _options(url), {})
        place, _, query = rest.partition("?")
        hosts, _, path = place.rpartition("@")[2].partition("/")
        secret = place.rpartition("@")[0]
        kind: Literal["sentinel", "cluster"] = "sentinel" if many["kind"] == "sentinel" else "cluster"
        if "/" in secret or "#" in url:
            raise ValueError("has / or # in its user or password: write them as %2F and %23")
        name, db = _named(path) if kind == "sentinel" else _bare(path)
        seeds = tuple(_seed(one, PORTS[kind]) for one in hosts.split(","))
        login = f"{secret}@" if secret else ""
        options = _options(f"{many['tls']}://{login}{hosts.partition(',')[0]}/{db}?{query}")
        own = {one.removeprefix("sentinel_"): options.pop(one) for one in list(options) if one.startswith("sentinel_")}
        if own.keys() - {"username", "password"} or (own and kind == "cluster"):
            raise ValueError("knows sentinel_username and sentinel_password alone, of Sentinels")
        shared = {one: value for one, value in options.items() if one not in ("db", "username", "password")}
        return cls(kind, seeds, name, options, shared | own)


def opened(seed: Seed | None, options: Mapping[str, Any], timeouts: Mapping[str, float]) -> Any:
    """An open connection to a server, or to the one that the options name; timeouts in the options come first.

    :raises redis.exceptions.RedisError: it cannot be reached, or lets nobody in.
    """
    connection = connection_to(seed, {**timeouts, **options})
    connection.connect()
    return connection


def ask_once(seed: Seed, options: Mapping[str, Any], timeouts: Mapping[str, float], command: Command) -> Any:
    """What a server answers to one command, over a connection of its own.

    :raises redis.exceptions.RedisError: it cannot be reached, or refuses.
    """
    connection = opened(seed, options, timeouts)
    try:
        connection.send_command(*command)
        return connection.read_response()
    finally:
        connection.disconnect()


def tell(seed: Seed, options: Mapping[str, Any], timeouts: Mapping[str, float], command: Command) -> Any:
    """Asks a server once, and returns as its answer also why it does not do it, or cannot be reached."""
    try:
        return ask_once(seed, options, timeouts, command)
    except RedisError as problem:
        return problem


def connection_to(seed: Seed | None, options: Mapping[str, Any]) -> Any:
    """A connection that is not open yet, to a server or to the one that the options name."""
    own = dict(options)
    made = own.pop("connection_class", Connection)
    where = {} if seed is None else {"host": seed[0], "port": seed[1]}
    return made(**own | where | {"decode_responses": True, "protocol": 2})


def shown(seed: Seed) -> str:
    """A host and a port as a URL has them."""
    return f"[{seed[0]}]:{seed[1]}" if ":" in seed[0] else f"{seed[0]}:{seed[1]}"


def _options(url: str) -> dict[str, Any]:
    """What the client reads in a plain URL. Its own complaints may quote a password, so they are not passed on."""
    try:
        options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError:
        raise ValueError("has a port or an option that cannot be used") from None
    for one in OF_POOLS:
        options.pop(one, None)
    try:
        connection_to(None, {name: value for name, value in options.items() if not name.startswith("sentinel_")})
    except (TypeError, ValueError, RedisError):
        raise ValueError("has an option behind ? that is not known, or cannot be used") from None
    return options


def _seed(text: str, port: int) -> Seed:
    found = HOST.fullmatch(text)
    if found is None or not 0 < int(found["port"] or port) <= LAST_PORT:
        raise ValueError("has a host that is not host:port or [IPv6]:port")
    if found["six"] is not None:
        try:
            IPv6Address(found["six"])
        except ValueError:
            raise ValueError("has no IPv6 address between its [ and ]") from None
    return found["six"] or found["name"], int(found["port"] or port)


def _named(path: str) -> tuple[str, str]:
    """The primary's name, and the number of the database."""
    name, _, db = path.partition("/")
    if not NAME.fullmatch(name):
        raise ValueError("needs the name that the Sentinels have for the primary: redis+sentinel://host:port/name")
    if db and not db.isdecimal():
        raise ValueError("has a database that is no number")
    return name, db


def _bare(path: str) -> tuple[str, str]:
    if path not in ("", "0"):
        raise ValueError("names a database or a path: a cluster has database 0 alone")
    return "", ""
