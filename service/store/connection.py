"""The way to Redis: a pool of connections, and the scripts that change things in one step."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any, Final

import redis
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

from service.store.lines import Lines

ANNOTATION: Final = re.compile(r"^Command # \d+ \(.*\) of pipeline caused error: ", re.DOTALL)
"""What the client puts before an error in a pipeline: the command with its keys, which name people."""

LUA: Final = Path(__file__).parent / "lua"

NOT_NOW: Final = re.compile(
    r"^(LOADING|BUSY|OOM|MISCONF|READONLY|NOREPLICAS|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOMASTERLINK)\b"
)
NOT_NOW_BY_NAME: Final = (OutOfMemoryError, ReadOnlyError, MasterDownError, ClusterDownError, TryAgainError)
"""Answers of a server that is there but cannot serve at this moment; the client takes the code off those it knows."""

Argument = str | int | float | bytes


Watch = Callable[[float, str], None]
"""Called with the seconds that a request took, and `connection`, `timeout` or `refused` where it was not served."""


class StoreUnavailable(Exception):
    """Redis cannot be reached or cannot serve: nothing was acknowledged, and the call may be repeated."""


@dataclass(frozen=True, slots=True)
class Connections:
    """One server: a client for plain commands, and bare lines for scripts."""

    client: "redis.Redis"
    lines: Lines


def connect(url: str, *, patient: bool = True) -> Connections:
    """The ways to one server. Connections are made when first used, so that a fork inherits none.

    A patient one repeats what a broken connection cut for about a second (every script knows its own operation
    again), and waits five for an answer; another waits half a second and repeats nothing.
    """
    retry = Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.25), 7 if patient else 0, (RedisConnectionError,))
    pool = redis.BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=64,
        timeout=2,
        socket_timeout=5 if patient else 0.5,
        socket_connect_timeout=1 if patient else 0.5,
        retry=retry,
    )
    return Connections(redis.Redis(connection_pool=pool), Lines(pool, retry))


def site_key(site: str, *parts: str | int) -> str:
    """A key of one site; the braces put all of a site's keys into one slot."""
    return ":".join((f"{{{site}}}", *map(str, parts)))


@cache
def _source(name: str) -> tuple[str, str]:
    """A script with the shared parts that its first line names, and its SHA-1 as EVALSHA wants it."""
    text = (LUA / f"{name}.lua").read_text(encoding="utf-8")
    used = re.match(r"-- use: (.*)\n", text)
    parts = [(LUA / f"{part}.lua").read_text(encoding="utf-8") for part in (used[1].split() if used else [])]
    whole = "\n".join([*parts, text])
    return whole, sha1(whole.encode(), usedforsecurity=False).hexdigest()


class Store:
    """Runs scripts and pipelines against Redis, and says `StoreUnavailable` where it cannot.

    :param rests: seconds for which it does not ask again after Redis was away.
    """

    def __init__(self, connections: Connections, *, rests: float = 0.0, watch: Watch = lambda *_: None) -> None:
        self._client, self._lines, self._watch = connections.client, connections.lines, watch
        self._rests = rests
        self._resting_until = 0.0

    def run(self, script: str, site: str, *arguments: Argument) -> Any:
        """Runs `lua/{script}.lua` for one site in one round trip; its head comment says what it takes and answers."""
        return self.run_all(script, site, [arguments])[0]

    def run_all(self, script: str, site: str, calls: Sequence[Sequence[Argument]]) -> list[Any]:
        """Runs a script once for each list of arguments, in one round trip."""
        source, digest = _source(script)
        tag = site_key(site)
        with self._asking():
            answers = self._lines.ask([("EVALSHA", digest, 1, tag, *arguments) for arguments in calls])
            unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            if unknown:
                again = self._lines.ask([("EVAL", source, 1, tag, *calls[at]) for at in unknown])
                for at, answer in zip(unknown, again, strict=True):
                    answers[at] = answer
            for answer in answers:
                if isinstance(answer, RedisError):
                    raise answer
        return answers

    def call(self, command: Callable[["redis.Redis"], Any]) -> Any:
        """One plain command."""
        with self._asking():
            return command(self._client)

    def together(self, build: Callable[[Any], None]) -> list[Any]:
        """Several reads in one round trip: `build` puts them into the pipeline that it is given."""
        with self._asking(), self._client.pipeline(transaction=False) as pipeline:
            build(pipeline)
            return pipeline.execute()

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
            self._resting_until = time.monotonic() + self._rests
            raise StoreUnavailable(said) from problem
        finally:
            self._watch(time.perf_counter() - began, failure)


def _kind(problem: RedisError) -> str:
    """In one word, how a request was not served."""
    if isinstance(problem, RedisTimeoutError):
        return "timeout"
    return "refused" if isinstance(problem, (ResponseError, BusyLoadingError)) else "connection"


def clock(store: Store) -> int:
    """Milliseconds since 1970 by the server's clock, as scripts tell it."""
    seconds, micros = store.call(lambda client: client.time())
    return int(seconds) * 1000 + int(micros) // 1000
