"""The client's commands (`client.hgetall(…)`), sent over our own lines to whichever server has the key."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Final

import redis
from redis.client import EMPTY_RESPONSE, NEVER_DECODE, Pipeline
from redis.exceptions import RedisError

from service.store.lines import HOME, Answering, Command, Servers

WITHOUT_KEY: Final = frozenset(
    {"ACL", "BGREWRITEAOF", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DBSIZE", "ECHO", "FLUSHALL", "FLUSHDB", "INFO"}
    | {"KEYS", "PING", "ROLE", "SCAN", "SCRIPT", "TIME", "WAIT"}
)
"""Commands that go to a server, not to a key."""

READING: Final = frozenset(
    {"DBSIZE", "ECHO", "EXISTS", "GET", "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET", "HSTRLEN", "HVALS"}
    | {"INFO", "LINDEX", "LLEN", "LRANGE", "MGET", "PING", "PTTL", "SCAN", "SCARD", "SISMEMBER", "SMEMBERS", "TIME"}
    | {"TTL", "TYPE", "XINFO", "XLEN", "XRANGE", "XREVRANGE", "ZCARD", "ZCOUNT", "ZRANGE", "ZRANGEBYSCORE", "ZRANK"}
    | {"ZREVRANGE", "ZREVRANGEBYSCORE", "ZREVRANK", "ZSCORE"}
)
"""Commands that are known to change nothing; all others may."""

SCRIPTS: Final = ("EVAL", "EVALSHA")

KEY_AT: Final = dict.fromkeys(SCRIPTS, 3) | {"XINFO": 2}
"""Where the first key stands in those commands that do not begin with one."""


def key_of(command: Command, home: str) -> str:
    """The key by which a server is chosen: a command's first, or `home` where it has none."""
    name = command[0]
    if name in WITHOUT_KEY:
        return home
    key = command[KEY_AT.get(str(name), 1)]
    return key.decode(errors="replace") if isinstance(key, bytes) else str(key)


class Client(redis.Redis):
    """The client's whole vocabulary; its own connections are never used.

    :param changing: whoever is asked what may change something.
    """

    def __init__(self, servers: Servers, changing: Answering) -> None:
        super().__init__(connection_pool=redis.ConnectionPool(decode_responses=True, protocol=2))
        self.servers, self.changing, self.home = servers, changing, HOME

    def at(self, home: str, servers: Servers | None = None) -> "Client":
        """The same client with another home, a key to whose server goes what has none, or for one server alone."""
        other = copy(self)
        other.home = home
        if servers is not None:
            other.servers = other.changing = servers
        return other

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """One command, whatever method of the client's made it."""
        command = _command(args)
        servers: Answering = self.servers if command[0] in READING else self.changing
        (answer,) = servers.ask([command], key_of(command, self.home), raw=NEVER_DECODE in options)
        return self.meant(args[0], answer, options)

    def pipeline(self, transaction: bool = False, shard_hint: str | None = None) -> "Gathered":
        """Several reads in one round trip to each server that has some of the keys."""
        return Gathered(self, self.servers, self.home)

    def meant(self, name: str, answer: Any, options: Mapping[str, Any]) -> Any:
        """What the client makes of an answer.

        :raises redis.exceptions.RedisError: it is one.
        """
        if isinstance(answer, RedisError):
            raise answer
        if name not in self.response_callbacks:
            return answer
        left = {one: value for one, value in options.items() if one not in (NEVER_DECODE, EMPTY_RESPONSE, "keys")}
        return self.response_callbacks[name](answer, **left)


class Gathered(Pipeline):
    """Commands that wait to be sent together."""

    def __init__(self, client: Client, servers: Servers, home: str) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction=False, shard_hint=None)
        self._client, self.servers, self.home = client, servers, home

    def execute(self, raise_on_error: bool = True) -> list[Any]:  # it always does
        """Sends them, and gives what they were answered in their order.

        :raises redis.exceptions.RedisError: the first that one of them was answered.
        """
        stack, self.command_stack = self.command_stack, []
        if not stack:
            return []
        commands = [_command(args) for args, _ in stack]
        home = next((key for key in (key_of(one, "") for one in commands) if key), self.home)
        answers = self.servers.ask_apart(commands, home)
        return [
            self._client.meant(args[0], answer, options) for (args, options), answer in zip(stack, answers, strict=True)
        ]


def _command(args: tuple[Any, ...]) -> Command:
    """The words of a command; the client has some names of two in one."""
    name, *rest = args
    return (*str(name).split(), *rest)
