"""A client that insists, as a sensible one does: what was not acknowledged is asked again, in the same words."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

PATIENCE = 30.0
"""Seconds that an answer is waited for before the connection is given up."""

GIVES_UP = 240.0
"""Seconds for which one request is repeated; then the service is not coming back."""

BROKEN = (OSError, asyncio.IncompleteReadError, TimeoutError)

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NeverAnswered(AssertionError):
    """A request was repeated for minutes and never acknowledged or refused."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered in the end, and between which moments (s) it was asked for, first to last."""

    status: int
    body: bytes
    began: float
    ended: float
    asked: int
    """How often it had to be asked."""

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Insisting:
    """One key's way to a service, over connections that are kept; each is one request's at a time."""

    port: int
    key: str
    repeats: int = 0
    _idle: list[Line] = field(default_factory=list)

    async def get(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json

    async def ask(self, method: str, path: str, json: Any = None, *, once: bool = False) -> Answer:
        """Asks until it is acknowledged or refused.

        :param once: whether under an Idempotency-Key, the same each time.
        :raises AssertionError: the service said that it failed.
        """
        request = self._request(method, path, json, secrets.token_hex(8) if once else "")
        began, asked = time.monotonic(), 0
        while True:
            asked += 1
            rests = min(0.02 * 2**asked, 0.5)
            try:
                status, head, body = await asyncio.wait_for(self._once(request), PATIENCE)
            except BROKEN:
                status = 0
            else:
                running = status == 409 and b"urn:winnow:problem:running" in body
                if status != 503 and not running:
                    assert status < 500, (method, path, status, body)
                    return Answer(status, body, began, time.monotonic(), asked)
                rests = float(_named(head, b"retry-after") or rests)
            self.repeats += 1
            if time.monotonic() - began > GIVES_UP:
                raise NeverAnswered(f"{method} {path}: {asked} times, the last time {status or 'a broken connection'}")
            await asyncio.sleep(rests)

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    def _request(self, method: str, path: str, json: Any, once: str) -> bytes:
        body = b"" if json is None else orjson.dumps(json)
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.key}\r\n"
        head += f"Content-Length: {len(body)}\r\n" + ("Content-Type: application/json\r\n" if body else "")
        return f"{head}{f'Idempotency-Key: {once}' if once else 'Accept: */*'}\r\n\r\n".encode() + body

    async def _once(self, request: bytes) -> tuple[int, bytes, bytes]:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(_named(head, b"content-length") or 0)
            body = await reader.readexactly(length) if length else b""
        except BaseException:
            with contextlib.suppress(OSError):
                writer.close()
            raise
        if _named(head, b"connection") == b"close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head[9:12]), head, body


def _named(head: bytes, name: bytes) -> bytes:
    """A header's value, in lower case; b"" without one."""
    _, found, rest = head.lower().partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if found else b""
