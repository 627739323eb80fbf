"""Bare connections to Redis, for scripts: the client's upper layers cost more than most scripts themselves."""

import socket
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Final, cast

import hiredis
from redis.connection import ConnectionPool, DefaultParser
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


class Lines:
    """Connections, each lent to one caller at a time. None is made before it is needed, so that a fork inherits none.

    :param pool: knows how a connection is made; it lends none of these itself.
    :param retry: how often, and how soon, is asked again what a broken connection cut.
    """

    def __init__(self, pool: ConnectionPool, retry: Retry) -> None:
        self._pool, self._retry = pool, retry
        self._idle: SimpleQueue[_Line] = SimpleQueue()
        self._seats = threading.Semaphore(MOST)

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Sends commands together and returns their answers in order, errors of the server's among them.

        A connection that was idle may have been closed meanwhile, so that the first break is not counted.

        :raises redis.exceptions.ConnectionError: broken, again and again.
        :raises redis.exceptions.TimeoutError: no answer in time; it is not known what was done.
        """
        packed = b"".join([pack_command(command) for command in commands])
        try:
            return self._once(packed, len(commands))
        except RedisConnectionError:
            self._hang_up()
            answers: list[Any] = self._retry.call_with_retry(lambda: self._once(packed, len(commands)), lambda _: None)
            return answers

    def _once(self, packed: bytes, count: int) -> list[Any]:
        line = self._take()
        try:
            return line.ask(packed, count)
        finally:
            self._idle.put(line)

    def _take(self) -> "_Line":
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        if self._seats.acquire(blocking=False):
            return _Line(self._pool.make_connection())
        try:
            return self._idle.get(timeout=PATIENCE)
        except Empty:
            raise RedisConnectionError(f"all {MOST} connections are in use") from None

    def _hang_up(self) -> None:
        """Closes those that are idle; each is opened again when it is next used."""
        lines = []
        while True:
            try:
                lines.append(self._idle.get_nowait())
            except Empty:
                break
        for line in lines:
            line.close()
            self._idle.put(line)


class _Line:
    """One connection, opened by the client (address, password, encryption) and then spoken to past it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._socket: socket.socket | None = None
        self._buffer = bytearray(READ_AT_ONCE)
        self._reader = self._new_reader()

    def ask(self, packed: bytes, count: int) -> list[Any]:
        """Sends packed commands and reads as many answers."""
        try:
            line = self._socket or self._open()
            sent = line.send(packed)
            if sent < len(packed):
                line.sendall(packed[sent:])
            return [self._answer(line) for _ in range(count)]
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
        self._connection.disconnect()
        self._socket = None
        self._reader = self._new_reader()

    def _open(self) -> socket.socket:
        self._connection.connect()
        self._socket = self._connection._get_socket()  # noqa: SLF001  # the client offers no other way past it
        if self._socket is None:
            raise RedisConnectionError("the connection was closed")
        return self._socket

    def _answer(self, line: socket.socket) -> Any:
        while (answer := self._reader.gets()) is MISSING:
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
