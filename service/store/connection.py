"""The way to Redis: its servers, and the scripts that change things in one step."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha1
from pathlib import Path
from typing import Any, Final

from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from service.store.lines import HOME, Answering, Command, Lines, Servers
from service.store.servers.address import Address, opened
from service.store.servers.client import Client
from service.store.servers.cluster import Cluster
from service.store.servers.copies import Copied, TooFewCopies, changes
from service.store.servers.sentinel import PrimaryLines, Sentinels

ANNOTATION: Final = re.compile(r"^Command # \d+ \(.*\) of pipeline caused error: ", re.DOTALL)
"""What the client puts before an error in a pipeline: the command with its keys, which name people."""

LUA: Final = Path(__file__).parent / "lua"

WAITS_FOR_NOBODY: Final = "-- No replica is waited for"
"""What the head of a script says whose changes may be lost."""

NOT_NOW: Final = re.compile(
    r"^(LOADING|BUSY|OOM|MISCONF|READONLY|NOREPLICAS|UNBLOCKED|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOMASTERLINK)\b"
)
NOT_NOW_BY_NAME: Final = (OutOfMemoryError, ReadOnlyError, MasterDownError, ClusterDownError, TryAgainError)
"""Answers of a server that is there but cannot serve at this moment; the client takes the code off those it knows."""

ANSWERS_WITHIN: Final = {"one": 5.0, "sentinel": 2.0, "cluster": 2.0}
"""Seconds; where another server takes over from one that hangs, it is given up sooner."""

COPIED_WITHIN: Final = {True: 1000, False: 250}
"""Milliseconds that replicas have to take over a change, for patient callers and others."""

HOUSE: Final = HOME[1:-1]
"""What belongs to no site is kept under this name."""

Argument = str | int | float | bytes

Watch = Callable[[float, str], None]
"""Called with the seconds that a request took, and `connection`, `timeout` or `refused` where it was not served."""


class StoreUnavailable(Exception):
    """Redis cannot be reached or cannot serve: nothing was acknowledged, and the call may be repeated."""


@dataclass(frozen=True, slots=True)
class Connections:
    """The servers: a client for plain commands, bare lines for scripts, and those for what changes something."""

    client: Client
    lines: Servers
    changing: Answering


def connect(url: str, *, patient: bool = True, replicas: int = 0) -> Connections:
    """The ways to the servers. Connections are made when first used, so that a fork inherits none.

    Patient ones repeat what a broken connection cut for about a second (every script knows its own operation again),
    and wait `ANSWERS_WITHIN` for an answer; others wait half a second and repeat nothing.

    :param replicas: how many have to have a change before it counts.
    :raises ValueError: for a URL that cannot be used.
    """
    address = Address.parse(url)
    retry = Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.25), 7 if patient else 0, (RedisConnectionError,))
    timeouts = {
        "socket_timeout": ANSWERS_WITHIN[address.kind] if patient else 0.5,
        "socket_connect_timeout": 1.0 if patient else 0.5,
    }
    lines = _servers(address, timeouts, retry)
    changing = Copied(lines, replicas, COPIED_WITHIN[patient]) if replicas else lines
    return Connections(Client(lines, changing), lines, changing)


def _servers(address: Address, timeouts: dict[str, float], retry: Retry) -> Servers:
    if address.kind == "sentinel":
        return PrimaryLines(Sentinels(address, timeouts), retry)
    if address.kind == "cluster":
        return Cluster(address, timeouts, retry)
    return Lines(partial(opened, None, address.options, timeouts), retry)


def site_key(site: str, *parts: str | int) -> str:
    """A key of one site; the braces put all of a site's keys into one slot."""
    return ":".join((f"{{{site}}}", *map(str, parts)))


@cache
def _source(name: str) -> tuple[str, str, bool]:
    """A script with the parts that its first line names, its SHA-1 for EVALSHA, and whether replicas are waited for."""
    text = (LUA / f"{name}.lua").read_text(encoding="utf-8")
    used = re.match(r"-- use: (.*)\n", text)
    parts = [(LUA / f"{part}.lua").read_text(encoding="utf-8") for part in (used[1].split() if used else [])]
    whole = "\n".join([*parts, text])
    waited_for = changes(whole) and WAITS_FOR_NOBODY not in text
    return whole, sha1(whole.encode(), usedforsecurity=False).hexdigest(), waited_for


class Store:
    """Runs scripts and pipelines against Redis, and says `StoreUnavailable` where it cannot.

    :param rests: seconds for which it does not ask again after Redis was away.
    """

    def __init__(self, connections: Connections, *, rests: float = 0.0, watch: Watch = lambda *_: None) -> None:
        self._client, self._lines, self._changing = connections.client, connections.lines, connections.changing
        self._watch = watch
        self._rests = rests
        self._resting_until = 0.0

    def run(self, script: str, site: str, *arguments: Argument) -> Any:
        """Runs `lua/{script}.lua` for one site in one round trip; its head comment says what it takes and answers."""
        return self.run_all(script, site, [arguments])[0]

    def run_all(self, script: str, site: str, calls: Sequence[Sequence[Argument]]) -> list[Any]:
        """Runs a script once for each list of arguments, in one round trip."""
        source, digest, changing = _source(script)
        tag = site_key(site)
        servers = self._changing if changing else self._lines
        with self._asking():
            answers = servers.ask([("EVALSHA", digest, 1, tag, *arguments) for arguments in calls], tag)
            unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            if unknown:
                again = servers.ask([("EVAL", source, 1, tag, *calls[at]) for at in unknown], tag)
                for at, answer in zip(unknown, again, strict=True):
                    answers[at] = answer
            return _well(answers)

    def call(self, command: Callable[[Client], Any], site: str = "") -> Any:
        """One plain command. One that has no key (TIME, SCAN) goes to the server of the site, or of the house's own."""
        with self._asking():
            return command(self._client.at(site_key(site)) if site else self._client)

    def change(self, commands: Sequence[Command], site: str) -> None:
        """Several plain commands that change a site's keys, in one round trip."""
        with self._asking():
            _well(self._changing.ask(commands, site_key(site)))

    def together(self, build: Callable[[Any], None]) -> list[Any]:
        """Several reads in one round trip to each server: `build` puts them into the pipeline that it is given."""
        with self._asking(), self._client.pipeline() as pipeline:
            build(pipeline)
            return pipeline.execute()

    def each(self, command: Callable[[Client], Any]) -> dict[str, Any]:
        """One plain command without a key to every primary; the answers by its address, "" where there is but one."""
        with self._asking():
            found = self._lines.primaries()
            return {name: command(self._client.at(HOME, servers)) for name, servers in found.items()}

    def everywhere(self, command: Command, site: str) -> list[Any]:
        """One command without a key to each server that holds something of a site, replicas too.

        :raises redis.exceptions.ResponseError: one of them refuses.
        """
        with self._asking():
            return _well(self._lines.everywhere(command, site_key(site)))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turns what means "not now" into `StoreUnavailable`; a script's own mistake stays what it is."""
        if time.monotonic() < self._resting_until:
            raise StoreUnavailable("Redis was away a moment ago")
        began, failure = time.perf_counter(), ""
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError, ResponseError) as problem:
            said = ANNOTATION.sub("", str(problem))
            known = not isinstance(problem, ResponseError) or isinstance(problem, NOT_NOW_BY_NAME)
            if not known and not NOT_NOW.match(said):
                raise
            failure = _kind(problem)
            if failure != "refused" and not isinstance(problem, TooFewCopies):  # else it is there, for the next
                self._resting_until = time.monotonic() + self._rests
            raise StoreUnavailable(said) from problem
        finally:
            self._watch(time.perf_counter() - began, failure)


def _well(answers: list[Any]) -> list[Any]:
    """Answers none of which is an error.

    :raises redis.exceptions.RedisError: the first that is one.
    """
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer
    return answers


def _kind(problem: RedisError) -> str:
    """In one word, how a request was not served."""
    if isinstance(problem, RedisTimeoutError):
        return "timeout"
    return "refused" if isinstance(problem, (ResponseError, BusyLoadingError)) else "connection"


def clock(store: Store, site: str) -> int:
    """Milliseconds since 1970 by the clock of a site's server, as its scripts tell it."""
    seconds, micros = store.call(lambda client: client.time(), site)
    return int(seconds) * 1000 + int(micros) // 1000
