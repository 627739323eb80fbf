"""A newsroom at work: its site posts, its readers report, its moderators decide, and each keeps a book of what was answered.

Everybody insists on each request until it is acknowledged or refused, so that in the end the book says exactly what has
to be the case, however often processes died or connections broke meanwhile. `tests.proof.comparing` compares.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from service.store.keys import Keys
from tests.proof.insisting import Answer, Insisting
from tests.support import unlike_all_before

SITE = "herald"
MODERATORS = ("ada", "bob", "cyd", "dan")
LEASE = 6
"""Seconds; a claim that is left alone comes back while the load still runs."""


@dataclass(frozen=True, slots=True)
class Act:
    """One effect that was acknowledged: what, on which comment (or ""), by whom, and between which moments (s)."""

    what: str
    on: str
    by: str
    said: str
    """What tells it from others alike: an action, a revision."""
    began: float
    ended: float


@dataclass
class Book:
    """What was acknowledged. A comment of a batch counts as one, as a decision of a batch does."""

    verdicts: dict[str, str] = field(default_factory=dict)
    arrivals: dict[str, Act] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    reached: list[tuple[str, str]] = field(default_factory=list)
    """Campaigns and the members that an answer named as reached."""
    refused: int = 0
    """Decisions and undos that were refused, since somebody came first."""
    gone: list[tuple[str, str, str, str]] = field(default_factory=list)
    """What was repeated until the comment had been erased meanwhile: it may have been done before, and nobody said so."""
    held: dict[str, tuple[str, float]] = field(default_factory=dict)
    held_twice: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return len(self.verdicts) + len(self.acts)

    def write(self, what: str, on: str, by: str, said: str, answer: Answer) -> None:
        self.acts.append(Act(what, on, by, said, answer.began, answer.ended))

    def arrived(self, comment_id: str, verdict: str, answer: Answer) -> None:
        self.verdicts[comment_id] = verdict
        self.arrivals[comment_id] = Act("arrival", comment_id, "", verdict, answer.began, answer.ended)

    def leased(self, comment_id: str, by: str, since: float, until: float) -> None:
        """Notes a lease (s of the server's clock); two at once must not be."""
        holder, ends = self.held.get(comment_id, ("", 0.0))
        if holder not in ("", by) and ends > since:
            self.held_twice.append(f"{comment_id}: {holder} until {ends}, {by} since {since}")
        self.held[comment_id] = (by, until)


Lead = Callable[["Newsroom", Callable[[], bool]], Awaitable[None]]
"""What somebody at the head of a newsroom does until enough was done."""


class Newsroom:
    """All who work; each method that ends in a loop goes on until enough was done."""

    def __init__(self, port: int, keys: Keys, chance: random.Random, batch: int = 100) -> None:
        self.book, self.chance, self.batch = Book(), chance, batch
        self.numbers = count()
        roles = {"site": "submit", "chief": "admin", **dict.fromkeys(MODERATORS, "moderate")}
        self.clients = {
            name: Insisting(port, keys.create(SITE, role, name)[0])  # type: ignore[arg-type]
            for name, role in roles.items()
        }

    @property
    def repeats(self) -> int:
        """Requests that had to be asked again."""
        return sum(one.repeats for one in self.clients.values())

    async def work(self, enough: Callable[[], bool], leads: Sequence[Lead], backends: int = 4) -> None:
        """Everybody works until enough was done, and the moderators until what they claim is empty."""
        site = [self._post(enough) for _ in range(backends)]
        posting = asyncio.gather(*site, *(lead(self, enough) for lead in leads))
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for name in MODERATORS:
                group.create_task(self._moderate(name, over.is_set))
            try:
                await posting
            finally:
                over.set()

    def ruled(self, what: str, on: str, answer: Answer, status: int) -> None:
        """Notes what the chief did, which has one answer only."""
        assert answer.status == status, (what, answer.status, answer.body)
        self.book.write(what, on, "chief", "", answer)

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    # The site

    async def _post(self, enough: Callable[[], bool]) -> None:
        """A site's backend: comments, by the batch and alone, and what becomes of its own ones."""
        own: list[str] = []
        revisions: dict[str, int] = {}
        while not enough():
            own += await self.post_batch([self._comment() for _ in range(self.batch)])
            for _ in range(5):
                own.append(await self.post(self._comment()))
            for _ in range(2):
                await self._edit(self.chance.choice(own), revisions)
                await self._report(self.chance.choice(own))
                await self._appeal(self.chance.choice(own))
            if self.chance.random() < 0.5:
                await self._erase(own.pop(self.chance.randrange(len(own))))
            del own[: -20 * self.batch]

    def _comment(self) -> dict[str, Any]:
        n = next(self.numbers)
        said = "You stupid, worthless idiot" if n % 6 == 0 else "Thank you"
        comment: dict[str, Any] = {"id": f"c-{n}", "body": f"{said} {unlike_all_before(n)}"}
        if n % 4 == 0:
            comment |= {"author": {"id": f"u-{n % 200}"}, "article": {"id": f"a-{n % 20}"}}
        return comment

    async def post(self, comment: dict[str, Any]) -> str:
        answer = await self.clients["site"].ask("POST", "/v1/comments", comment)
        assert answer.status in (200, 201), answer.body
        assert answer.status == 201 or answer.asked > 1, "a first post was taken for a repeated one"
        self.book.arrived(comment["id"], answer.json["verdict"], answer)
        return str(comment["id"])

    async def post_batch(self, comments: list[dict[str, Any]]) -> list[str]:
        answer = await self.clients["site"].ask("POST", "/v1/comments/batch", {"comments": comments})
        assert answer.status == 200, answer.body
        results = answer.json["results"]
        assert [one.get("id") for one in results] == [one["id"] for one in comments], results
        for one in results:
            self.book.arrived(one["id"], one["verdict"], answer)
        return [one["id"] for one in results]

    async def _edit(self, comment_id: str, revisions: dict[str, int]) -> None:
        body = {"body": f"Thank you all the same {unlike_all_before(next(self.numbers))}"}
        answer = await self.clients["site"].ask("PUT", f"/v1/comments/{comment_id}", body)
        assert answer.status == 200, answer.body
        revisions[comment_id] = revisions.get(comment_id, 1) + 1
        assert answer.json["revision"] == revisions[comment_id], (comment_id, answer.json["revision"], revisions)
        self.book.write("comment.edited", comment_id, "site", str(revisions[comment_id]), answer)

    async def _report(self, comment_id: str) -> None:
        body = {"reporter_id": f"r-{next(self.numbers)}", "reason": "rude"}
        answer = await self.clients["site"].ask("POST", f"/v1/comments/{comment_id}/reports", body, once=True)
        assert answer.status in (200, 201), answer.body
        self.book.write("comment.reported", comment_id, "site", "", answer)

    async def _appeal(self, comment_id: str) -> None:
        answer = await self.clients["site"].ask("POST", f"/v1/comments/{comment_id}/appeals", {}, once=True)
        if answer.status == 201:
            self.book.write("comment.appealed", comment_id, "site", "", answer)
        else:
            assert answer.status in (200, 409), answer.body  # it waits already, or was not rejected

    async def _erase(self, comment_id: str) -> None:
        answer = await self.clients["site"].ask("DELETE", f"/v1/comments/{comment_id}")
        assert answer.status == 204, answer.body
        self.book.write("comment.erased", comment_id, "site", "", answer)

    # The moderators

    async def _moderate(self, name: str, over: Callable[[], bool]) -> None:
        """A moderator: claims, decides most of it, gives some back, lets some lapse, takes some decisions back."""
        client, empty = self.clients[name], 0
        while not (over() and empty > 1):
            wanted = {"limit": self.batch, "lease_seconds": LEASE}
            answer = await client.ask("POST", "/v1/queue/claims", wanted, once=True)
            assert answer.status == 201, answer.body
            claim, held = answer.json["claim"], [one["id"] for one in answer.json["items"]]
            ends = datetime.fromisoformat(answer.json["expires_at"]).timestamp()
            for one in held:
                self.book.leased(one, name, ends - LEASE, ends)
            empty = 0 if held else empty + 1
            lot = self.chance.random()
            if not held:
                await asyncio.sleep(0.1)
            elif lot < 0.1:
                await self._give_back(name, claim, held)
            elif lot < 0.9:
                if lot < 0.2:
                    await self._renew(name, claim)
                await self._decide_all(name, held[2:], claim)
                for one in held[:2]:  # the rest of the time two alone, and one of them taken back
                    await self._decide(name, one, claim)
                if self.chance.random() < 0.5:
                    await self._undo(name, self.chance.choice(held))

            await self._review(name)

    async def _give_back(self, name: str, claim: str, held: list[str]) -> None:
        """One comment first, then all of them."""
        path = f"/v1/queue/claims/{claim}"
        with self._letting_go(held):
            for one in (f"{path}/items/{held[0]}", path):
                answer = await self.clients[name].ask("DELETE", one, once=True)
                assert answer.status == 204, answer.body

    async def _renew(self, name: str, claim: str) -> None:
        answer = await self.clients[name].ask("PATCH", f"/v1/queue/claims/{claim}", {"lease_seconds": LEASE})
        assert answer.status in (200, 409), answer.body  # it may be over
        if answer.status == 200:
            ends = datetime.fromisoformat(answer.json["expires_at"]).timestamp()
            for one in answer.json["ids"]:
                self.book.leased(one, name, ends - LEASE, ends)

    async def _review(self, name: str) -> None:
        """Second looks, which change no comment; most of what they are of is gone or decided anew by then."""
        client = self.clients[name]
        answer = await client.ask("POST", "/v1/queue/claims", {"reviews": True, "limit": 5}, once=True)
        assert answer.status == 201, answer.body
        for one in answer.json["reviews"]:
            said = {"action": self.chance.choice(("reject", "approve"))}
            answer = await client.ask("POST", f"/v1/reviews/{one['id']}", said, once=True)
            if answer.status == 200:
                self.book.write("review.answered", "", name, "", answer)
            else:
                assert answer.status in (404, 409), answer.body

    @contextmanager
    def _letting_go(self, ids: list[str]) -> Iterator[None]:
        """From the moment that it is asked, what is decided or given back may be somebody else's."""
        for one in ids:
            self.book.held.pop(one, None)
        yield

    def _action(self) -> str:
        return self.chance.choices(("reject", "approve", "escalate"), (70, 29, 1))[0]

    async def _decide(self, name: str, comment_id: str, claim: str) -> None:
        action = self._action()
        with self._letting_go([comment_id]):
            said = {"action": action, "claim": claim}
            answer = await self.clients[name].ask("POST", f"/v1/comments/{comment_id}/decision", said, once=True)
        self._decided(name, comment_id, action, answer.status, answer)

    async def _decide_all(self, name: str, ids: list[str], claim: str) -> None:
        if not ids:
            return
        said = [{"id": one, "action": self._action(), "claim": claim} for one in ids]
        with self._letting_go(ids):
            answer = await self.clients[name].ask("POST", "/v1/decisions", {"decisions": said}, once=True)
        assert answer.status == 200, answer.body
        for one, result in zip(said, answer.json["results"], strict=True):
            status = result["status"] if isinstance(result["status"], int) else 200
            self._decided(name, one["id"], one["action"], status, answer)

    def _decided(self, name: str, comment_id: str, action: str, status: int, answer: Answer) -> None:
        if status == 200:
            self.book.write("decision.made", comment_id, name, action, answer)
        else:
            assert status in (403, 409, 410), answer.body
            self._refused("decision.made", comment_id, name, action, status, answer)

    async def _undo(self, name: str, comment_id: str) -> None:
        answer = await self.clients[name].ask("DELETE", f"/v1/comments/{comment_id}/decision", once=True)
        if answer.status == 200:
            self.book.write("decision.undone", comment_id, name, "", answer)
        else:
            assert answer.status in (409, 410), answer.body
            self._refused("decision.undone", comment_id, name, "", answer.status, answer)

    def _refused(self, what: str, on: str, by: str, said: str, status: int, answer: Answer) -> None:  # noqa: PLR0913, PLR0917
        self.book.refused += 1
        if status == 410 and answer.asked > 1:
            self.book.gone.append((what, on, by, said))
