"""The listening socket: the supervisor's, shared by all web processes, and let go without losing a connection."""

import contextlib
import ctypes
import errno
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.settings import SettingsError

ADDRESS_FREE_WITHIN: Final = 3.0
"""Seconds for which the address may still be held by a service that was just killed."""

LOOKS_EVERY: Final = 0.05

SO_ATTACH_FILTER: Final = 26
"""From Linux's socket(7)."""

NO_NEW: Final = b"".join(
    struct.pack("HBBI", *step)
    for step in (
        (0x30, 0, 0, 13),  # the byte with TCP's flags
        (0x45, 0, 1, 0x02),  # is SYN among them?
        (0x06, 0, 0, 0),  # then nothing of it is taken
        (0x06, 0, 0, 0xFFFFFFFF),  # else all of it
    )
)
"""A classic BPF program (bpf(4)): what would begin a connection is not heard; handshakes under way go on."""

TCP_INFO_SIZE: Final = 104
WAITING: Final = 8 + 4 * 4
"""Where `struct tcp_info` has `tcpi_unacked`, which is the length of the queue of a socket that listens."""


@contextlib.contextmanager
def listening(bind: str) -> Iterator[socket.socket]:
    """An open listening socket, for `host:port` or `unix:path`; it may be closed earlier.

    :raises SettingsError: the address cannot be had.
    """
    until = time.monotonic() + ADDRESS_FREE_WITHIN
    while True:
        try:
            sock = _listen(bind)
            break
        except (OSError, ValueError, OverflowError) as problem:
            if getattr(problem, "errno", None) != errno.EADDRINUSE or time.monotonic() > until:
                raise SettingsError(f"WINNOW_BIND {bind}: {problem}") from problem
            time.sleep(LOOKS_EVERY)
    with sock:
        yield sock


def take_no_more(listener: socket.socket, within: float) -> None:
    """Lets nobody connect any more, and returns once all who had are taken up by whoever accepts here.

    Closing a listening socket breaks the connections in its queue, whose clients may have sent their requests already.
    Who asks for a connection meanwhile gets no answer, asks again after a second, and is refused then, which a proxy
    may safely try elsewhere. Other systems than Linux have no means for it, and go on taking.

    :param within: seconds after which it returns in any case.
    """
    path = listener.getsockname()
    if isinstance(path, str):
        Path(path).unlink(missing_ok=True)
        time.sleep(min(within, 2 * LOOKS_EVERY))  # its queue cannot be looked at
        return
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(NO_NEW, len(NO_NEW))
    with contextlib.suppress(OSError):  # a sandbox that knows no filters: the queue is short, most of the time
        where = struct.pack("HP", len(NO_NEW) // 8, ctypes.addressof(program))
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, where)
    until = time.monotonic() + within
    time.sleep(min(within, 2 * LOOKS_EVERY))  # for the last step of handshakes under way
    while _queue(listener) and time.monotonic() < until:
        time.sleep(LOOKS_EVERY)


def _queue(listener: socket.socket) -> int:
    """How many connections wait to be accepted."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
    return int(struct.unpack_from("I", info, WAITING)[0])


def answers(bind: str) -> bool:
    """Whether a web server answers on the address within a second."""
    with contextlib.suppress(OSError), _socket(bind) as sock:
        sock.settimeout(1)
        sock.connect(_target(bind))
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b" 200 " in sock.recv(16)
    return False


def _listen(bind: str) -> socket.socket:
    sock = _socket(bind)
    if bind.startswith("unix:"):
        Path(bind.removeprefix("unix:")).unlink(missing_ok=True)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(_target(bind))
    sock.listen(2048)
    return sock


def _socket(bind: str) -> socket.socket:
    if bind.startswith("unix:"):
        return socket.socket(socket.AF_UNIX)
    return socket.socket(socket.AF_INET6 if ":" in bind.rpartition(":")[0] else socket.AF_INET)


def _target(bind: str) -> str | tuple[str, int]:
    if bind.startswith("unix:"):
        return bind.removeprefix("unix:")
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)
