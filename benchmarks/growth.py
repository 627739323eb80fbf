"""What a long queue costs: a moderator's requests with 1,000,000 pending comments against 1,000, and Redis's memory.

    python -m benchmarks.growth [--pending 1000000] [--rounds 5]

The queues are filled through the script that every comment comes in by, with texts of 300 characters and verdicts as
the default policy gives them; one in a hundred is in Finnish. Requests go to the app itself, without a web server
before it, in turns to both queues. Memory is what `used_memory` grew by over 20,000 comments that came in by
`POST /v1/comments/batch`, each held by the default policy.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uuid_utils

from benchmarks.figures import Figure, print_table, ratios
from benchmarks.load import redis
from benchmarks.texts import comments, long_example
from model import ATTRIBUTES
from service.app import create_app
from service.moderation.comment import Judgement, Submission
from service.moderation.judge import reached
from service.settings import load_settings
from service.store.arrivals import Acceptance, Arrivals
from service.store.connection import Store, connect, site_key
from service.store.keys import Keys
from tests.support import Api

PENDING, FEW, ROUNDS = 1_000_000, 1000, 5
TIMES = 20  # requests of each kind in a round
AT_ONCE = 500  # comments a round trip while the queue is filled
POSTED, STEP = 20_000, 5000
SITE = "herald"
RARE = "fi"
INSULT = "You are a stupid, worthless idiot. "


@dataclass
class Desk:
    """One queue and a moderator before it.

    `took` has the median milliseconds of each kind of request, a figure a round; `scripts` the microseconds that Redis
    spent on it.
    """

    api: Api
    store: Store
    took: dict[str, list[float]] = field(default_factory=dict)
    scripts: dict[str, list[float]] = field(default_factory=dict)

    def round(self) -> None:
        """Every kind of request, several times; whatever it changed is undone."""
        decided = [one["id"] for one in self.api.get(f"/v1/queue?limit={TIMES}&order=oldest").json["items"]]
        for order in ("priority", "oldest", "informative"):
            for name, narrowed in (("all", {}), ("1 % of them", {"language": RARE})):
                for _ in range(TIMES):
                    wanted = {"limit": 10, "order": order, **narrowed}
                    claim = self._timed(f"claim ten of {name}, {order}", "POST", "/v1/queue/claims", wanted)
                    assert len(claim["items"]) == 10
                    self.api.delete(f"/v1/queue/claims/{claim['claim']}")
            for _ in range(TIMES):
                listed = self._timed(f"list ten, {order}", "GET", f"/v1/queue?limit=10&order={order}")
                assert len(listed["items"]) == 10
        for one in decided:
            self._timed("counts", "GET", "/v1/queue/counts")
            self._timed("decide", "POST", f"/v1/comments/{one}/decision", {"action": "approve"})
            self.api.delete(f"/v1/comments/{one}/decision")
        for kept in (self.took, self.scripts):
            for name, values in kept.items():
                kept[name] = [*values[:-TIMES], statistics.median(values[-TIMES:])]

    def _timed(self, name: str, method: str, path: str, content: Any = None) -> Any:
        before = self._redis_us()
        began = time.perf_counter()
        answer = self.api(method, path, content)
        self.took.setdefault(name, []).append(1000 * (time.perf_counter() - began))
        self.scripts.setdefault(name, []).append(self._redis_us() - before)
        assert answer.status_code < 300, answer.json
        return answer.json

    def _redis_us(self) -> float:
        stats = self.store.call(lambda client: client.info("commandstats"))
        return float(stats.get("cmdstat_evalsha", {}).get("usec", 0))


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """An empty queue."""
    with redis(folder) as url:
        store = Store(connect(url))
        app = create_app(load_settings(environ={"WINNOW_DATA": str(folder), "WINNOW_LOG_LEVEL": "error"}), url)
        key, _ = Keys(store).create(SITE, "admin", "ada")
        yield Desk(Api(app.test_client(), key), store)


def fill(store: Store, pending: int) -> None:
    """Puts comments into the queue, through the script that all come in by, and the times of a thousand claims."""
    chance, stored = random.Random(1), Arrivals(store)  # noqa: S311 (no secret)
    texts = comments(4096)
    for start in range(0, pending, AT_ONCE):
        numbers = range(start, min(pending, start + AT_ONCE))
        stored.settle(SITE, [held(n, f"{texts[n % len(texts)]} {n}", chance) for n in numbers])
    for name in ("claim", "decision"):
        times = [chance.randrange(100_000) for _ in range(1000)]
        store.call(lambda client, name=name, times=times: client.rpush(site_key(SITE, "took", name), *times))


def held(n: int, text: str, chance: random.Random) -> Acceptance:
    """A comment that was judged, and is to wait for a moderator."""
    score = round(chance.uniform(0.5, 1), 4)
    names = ("toxicity", "insult") if n % 2 else ("toxicity",)
    reasons = tuple(reached(name, score, 0.5) for name in names)
    scores = dict.fromkeys(ATTRIBUTES, 0.1234) | dict.fromkeys(names, score)
    judgement = Judgement("hold", scores, reasons, "2026.11.25", 1, RARE if n % 100 == 0 else "en")
    op = f"{n:012}"
    return Acceptance(
        str(uuid_utils.uuid7()), op, f"{op}${n:024}", Submission(text), judgement, chance.randrange(32), chance.random()
    )


def bytes_each(folder: Path, make: Callable[[int], dict[str, Any]]) -> tuple[float, ...]:
    """Bytes of Redis's memory a pending comment, for each few thousand more."""
    with desk(folder) as one:

        def used() -> int:
            return int(one.store.call(lambda client: client.info("memory")["used_memory"]))

        def post(start: int, count: int) -> None:
            for at in range(start, start + count, 1000):
                results = one.api.post("/v1/comments/batch", {"comments": [make(n) for n in range(at, at + 1000)]}).json
                assert all(result.get("status") == "pending" for result in results["results"])

        post(0, 1000)
        found = []
        for start in range(1000, 1000 + POSTED, STEP):
            before = used()
            post(start, STEP)
            found.append((used() - before) / STEP)
        return tuple(found)


def held_body(n: int) -> dict[str, Any]:
    """A comment of 300 characters that the default policy holds, and nothing beside its text."""
    texts = comments(4096)
    return {"body": f"{INSULT}{n} {texts[n % len(texts)]}"[:300]}


def held_example(n: int) -> dict[str, Any]:
    """The same text with all that the contract's example has."""
    return long_example(n) | held_body(n)


def memory() -> list[Figure]:
    """Redis's memory."""
    name = "Redis's memory a pending comment of 300 characters"
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
        return [
            Figure(name, bytes_each(Path(folder) / "body", held_body), 2000, False, "B", "body only, 2 attributes"),
            Figure(name, bytes_each(Path(folder) / "example", held_example), None, False, "B", "the full example"),
        ]


def figures(pending: int = PENDING, rounds: int = ROUNDS) -> list[Figure]:
    """The long queue against the short one, and memory."""
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as name, ExitStack() as stack:
        short, long = (stack.enter_context(desk(Path(name) / size)) for size in ("short", "long"))
        fill(short.store, FEW)
        fill(long.store, pending)
        for one in (short, long):
            one.round()
            one.took.clear()
            one.scripts.clear()
        for _ in range(rounds):
            short.round()
            long.round()
        against = f"with {pending:,} pending against {FEW:,}"
        found = [
            Figure(f"{kind}, {against}", ratios(long.took[kind], short.took[kind]), 1.3, False) for kind in short.took
        ]
        inner = [
            Figure(f"{kind}, Redis's scripts alone", ratios(long.scripts[kind], short.scripts[kind]), None, False)
            for kind in ("claim ten of all, priority", "claim ten of 1 % of them, informative", "counts", "decide")
        ]
    return found + inner + memory()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pending", type=int, default=PENDING)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    print_table(figures(wanted.pending, wanted.rounds))


if __name__ == "__main__":
    main()
