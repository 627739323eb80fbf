"""However many moderators race for a comment, one decision is made on it, and who comes too late changes nothing.

64 moderators decide on the same comments at once, by the batch and alone, some by claims with the shortest lease that may
be. Others hold claims in processes of their own, which are stopped until their lease is over and then go on.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from service.store.keys import Keys
from service.store.records import STATUSES
from tests.proof.comparing import Read, compare, read
from tests.proof.insisting import Answer, Insisting
from tests.proof.newsroom import SITE, Book
from tests.support import store_of, unlike_all_before

MODERATORS = 64
CLAIMING = 8
"""Of these, those that decide by claims; their leases are the shortest that may be."""

LEASE = 5
"""Seconds, the least."""

AT_A_COMMENT = 3
"""Moderators that decide on each comment by the batch at once; one more decides on some of them alone."""

BOUT, ALONE, SMALL = 200, 25, 25
"""Comments that are raced for together, how many of them somebody decides alone, and how many a late holder claims."""

OPEN_BOUTS = 12
"""Bouts that go on at once: so many comments wait, for whoever claims to meet those that others decide."""

SEED = 20261128


@dataclass
class Race:
    """Who decided on what, as it was answered."""

    moderators: dict[str, Insisting]
    chance: random.Random
    book: Book = field(default_factory=Book)
    winners: dict[str, str] = field(default_factory=dict)
    double: list[str] = field(default_factory=list)
    alone: int = 0
    refused: Counter[int] = field(default_factory=Counter)

    def came(self, name: str, comment_id: str, action: str, status: int | str, answer: Answer) -> bool:
        """Notes the answer to a decision; whether it was made."""
        if status in STATUSES:
            if self.winners.setdefault(comment_id, name) != name:
                self.double.append(f"{comment_id}: {self.winners[comment_id]} and {name}")
            self.book.write("decision.made", comment_id, name, action, answer)
            return True
        self.refused[int(status)] += 1
        return False

    async def decide_all(self, name: str, ids: list[str], **more: Any) -> None:
        actions = {one: self.chance.choice(("approve", "reject")) for one in ids}
        said = [{"id": one, "action": action, **more} for one, action in actions.items()]
        answer = await self.moderators[name].ask("POST", "/v1/decisions", {"decisions": said}, once=True)
        assert answer.status == 200, answer.body
        for result in answer.json["results"]:
            self.came(name, result["id"], actions[result["id"]], result["status"], answer)

    async def decide(self, name: str, comment_id: str) -> None:
        said = {"action": self.chance.choice(("approve", "reject"))}
        answer = await self.moderators[name].ask("POST", f"/v1/comments/{comment_id}/decision", said, once=True)
        status = answer.json["status"]
        self.alone += self.came(name, comment_id, said["action"], status, answer)

    async def decide_some(self, name: str, ids: list[str]) -> None:
        for one in self.chance.sample(ids, min(ALONE, len(ids))):
            await self.decide(name, one)

    async def claim(self, name: str, over: asyncio.Event) -> None:
        """A moderator who goes by claims, and now and then is too slow for the lease."""
        while not over.is_set():
            wanted = {"limit": 50, "lease_seconds": LEASE, "order": "oldest"}
            answer = await self.moderators[name].ask("POST", "/v1/queue/claims", wanted, once=True)
            assert answer.status == 201, answer.body
            ids = [one["id"] for one in answer.json["items"]]
            self.leased(name, ids, answer.json["expires_at"])
            if ids:
                if self.chance.random() < 0.1:
                    await asyncio.sleep(LEASE + 0.5)
                await self.decide_all(name, ids, claim=answer.json["claim"])
            await asyncio.sleep(0.3)

    def leased(self, name: str, ids: list[str], expires_at: str) -> None:
        ends = datetime.fromisoformat(expires_at).timestamp()
        for one in ids:
            self.book.leased(one, name, ends - LEASE, ends)

    async def bout(self, ids: list[str]) -> None:
        """All at once decide on the same comments, again and again until there is a decision on each."""
        free = [name for name in self.moderators if name.startswith("m-")]
        while ids:
            *many, one = self.chance.sample(free, AT_A_COMMENT + 1)
            await asyncio.gather(self.decide_some(one, ids), *(self.decide_all(name, ids) for name in many))
            ids = [one for one in ids if one not in self.winners]
            if ids:  # somebody has a claim on them
                await asyncio.sleep(0.5)


@dataclass
class Late:
    """What became of those who were stopped: how many decisions came too late, and which of them were not refused."""

    holders: int = 0
    decisions: int = 0
    made: list[str] = field(default_factory=list)


@asynccontextmanager
async def holder(port: int, key: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A moderator in a process of their own (`tests.proof.holder`)."""
    command = [sys.executable, "-m", "tests.proof.holder", str(port), str(SMALL), str(LEASE)]
    pipe, here = asyncio.subprocess.PIPE, Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, env={**os.environ, "WINNOW_KEY": key}, cwd=here
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def hold_too_long(
    race: Race, name: str, process: asyncio.subprocess.Process, late: Late, *, decided: bool
) -> bool:
    """A holder is stopped until the lease is over, or even a decision is made by others, and goes on; whether it held.

    :param decided: whether it stands still until others decided on all that it held.
    """
    process.stdin.write(b"claim\n")
    told = orjson.loads(await process.stdout.readline())
    process.send_signal(signal.SIGSTOP)
    process.stdin.write(b"decide\n")  # so it would, were it not stopped
    ids, ends = told["ids"], datetime.fromisoformat(told["expires_at"]).timestamp()
    race.leased(name, ids, told["expires_at"])
    while time.time() < ends + 0.05 or (decided and not all(one in race.winners for one in ids)):
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGCONT)
    statuses = orjson.loads(await process.stdout.readline())
    late.holders += bool(ids)
    late.decisions += len(ids)
    late.made += [
        f"{one}: {status}" for one, status in zip(ids[::2] + ids[1::2], statuses, strict=True) if status != 409
    ]
    return bool(ids)


async def stop_holders(race: Race, processes: dict[str, asyncio.subprocess.Process], turns: int, late: Late) -> None:
    """Each holder has so many turns with something in hand."""

    async def one(name: str, process: asyncio.subprocess.Process) -> None:
        held = 0
        while held < turns:
            held += await hold_too_long(race, name, process, late, decided=held % 2 == 0)

    await asyncio.gather(*(one(*each) for each in processes.items()))


async def hold_all_that_comes(chief: Insisting, book: Book) -> None:
    policy = await chief.get("/v1/policy")
    answer = await chief.ask(
        "PUT", "/v1/policy", policy | {"mode": "pre", "near_copies": {"hold": None, "seconds": 60}}
    )
    assert answer.status == 200, answer.body
    book.write("policy.saved", "", "chief", "", answer)


async def post(site: Insisting, book: Book, numbers: range) -> list[str]:
    comments = [{"id": f"c-{n}", "body": f"Thank you {unlike_all_before(n)}"} for n in numbers]
    answer = await site.ask("POST", "/v1/comments/batch", {"comments": comments})
    assert answer.status == 200, answer.body
    for one in answer.json["results"]:
        book.arrived(one["id"], one["verdict"], answer)
    return [one["id"] for one in answer.json["results"]]


def test_one_decision_is_made_however_many_race(service, proof):
    service.environment["WINNOW_RATE_LIMIT"] = "0"
    service.start()
    goal, holders, turns = proof.size(1000, 200_000), proof.size(2, 8), proof.size(1, 25)
    store = store_of(service)
    keys = Keys(store)
    names = [f"m-{n}" for n in range(MODERATORS - CLAIMING)] + [f"claiming-{n}" for n in range(CLAIMING)]
    stopped = {f"late-{n}": keys.create(SITE, "moderate", f"late-{n}")[0] for n in range(holders)}
    chance = random.Random(SEED)
    race, late = (
        Race({one: Insisting(service.port, keys.create(SITE, "moderate", one)[0]) for one in names}, chance),
        Late(),
    )
    chief = Insisting(service.port, keys.create(SITE, "admin", "chief")[0])

    async def run_bouts(holding: asyncio.Task[None]) -> None:
        """As many as it takes, and small ones for as long as holders want something to hold."""
        seats = asyncio.Semaphore(OPEN_BOUTS)

        async def one(numbers: range) -> None:
            await race.bout(await post(chief, race.book, numbers))
            seats.release()

        async with asyncio.TaskGroup() as bouts:
            for first in range(0, goal, BOUT):
                await seats.acquire()
                bouts.create_task(one(range(first, first + BOUT)))
            for first in count(goal, SMALL):
                await asyncio.wait([holding], timeout=1)
                if holding.done():
                    break
                bouts.create_task(one(range(first, first + SMALL)))

    async def run() -> Read:
        await hold_all_that_comes(chief, race.book)
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group, AsyncExitStack() as stack:
            processes = {
                name: await stack.enter_async_context(holder(service.port, key)) for name, key in stopped.items()
            }
            holding = group.create_task(stop_holders(race, processes, turns, late))
            for name in names[-CLAIMING:]:
                group.create_task(race.claim(name, over))
            await run_bouts(holding)
            await holding
            over.set()
        there = await read(chief, store)
        for client in (chief, *race.moderators.values()):
            client.close()
        return there

    there = asyncio.run(run())
    faults = compare(race.book, there)
    for one in race.double:
        faults.note("two decisions", one)
    for one in late.made:
        faults.note("too late and not refused", one)
    assert not str(faults), f"seed {SEED}\n{faults}"
    assert race.refused.keys() == {409}
    assert len(race.winners) == len(race.book.verdicts) >= goal
    assert late.decisions
    proof.figures(
        moderators=MODERATORS,
        decisions=len(race.winners),
        made_alone=race.alone,
        refused=race.refused.total(),
        double=len(race.double),
        late_holders=late.holders,
        late_decisions=late.decisions,
        late_decisions_made=len(late.made),
    )
