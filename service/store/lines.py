"""Bare connections to a server of Redis: the client's upper layers cost more than most scripts themselves."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Final, Protocol, cast

import hiredis
from redis.connection import DefaultParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

Command = tuple[str | int | float | bytes, ...]

pack_command: Callable[[Command], bytes] = cast("Any", hiredis.pack_command)  # its type says a tuple of one

MOST = 64
"""Connections at once; whoever wants another waits for one."""

PATIENCE = 2.0
"""Seconds of that wait."""

READ_AT_ONCE: Final = 1 << 16
"""Bytes."""

MISSING: Final = object()
"""What the parser says as long as an answer is not complete."""

HOME: Final = "{winnow}"
"""Where commands without a key go if nothing else is said: to the server of what belongs to no site."""

Dial = Callable[[], Any]
"""Makes a connection and opens it: address, password, encryption, and whether it leads to whom it should."""


class AllInUse(RedisTimeoutError):
    """No connection came free in time: nothing was sent. The server may be well, so it is not left, nor asked again."""


class Answering(Protocol):
    """Whoever answers commands."""

    def ask(self, commands: Sequence[Command], at: str = HOME, *, raw: bool = False) -> list[Any]:
        """Sends commands together to the server of the key `at`, in whose slot all of their keys are.

        Returns the answers in order, errors of the server's among them; `raw` ones as bytes.

        :raises redis.exceptions.ConnectionError: broken, again and again.
        :raises redis.exceptions.TimeoutError: no answer in time; it is not known what was done.
        """


class Servers(Answering, Protocol):
    """One server, or several of which each has its keys."""

    def ask_apart(self, commands: Sequence[Command], at: str = HOME) -> list[Any]:
        """The same for commands each of whose keys may be anywhere; those without a key go to the server of `at`."""

    def primaries(self) -> Mapping[str, "Servers"]:
        """Every server that takes writes, by its address; the address is "" where there is but one."""

    def everywhere(self, command: Command, at: str) -> list[Any]:
        """Asks each server that holds the key `at`, replicas too, and returns their answers, errors among them."""

    def doubt(self, at: str) -> None:
        """Has the server of the key `at` looked for anew: it may have been replaced without knowing."""


class Lines:
    """Connections, each lent to one caller at a time. None is made before it is needed, so that a fork inherits none.

    :param retry: how often, and how soon, is asked again what a broken connection cut.
    """

    def __init__(self, dial: Dial, retry: Retry) -> None:
        self._dial, self._retry = dial, retry
        self._idle: SimpleQueue[_Line] = SimpleQueue()
        self._seats = threading.Semaphore(MOST)
        self._era = 0

    def ask(self, commands: Sequence[Command], at: str = HOME, *, raw: bool = False) -> list[Any]:
        """Sends commands together; all keys are here.

        A connection that was idle may have been closed meanwhile, so that the first break is not counted.
        """
        packed = b"".join([pack_command(command) for command in commands])
        try:
            return self.once(packed, len(commands), raw)
        except RedisConnectionError:
            self.hang_up()
            answers: list[Any] = self._retry.call_with_retry(
                lambda: self.once(packed, len(commands), raw), lambda _: None
            )
            return answers

    def ask_apart(self, commands: Sequence[Command], at: str = HOME) -> list[Any]:
        """The same: nothing is apart here."""
        return self.ask(commands, at)

    def primaries(self) -> "Mapping[str, Servers]":
        """This one."""
        return {"": self}

    def everywhere(self, command: Command, at: str) -> list[Any]:
        """Asks the one server."""
        return self.ask([command], at)

    def doubt(self, at: str) -> None:
        """Nothing: there is no other."""

    def once(self, packed: bytes, count: int, raw: bool = False) -> list[Any]:  # the fast path
        """Sends packed commands and reads as many answers, and repeats nothing."""
        line = self._take()
        try:
            return line.ask(packed, count, raw)
        finally:
            self._idle.put(line)

    def hang_up(self) -> None:
        """Has every connection of now opened anew before it is next used, also those that are lent at the moment."""
        self._era += 1

    def _take(self) -> "_Line":
        try:
            line = self._idle.get_nowait()
        except Empty:
            line = self._another()
        if line.era != self._era:
            line.close()
            line.era = self._era
        return line

    def _another(self) -> "_Line":
        if self._seats.acquire(blocking=False):
            return _Line(self._dial, self._era)
        try:
            return self._idle.get(timeout=PATIENCE)
        except Empty:
            raise AllInUse(f"all {MOST} connections are in use") from None


class _Line:
    """One connection, opened by the client (address, password, encryption) and then spoken to past it."""

    def __init__(self, dial: Dial, era: int) -> None:
        self._dial, self.era = dial, era
        self._connection: Any = None
        self._socket: socket.socket | None = None
        self._buffer = bytearray(READ_AT_ONCE)
        self._reader = self._new_reader()

    def ask(self, packed: bytes, count: int, raw: bool) -> list[Any]:
        """Sends packed commands and reads as many answers, raw ones as bytes."""
        try:
            line = self._socket or self._open()
            sent = line.send(packed)
            if sent < len(packed):
                line.sendall(packed[sent:])
            decode = not raw
            return [self._answer(line, decode) for _ in range(count)]
        except TimeoutError as late:
            self.close()
            raise RedisTimeoutError("no answer in time") from late
        except OSError as broken:
            self.close()
            raise RedisConnectionError(str(broken)) from broken
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hangs up; what was under way is never taken for a later answer."""
        if self._connection is not None:
            self._connection.disconnect()
        self._connection = self._socket = None
        self._reader = self._new_reader()

    def _open(self) -> socket.socket:
        self._connection = self._dial()
        self._socket = self._connection._get_socket()  # noqa: SLF001  # the client offers no other way past it
        if self._socket is None:
            raise RedisConnectionError("the connection was closed")
        return self._socket

    def _answer(self, line: socket.socket, decode: bool) -> Any:
        while (answer := self._reader.gets(decode)) is MISSING:
            read = line.recv_into(self._buffer)
            if not read:
                raise RedisConnectionError("Redis closed the connection")
            self._reader.feed(self._buffer, 0, read)  # type: ignore[arg-type]  # any buffer will do
        return answer

    def _new_reader(self) -> hiredis.Reader:
        return hiredis.Reader(encoding="utf-8", errors="strict", replyError=_error, notEnoughData=MISSING)


def _error(message: str) -> Exception:
    """The server's complaint, which the client's own parser tells from others by its first word."""
    problem: Exception = DefaultParser.parse_error(message)  # type: ignore[no-untyped-call]
    return problem
