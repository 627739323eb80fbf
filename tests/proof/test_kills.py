"""Killing any part, at any moment, loses and doubles nothing that was acknowledged.

Gunicorn's workers, the arbiter, the background worker and Redis are killed at random under load, two at once and amid
their starts, too. A newsroom works meanwhile (`tests.proof.newsroom`), a reader follows the events by a cursor, and a
server takes webhooks. In the end all that is kept is compared with all that was acknowledged.
"""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import orjson
import psutil

from service.store.keys import Keys
from tests.endpoints import end_leases
from tests.proof.comparing import Read, compare, delivered_wrongly, followed_wrongly, read
from tests.proof.insisting import Insisting
from tests.proof.leading import LEADS
from tests.proof.newsroom import Newsroom
from tests.support import Service, store_of

PUSHED = frozenset({"decision.undone", "comment.edited", "comment.erased", "comment.reported", "comment.appealed"})
"""What the webhook takes: a tenth of all events, since each is a connection of its own."""

LEASE_OF_A_DELIVERY = 90.0
"""Seconds after which what a killed worker held is taken up."""

SEED = 20261126


class Killer:
    """Kills parts of a service at random."""

    def __init__(self, service: Service, chance: random.Random) -> None:
        self._service, self._chance = service, chance
        self.kills = 0
        self.of: dict[str, int] = {}

    def parts(self) -> dict[str, Callable[[], psutil.Process]]:
        return {
            "workers": lambda: self._chance.choice(self._service.web_workers()),
            "redis": lambda: self._service.part("redis.sock"),
            "background": lambda: self._service.part("processes.worker"),
            "arbiter": lambda: self._service.part("processes.web"),
        }

    async def kill(self, name: str) -> None:
        """Kills a part, as soon as there is one."""
        find = self.parts()[name]
        while True:
            with suppress(psutil.Error, StopIteration, IndexError):
                find().send_signal(signal.SIGKILL)
                self.kills += 1
                self.of[name] = self.of.get(name, 0) + 1
                return
            assert self._service.process.poll() is None, self._service.printed()
            await asyncio.sleep(0.01)

    async def kill_some(self, names: list[str]) -> None:
        """One part, or two at once; and some of them once more while they start."""
        await asyncio.gather(*(self.kill(name) for name in names))
        if self._chance.random() < 0.25:
            await asyncio.sleep(self._chance.random())
            await self.kill(self._chance.choice(names))

    async def go_on(self, due: Callable[[], int], most: int) -> None:
        """Kills as many as are due, each part in its turn first, then at random."""
        names, first = list(self.parts()), [["workers"], ["arbiter"], ["background", "redis"], ["redis"]]
        while self.kills < most or first:
            if due() <= self.kills:
                await asyncio.sleep(0.02)
                continue
            some = (
                first.pop() if first else self._chance.choices(names, (6, 2, 1, 1), k=1 + (self._chance.random() < 0.2))
            )
            await self.kill_some(some)


async def follow(client: Insisting, seen: list[str], over: Callable[[], bool]) -> None:
    """A reader with a cursor: it asks for what is behind the last event that it saw."""
    while True:
        last = over()
        page = await client.get(f"/v1/events?limit=1000&wait={0 if last else 2}&after={seen[-1] if seen else ''}")
        seen += [one["id"] for one in page["items"]]
        if last and not page["items"]:
            return


def receiver(got: list[tuple[str, str]]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """A newsroom's server for webhooks, which notes the ids of events and comments."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            data = orjson.loads(await reader.readexactly(length))["data"]
            got.append((data["id"], data.get("comment_id", "")))
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    return take


def test_kills_at_random_lose_and_double_nothing(service, proof):
    service.environment |= {"WINNOW_RATE_LIMIT": "0", "WINNOW_WEBHOOK_NETWORKS": "127.0.0.0/8"}
    service.start()
    kills, goal = proof.size(5, 200), proof.size(1500, 200_000)
    store = store_of(service)
    chance = random.Random(SEED)
    newsroom = Newsroom(service.port, Keys(store), chance, batch=proof.size(20, 100))
    killer, book = Killer(service, chance), newsroom.book
    chief = newsroom.clients["chief"]
    seen: list[str] = []
    got: list[tuple[str, str]] = []

    async def run() -> Read:
        server = await asyncio.start_server(receiver(got), "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        made = await chief.ask("POST", "/v1/webhooks", {"url": url, "types": sorted(PUSHED)}, once=True)
        newsroom.ruled("webhook.created", "", made, 201)
        over = asyncio.Event()
        reader = Insisting(service.port, chief.key)
        following = asyncio.create_task(follow(reader, seen, over.is_set))
        killing = asyncio.create_task(killer.go_on(lambda: 1 + book.acknowledged * kills // goal, kills))
        await newsroom.work(lambda: book.acknowledged >= goal and killing.done(), LEADS)
        await killing
        over.set()
        await following
        died = time.monotonic()
        there = await read(chief, store)
        hook = f"/v1/webhooks/{made.json['id']}"
        while (await chief.get(hook))["waiting"]:
            if not proof.long:
                end_leases(store, made.json["id"])
            assert time.monotonic() < died + LEASE_OF_A_DELIVERY + 60, await chief.get(hook)
            await asyncio.sleep(0.2)
        server.close()
        reader.close()
        newsroom.close()
        return there

    there = asyncio.run(run())
    faults = compare(book, there)
    for one in followed_wrongly(seen, there.events):
        faults.note("followed wrongly", one)
    for one in delivered_wrongly(got, there.events, PUSHED):
        faults.note("delivered wrongly", one)
    assert not str(faults), f"seed {SEED}, {killer.of}\n{faults}"
    assert killer.kills >= kills
    assert set(killer.of) == set(killer.parts())
    proof.figures(
        kills=killer.kills,
        **{f"kills_of_{name}": n for name, n in sorted(killer.of.items())},
        acknowledged=book.acknowledged,
        comments=len(book.verdicts),
        events=len(there.events),
        deliveries=len(got),
        requests_asked_again=newsroom.repeats,
        lost=faults.of("lost"),
        doubled=faults.of("doubled"),
    )
