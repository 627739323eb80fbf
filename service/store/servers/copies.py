"""What is acknowledged only once replicas have it, too."""

import re
from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.store.lines import HOME, Command, Servers
from service.store.servers.client import READING

MARK_KEPT: Final = 7 * 86_400
"""Seconds for which a mark is kept; it means nothing by itself, and a server that is full cannot make one."""

FUNCTION: Final = re.compile(r"^local function (\w+)\(.*?^end$", re.MULTILINE | re.DOTALL)
CALL: Final = re.compile(r"redis\.p?call\((?:'(\w+)')?")
"""A call of Redis in a script; without a group where the command is not spelled out."""


class TooFewCopies(RedisTimeoutError):
    """Fewer replicas than asked for have what was written; it may be lost, so it counts as not acknowledged."""


class Copied:
    """Servers that are asked to change something, and whose answers count once so many replicas have it.

    A command that was repeated may change nothing, since it was done before, and Redis would then wait for nothing at
    all. So a mark is written behind it: whoever has the mark has all that this server wrote before. It is set and also
    prolonged, since a server whose memory is full refuses the one and does the other.

    :param replicas: how many have to have it, in their memory; WAIT does not ask for their disks.
    :param within: milliseconds that they have for it.
    """

    def __init__(self, servers: Servers, replicas: int, within: int) -> None:
        self._servers, self._replicas, self._within = servers, replicas, within

    def ask(self, commands: Sequence[Command], at: str = HOME, *, raw: bool = False) -> list[Any]:
        """Sends commands, a mark and WAIT in one round trip.

        :raises TooFewCopies: not enough replicas have it in time; it is done, and they may get it yet.
        """
        mark = mark_of(at)
        behind: list[Command] = [
            ("SET", mark, "", "EX", MARK_KEPT),
            ("EXPIRE", mark, MARK_KEPT),
            ("WAIT", self._replicas, self._within),
        ]
        *answers, made, prolonged, copies = self._servers.ask([*commands, *behind], at, raw=raw)
        for one in (prolonged or made, copies):
            if isinstance(one, RedisError):
                raise one
        if copies < self._replicas:
            self._servers.doubt(at)
            raise TooFewCopies(f"{copies} of {self._replicas} replicas have it after {self._within} ms")
        return answers


def mark_of(key: str) -> str:
    """Where the mark is of whatever lies in a key's slot."""
    return f"{key[: key.index('}') + 1]}:waited"


def changes(script: str) -> bool:
    """Whether a script may change something: it, or a function that it may come to, has a command that may."""
    code = re.sub(r"--.*", "", script)
    functions = {found[1]: found[0] for found in FUNCTION.finditer(code)}
    if len(functions) != len(re.findall(r"^local function ", code, re.MULTILINE)):
        return True  # one of another shape, of which nothing is known
    reached, fresh = "", FUNCTION.sub("", code)
    while fresh:
        reached += fresh
        met = {word for word in re.findall(r"\w+", fresh) if word in functions}
        fresh = "\n".join(functions.pop(name) for name in met)
    return any(command not in READING for command in CALL.findall(reached))
