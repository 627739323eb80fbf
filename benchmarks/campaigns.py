"""10,000 copies of one text among 10,000 unrelated comments: who is grouped, what it takes, and what undoing it takes.

    python -m benchmarks.campaigns [--copies N] [--unrelated N]

Texts are made here, from words of our own whose frequencies fall as those of a language do. Each copy has another link,
another number and up to four other words of its 34. All of them come in shuffled, in batches, through the app on an
empty private server. Memory is what near copies alone add for each unrelated comment.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from flask import Flask

from service.app import create_app
from service.moderation.campaigns import fingerprint, mask
from service.processes.private_redis import PrivateRedis
from service.settings import load_settings
from service.store.connection import Store, connect
from service.store.keys import Keys

SYLLABLES: Final = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru sta tre plo".split()
COMMON: Final = "the of and to a in that it is was for on are with as they be at one have this from by but not".split()
PITCH: Final = (
    "my cousin used to walk past the old library every single day until somebody told her about the new reading room "
    "upstairs and now she brings all of her friends there on friday evenings"
).split()


@dataclass(frozen=True, slots=True)
class Language:
    """Words by how common they are: the n-th is as frequent as 1/n (Zipf)."""

    words: list[str]
    weights: list[float]

    def text(self, chance: random.Random, length: int) -> list[str]:
        """So many words of it."""
        return chance.choices(self.words, cum_weights=self.weights, k=length)


def language(chance: random.Random, size: int = 20_000) -> Language:
    """A made-up language with English's commonest words."""
    rare = {"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(size)}
    words = [*COMMON, *sorted(rare)]
    return Language(words, list(accumulate(1 / (n + 2) for n in range(len(words)))))


def copies(chance: random.Random, spoken: Language, count: int) -> Iterator[str]:
    """Copies of one text, each with its own link, number and up to four of its own words."""
    for _ in range(count):
        words = list(PITCH)
        for at in chance.sample(range(len(words)), chance.randint(0, 4)):
            words[at] = spoken.text(chance, 1)[0]
        yield f"{' '.join(words)}, no. {chance.randrange(10**6)}: https://{chance.randrange(10**9)}.example/x"


def unrelated(chance: random.Random, spoken: Language, count: int) -> Iterator[str]:
    """Comments of 4 to 80 words that have nothing to do with each other."""
    for _ in range(count):
        words = spoken.text(chance, round(4 + 76 * chance.random() ** 2))
        yield " ".join(words).capitalize() + "."


@dataclass(frozen=True, slots=True)
class Site:
    """The app on a server of its own, and an administrator's key."""

    app: Flask
    store: Store
    key: str

    def ask(self, method: str, path: str, json: Any = None) -> Any:
        """The answer's JSON."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.app.test_client().open(path, method=method, json=json, headers=headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    def used(self) -> int:
        """Bytes of Redis's memory."""
        return int(self.store.call(lambda client: client.info("memory")["used_memory"]))


@contextmanager
def site() -> Iterator[Site]:
    """A site on an empty private server."""
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
        settings = load_settings(environ={"WINNOW_DATA": str(Path(folder)), "WINNOW_LOG_LEVEL": "error"})
        private = PrivateRedis(settings)
        process = private.start()
        try:
            store = Store(connect(private.url))
            key, _ = Keys(store).create("bench", "admin", "bench")
            yield Site(create_app(settings, private.url), store, key)
        finally:
            process.terminate()
            process.wait()


def grouped(one: Site, ours: int, others: int) -> str:
    """Posts both kinds and says how they were grouped; the id of the largest campaign."""
    chance = random.Random(11)  # noqa: S311  # texts, no secrets
    spoken = language(chance)
    posts = [{"id": f"copy-{n}", "body": body} for n, body in enumerate(copies(chance, spoken, ours))]
    posts += [{"id": f"other-{n}", "body": body} for n, body in enumerate(unrelated(chance, spoken, others))]
    chance.shuffle(posts)
    began = time.perf_counter()
    for start in range(0, len(posts), 1000):
        one.ask("POST", "/v1/comments/batch", {"comments": posts[start : start + 1000]})
    seconds = time.perf_counter() - began
    inside: Counter[str] = Counter()
    largest, cursor = one.ask("GET", "/v1/queue/campaigns?limit=1")["items"][0], ""
    while cursor is not None:
        page = one.ask("GET", f"/v1/queue/campaigns/{largest['id']}?limit=1000" + (cursor and f"&cursor={cursor}"))
        inside.update(member["id"].split("-")[0] for member in page["members"])
        cursor = page["next_cursor"]
    print(f"{ours + others} comments in {seconds:.1f} s, {1e6 * seconds / (ours + others):.0f} us each")
    print(f"in the largest campaign: {inside['copy']} of {ours} copies ({100 * inside['copy'] / ours:.2f} %)")
    print(f"in it of {others} unrelated comments: {inside['other']}")
    return str(largest["id"])


def decided(one: Site, campaign: str) -> None:
    """Decides the campaign as one and takes it back."""
    path = f"/v1/queue/campaigns/{campaign}/decision"
    for name, method, json in (
        ("dry run", "POST", {"action": "reject", "dry_run": True}),
        ("decision", "POST", {"action": "reject", "labels": ["spam"]}),
        ("undo", "DELETE", None),
    ):
        began = time.perf_counter()
        reached = one.ask(method, path, json)["reached"]
        print(f"{name}: {reached} members in {time.perf_counter() - began:.2f} s")


def bytes_each(one: Site, others: int) -> float:
    """Bytes that near copies add for each unrelated comment: all that is kept of these, less the rest of it."""
    client = one.store._client  # noqa: SLF001  # a look at what is kept, not a use of it
    total = sum(client.memory_usage(key, samples=0) for key in client.scan_iter("{bench}:near:*", count=1000))
    return float(total / others)


def fingerprinting() -> None:
    """What every comment costs before it is sent to the store."""
    chance = random.Random(3)  # noqa: S311
    text = " ".join(language(chance).text(chance, 60))
    for name, work in (("mask", partial(mask, text)), ("fingerprint", partial(fingerprint, mask(text)))):
        times = []
        for _ in range(2000):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
        print(f"{name} of 60 words: {1e6 * sorted(times)[len(times) // 2]:.1f} us")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=10_000)
    parser.add_argument("--unrelated", type=int, default=10_000)
    wanted = parser.parse_args()
    fingerprinting()
    with site() as one:
        decided(one, grouped(one, wanted.copies, wanted.unrelated))
    with site() as one:
        chance = random.Random(12)  # noqa: S311
        spoken = language(chance)
        posts = [{"body": body} for body in unrelated(chance, spoken, wanted.unrelated)]
        for start in range(0, len(posts), 1000):
            one.ask("POST", "/v1/comments/batch", {"comments": posts[start : start + 1000]})
        print(f"near copies keep {bytes_each(one, wanted.unrelated):.0f} bytes an unrelated comment")


if __name__ == "__main__":
    main()
