"""How long a connection may take: a client that is slow holds up nobody, and is ended in bounded time.

A request's head has to come within seconds of its first byte. A body, and the taking of an answer, may last as long as
they move at a pace that any network has. Waiting for an answer, as a long poll does, is not the client's slowness.
"""

import errno
import resource
import time
from typing import Any, Final

from service.api.problems import Problem

HEAD_SECONDS: Final = 10.0
SECONDS: Final = 20.0
"""See `Paced`."""

PACE: Final = 64 << 10
"""Bytes of a body, or of an answer, that give another second."""

LEAST: Final = 0.001
"""Seconds that a socket is given where none are left: at 0 it would not wait, nor say that time is up."""

CONNECTIONS: Final = 4000
"""Open connections of a worker at the most; before it has more, those that wait the longest for a request are ended."""

OTHER_FILES: Final = 200
"""File descriptors of a worker that are no clients' connections: to Redis, logs, metrics, the model."""


class Paced:
    """A client's socket that keeps time. Whoever reads or writes too slowly gets a 408, or is cut off.

    :param sock: the system's, or gevent's.
    :param head: seconds from the first byte of a request to the end of its headers.
    :param seconds: how long a body, or the taking of an answer, may last whatever its size.
    """

    def __init__(self, sock: Any, head: float = HEAD_SECONDS, seconds: float = SECONDS) -> None:
        self._sock, self._head, self._seconds = sock, head, seconds
        self._request: Any = None
        self._until: float | None = None
        self._left = seconds  # of waiting while an answer is taken
        self._ended = False

    def begins(self, request: Any) -> None:
        """A request's head is there: its body comes, if it has one."""
        self._request, self._until = request, time.monotonic() + self._seconds
        self._left = self._seconds

    def rests(self) -> None:
        """The request was answered: the next one may take its time to come."""
        self._request = self._until = None

    def recv(self, size: int) -> bytes:
        """Some bytes; none where the client has no more, or was too slow before.

        :raises Problem: 408, once: it is too slow.
        """
        if self._ended:
            return b""
        left = None if self._until is None else self._until - time.monotonic()
        if left is not None and left <= 0:
            raise self._late()
        self._sock.settimeout(left)
        try:
            data: bytes = self._sock.recv(size)
        except TimeoutError as slow:
            raise self._late() from slow
        if self._until is None:
            self._until = time.monotonic() + self._head
        elif self._request is not None:
            self._until += len(data) / PACE
        return data

    def sendall(self, data: bytes) -> None:
        """Sends all of it, a part of an answer or the whole.

        :raises BrokenPipeError: the client takes it too slowly, or is gone.
        """
        self._left += len(data) / PACE
        self._sock.settimeout(max(self._left, LEAST))
        began = time.monotonic()
        try:
            self._sock.sendall(data)
        except TimeoutError as slow:
            self._ended = True
            raise BrokenPipeError(errno.EPIPE, "the client takes its answer too slowly") from slow
        finally:
            self._left -= time.monotonic() - began

    def _late(self) -> Problem:
        self._ended = True
        if self._request is not None:
            self._request.force_close()
        return Problem(408, "The request came too slowly.")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def connections() -> int:
    """How many connections a worker may have open, as the system lets it; lifts the limit as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(min(CONNECTIONS, soft - OTHER_FILES), 1)
