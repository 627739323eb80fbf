"""Bare connections to Redis, for scripts: the client's upper layer costs more than most scripts themselves."""

import threading
from collections.abc import Sequence
from typing import Any

from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.retry import Retry

Command = Sequence[str | int | float | bytes]

MOST = 64
"""Connections at once; whoever wants another waits for one."""

PATIENCE = 2.0
"""Seconds of that wait."""


class Lines:
    """Connections, each lent to one caller at a time. None is made before it is needed, so that a fork inherits none.

    :param pool: knows how a connection is made; it lends none of these itself.
    :param retry: how often, and how soon, is asked again what a broken connection cut.
    """

    def __init__(self, pool: ConnectionPool, retry: Retry) -> None:
        self._pool, self._retry = pool, retry
        self._idle: list[Any] = []
        self._seats = threading.BoundedSemaphore(MOST)

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Sends commands together and returns their answers in order, errors of the server's among them.

        A connection that was idle may have been closed meanwhile, so that the first break is not counted.

        :raises redis.exceptions.ConnectionError: broken, again and again.
        :raises redis.exceptions.TimeoutError: no answer in time; it is not known what was done.
        """
        try:
            return self._once(commands)
        except RedisConnectionError:
            self._idle.clear()
            answers: list[Any] = self._retry.call_with_retry(lambda: self._once(commands), lambda _: None)
            return answers

    def _once(self, commands: Sequence[Command]) -> list[Any]:
        if not self._seats.acquire(timeout=PATIENCE):
            raise RedisConnectionError(f"all {MOST} connections are in use")
        try:
            line = self._idle.pop() if self._idle else self._pool.make_connection()
            try:
                line.send_packed_command(line.pack_commands(commands))
                answers = [_answer(line) for _ in commands]
            except BaseException:
                line.disconnect()
                raise
            self._idle.append(line)
            return answers
        finally:
            self._seats.release()


def _answer(line: Any) -> Any:
    try:
        return line.read_response()
    except ResponseError as error:
        return error
