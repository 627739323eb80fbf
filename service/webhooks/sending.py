"""One attempt at a delivery: the name resolved, every address checked, and the checked address connected to."""

import contextlib
import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError

from service.webhooks.addresses import Networks, Target, UnusableUrl, check_address, target_of

Problem = Literal["", "status", "gone", "address", "name", "connection", "late"]
"""Why an attempt failed: "" for a 2xx, another status, 410, an address that is refused, a name that is not resolved,
no answer that can be read, no answer in time."""

Resolve = Callable[[str, int], Sequence[str]]

CONNECTS_WITHIN: Final = 5.0
RESOLVES_WITHIN: Final = 20.0
ANSWERS_WITHIN: Final = 15.0
"""Seconds. A resolver cannot be interrupted, so it may take longer, but then nothing is sent."""

ADDRESSES_TRIED: Final = 2
"""Addresses of a name to which a connection is tried."""

TAKES_AT_MOST: Final = RESOLVES_WITHIN + ADDRESSES_TRIED * 2 * CONNECTS_WITHIN + ANSWERS_WITHIN
"""Seconds after which an attempt has surely sent all that it ever sends; TLS may take as long as the connection."""

TIMEOUTS: Final = (TimeoutError, UrllibTimeoutError)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; `status` is 0 where there was no answer, `retry_after` is in seconds."""

    problem: Problem
    status: int = 0
    retry_after: float | None = None


def resolved(host: str, port: int) -> list[str]:
    """A name's addresses by the system's resolver.

    :raises OSError: there are none.
    """
    return list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class Sender:
    """Sends deliveries. Redirects are not followed, and the environment's proxies are not used.

    :param networks: allowed although they are not public.
    :param resolve: a name's addresses.
    :param trust: the certificates that are believed; by default the system's.
    """

    def __init__(
        self,
        networks: Networks,
        resolve: Resolve = resolved,
        trust: ssl.SSLContext | None = None,
        *,
        resolves_within: float = RESOLVES_WITHIN,
        answers_within: float = ANSWERS_WITHIN,
    ) -> None:
        self._networks, self._resolve = networks, resolve
        self._trust = trust or ssl.create_default_context()
        self._resolves_within, self._answers_within = resolves_within, answers_within
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it would tell of URLs, with their query strings

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Posts a body and says what came of it."""
        began = time.monotonic()
        try:
            target = target_of(url)
            addresses = self._addresses(target)
        except UnusableUrl:
            return Outcome("address")
        except (OSError, UnicodeError):  # a name that is too long for the resolver is a UnicodeError
            return Outcome("name")
        if not addresses or time.monotonic() - began > self._resolves_within:
            return Outcome("name")
        try:
            connection = self._connected(target, addresses)
        except NewConnectionError:  # which urllib3 counts among the timeouts
            return Outcome("connection")
        except (HTTPError, OSError, ValueError) as problem:
            return Outcome("late" if isinstance(problem, TIMEOUTS) else "connection")
        with contextlib.closing(connection):
            return self._asked(connection, target, headers, body)

    def _addresses(self, target: Target) -> list[str]:
        """The addresses of a target, all of which are allowed."""
        found = [target.host] if target.literal else list(self._resolve(target.host, target.port))
        for address in found:
            check_address(ip_address(address), target.scheme, self._networks)
        return found

    def _connected(self, target: Target, addresses: Sequence[str]) -> HTTPConnection:
        """A connection to the first address that takes one; the name is what the certificate must be of."""
        *others, last = addresses[:ADDRESSES_TRIED]
        for address in others:
            with contextlib.suppress(HTTPError, OSError, ValueError):
                return self._connection(target, address)
        return self._connection(target, last)

    def _connection(self, target: Target, address: str) -> HTTPConnection:
        if target.scheme == "http":
            connection = HTTPConnection(address, target.port, timeout=CONNECTS_WITHIN)
        else:
            connection = HTTPSConnection(
                address,
                target.port,
                timeout=CONNECTS_WITHIN,
                ssl_context=self._trust,
                server_hostname=target.host.rstrip("."),
            )
        try:
            connection.connect()
        except (HTTPError, OSError, ValueError):
            connection.close()
            raise
        connection.timeout = self._answers_within
        return connection

    def _asked(self, connection: HTTPConnection, target: Target, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Sends on an open connection. Only the answer's head is read, and an answer that trickles is cut off."""
        late = threading.Event()

        def cut() -> None:
            late.set()
            if connection.sock is not None:
                with contextlib.suppress(OSError):  # closed meanwhile
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

        own = {"Host": target.authority, "Content-Type": "application/json", "User-Agent": "Winnow"}
        timer = threading.Timer(self._answers_within, cut)
        timer.daemon = True
        timer.start()
        try:
            connection.request(
                "POST", target.path, body, {**own, "Connection": "close", **headers}, preload_content=False
            )
            answer = connection.getresponse()
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as problem:
            return Outcome("late" if late.is_set() or isinstance(problem, TIMEOUTS) else "connection")
        finally:
            timer.cancel()
        if late.is_set():  # what was read until then may look like a whole head
            return Outcome("late")
        return _outcome(answer.status, answer.headers.get("Retry-After", ""))


def _outcome(status: int, retry_after: str) -> Outcome:
    """What a status means, as the specification has it: 2xx is delivered, 410 asks for no more, all else failed."""
    if 200 <= status < 300:  # noqa: PLR2004
        return Outcome("", status)
    if status == http.client.GONE:
        return Outcome("gone", status)
    seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9 else None  # noqa: PLR2004
    return Outcome("status", status, seconds)
