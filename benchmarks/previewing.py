"""What a preview of a draft of the policy over 100,000 comments costs, beside fetching them only.

    python -m benchmarks.previewing [--comments 100000] [--rounds 3]

The comments are of 300 characters and came in through the script that every comment comes in by; one in ten is held.
The drafts change a threshold, which no text is looked at for, and a list of words, for which every text is folded.
Counted is processor time of the one process, that of Redis left out, in turns.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import uuid_utils

from benchmarks.figures import Figure, print_table, ratios
from benchmarks.load import redis
from benchmarks.texts import comments
from model import ATTRIBUTES
from service.moderation.comment import Article, Author, Judgement, Submission
from service.moderation.judge import reached
from service.moderation.policy import Policy, Threshold, Words, default_policy
from service.previews import Previews
from service.store.arrivals import Acceptance, Arrivals
from service.store.connection import Store, connect
from service.store.replays import Replays

COMMENTS, ROUNDS = 100_000, 3
AT_ONCE = 500  # comments a round trip while they come in
SITE = "herald"
LIVE = default_policy(dict.fromkeys(ATTRIBUTES, 0.5))
DRAFTS = {
    "a threshold": replace(LIVE, thresholds={**LIVE.thresholds, "toxicity": Threshold(0.3)}),
    "a list of words": replace(LIVE, words=Words(suspect=("lighthouse", "a fair trial"))),
}


def fill(store: Store, count: int) -> None:
    """Lets comments come in, one in ten of them held."""
    chance, arrivals, texts = random.Random(1), Arrivals(store), comments(4096)  # noqa: S311 (no secret)
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(count, start + AT_ONCE))
        arrivals.settle(SITE, [_came(n, f"{texts[n % len(texts)]} {n}", chance) for n in numbers])


def _came(n: int, text: str, chance: random.Random) -> Acceptance:
    held = n % 10 == 0
    scores = {name: round(chance.uniform(0.0, 0.5), 4) for name in ATTRIBUTES}
    if held:
        scores["toxicity"] = round(chance.uniform(0.5, 1.0), 4)
    reasons = (reached("toxicity", scores["toxicity"], 0.5),) if held else ()
    judgement = Judgement("hold" if held else "approve", scores, reasons, "2026.11.25", 1, "en")
    submission = Submission(text, Author(id=f"u-{n % 5000}"), Article(id=f"a-{n % 300}"))
    op = f"{n:012}"
    return Acceptance(
        str(uuid_utils.uuid7()), op, f"{op}${n:024}", submission, judgement, chance.randrange(32), chance.random()
    )


def seconds(work: Callable[[], object]) -> float:
    """Processor time of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def fetch(store: Store, count: int) -> None:
    """All that a preview reads."""
    replays = Replays(store)
    stretch = replays.last(SITE, count)
    assert sum(map(len, replays.pages(SITE, stretch, approved=False))) == count


def preview(store: Store, draft: Policy, count: int) -> None:
    """A preview to its end."""
    *_, _ = Previews(Replays(store)).compare(SITE, LIVE, draft, count)


def figures(count: int = COMMENTS, rounds: int = ROUNDS) -> list[Figure]:
    """Seconds of each, and by how much a preview is dearer than fetching."""
    fetched: list[float] = []
    took: dict[str, list[float]] = {name: [] for name in DRAFTS}
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder, redis(Path(folder) / "data") as url:
        store = Store(connect(url))
        fill(store, count)
        for _ in range(rounds):
            fetched.append(seconds(lambda: fetch(store, count)))
            for name, draft in DRAFTS.items():
                took[name].append(seconds(lambda draft=draft: preview(store, draft, count)))  # type: ignore[misc]
    found = [Figure(f"fetching the last {count:,} comments: processor time", tuple(fetched), None, False, "s")]
    for name, those in took.items():
        found.append(Figure(f"a preview of {name} over them: processor time", tuple(those), None, False, "s"))
        found.append(Figure(f"a preview of {name}, of fetching them", ratios(those, fetched), None, False))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=COMMENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    print_table(figures(wanted.comments, wanted.rounds))


if __name__ == "__main__":
    main()
