"""A proxy that loses answers: what was asked is done, and the connection breaks before anybody hears of it."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from service.store.connection import LUA, _source

DIGESTS = {_source(path.stem)[1].encode(): path.stem for path in LUA.glob("[a-z]*.lua")}
"""Every script's name by its SHA-1, as EVALSHA sends it."""

AT_ONCE = 1 << 20
"""Bytes read at a time."""

Place = Path | int
"""A Unix socket, or a port of the loopback."""


def scripts_in(asked: bytes) -> set[str]:
    """The scripts that these bytes call."""
    return {DIGESTS[part[:40]] for part in asked.split(b"$40\r\n")[1:] if part[:40] in DIGESTS}


class CuttingProxy:
    """Between clients and a server.

    :param loses: says what of a request's bytes is to be lost, by a name to count it under, or "".
    """

    def __init__(self, server: Place, loses: Callable[[bytes], str]) -> None:
        self._server, self._loses = server, loses
        self.lost: Counter[str] = Counter()

    async def listen(self, at: Place) -> asyncio.AbstractServer:
        """Takes connections from now on."""
        if isinstance(at, Path):
            return await asyncio.start_unix_server(self._serve, at)
        return await asyncio.start_server(self._serve, "127.0.0.1", at)

    async def _serve(self, asking: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # asyncio would complain of a connection that it ends itself
            await self._pass(asking, client)

    async def _pass(self, asking: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self._server, Path):
                answering, server = await asyncio.open_unix_connection(self._server)
            else:
                answering, server = await asyncio.open_connection("127.0.0.1", self._server)
        except OSError:
            client.close()
            return
        losing: list[str] = []
        passing = asyncio.create_task(self._answer(answering, client, losing))
        with contextlib.suppress(OSError):
            while asked := await asking.read(AT_ONCE):
                if what := self._loses(asked):
                    losing.append(what)
                server.write(asked)
                await server.drain()
        server.close()
        await passing

    async def _answer(self, answering: asyncio.StreamReader, client: asyncio.StreamWriter, losing: list[str]) -> None:
        with contextlib.suppress(OSError):
            while answer := await answering.read(AT_ONCE):
                if losing:
                    self.lost[losing[0]] += 1
                    break
                client.write(answer)
                await client.drain()
        client.close()


class ScriptCutter:
    """A proxy before a Redis, in a thread of its own: loses the next answers to one script."""

    def __init__(self, path: Path, server: str) -> None:
        self.path = path
        self._script, self._times = "", 0
        self._proxy = CuttingProxy(Path(server), self._chosen)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._proxy.listen(path), self._loop).result(10)

    def cut(self, script: str, times: int = 1) -> None:
        """Loses the next answers to a script."""
        self._script, self._times = script, times
        self._proxy.lost.clear()

    @property
    def lost(self) -> int:
        """How many were lost since."""
        return self._proxy.lost.total()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(_end_others(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _chosen(self, asked: bytes) -> str:
        if not self._times or self._script not in scripts_in(asked):
            return ""
        self._times -= 1
        return self._script


async def _end_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)
