"""A day of a newsroom, through HTTP: every comment of a file posted, what is held decided, Redis killed in between.

    python -m benchmarks.newsroom COMMENTS.jsonl[.gz] [--connections 8] [--moderators 4] [--workers 2] [--json]

starts a `winnow serve` of its own, posts the comments (`{"text": …, "labels": {"toxicity": 0.3, …}}` a line, labels
as far as they are known), lets moderators claim and decide what was held (they say what the label says), kills Redis
with SIGKILL half-way through the decisions, reads the events to the end, and checks that everything acknowledged is
there once. It prints what became of the comments, by label, and how long answers took.
"""

import argparse
import gzip
import json
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import urllib3

from tests.support import Service

TOXIC = 0.5
"""Share of raters from which a comment counts as toxic."""


@dataclass
class Newsroom:
    """One run; `toxic` says what a comment's label says, None where there is none."""

    service: Service
    submit: str
    moderator_keys: Sequence[str]
    toxic: dict[str, bool | None]
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    decided: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"post": [], "claim": [], "decision": []})
    repeats: Counter[str] = field(default_factory=Counter)
    killed: threading.Event = field(default_factory=threading.Event)

    def send(self, kind: str, path: str, key: str, body: Any) -> Any:
        """A POST as a careful client sends it: what was not acknowledged is sent again with the same ids."""
        while True:
            began = time.perf_counter()
            try:
                answer = self.service.raw("POST", path, key, body)
            except urllib3.exceptions.HTTPError:
                answer = None
            if answer is not None and answer.status != 503:
                self.seconds[kind].append(time.perf_counter() - began)
                return answer
            self.repeats[kind] += 1
            time.sleep(0.05)

    def post(self, comment: tuple[str, str]) -> None:
        """Posts one comment and keeps the acknowledgement."""
        comment_id, text = comment
        answer = self.send("post", "/v1/comments", self.submit, {"id": comment_id, "body": text})
        if answer.status not in (200, 201):
            raise RuntimeError(f"{comment_id}: {answer.status} {answer.data!r}")
        self.acknowledged[comment_id] = answer.json()

    def moderate(self, key: str) -> None:
        """Claims and decides until nothing is left to claim."""
        while items := self.send("claim", "/v1/queue/claims", key, {"limit": 5}).json()["items"]:
            for item in items:
                self.decide(key, item["id"])

    def decide(self, key: str, comment_id: str) -> None:
        """Decides as the label says, and kills Redis once, half-way."""
        action = "reject" if self.toxic[comment_id] else "approve"
        answer = self.send("decision", f"/v1/comments/{comment_id}/decision", key, {"action": action})
        if answer.status != 200:
            raise RuntimeError(f"{comment_id}: {answer.status} {answer.data!r}")
        self.decided[comment_id] = answer.json()["status"]
        held = sum(one["status"] == "pending" for one in self.acknowledged.values())
        if len(self.decided) >= held / 2 and not self.killed.is_set():
            self.killed.set()
            self.service.part("redis.sock").send_signal(signal.SIGKILL)

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event, followed by the cursor to the end."""
        cursor = ""
        while page := self.service.raw("GET", f"/v1/events?after={cursor}&limit=500", self.submit).json():
            yield from page["items"]
            if not page["items"]:
                return
            cursor = page["next_cursor"]


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSONL file, packed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            yield json.loads(line)


def label(row: dict[str, Any]) -> bool | None:
    """Whether raters called a comment toxic; None where nobody was asked."""
    value = row.get("labels", {}).get("toxicity")
    return None if value is None else value >= TOXIC


def check(room: Newsroom, events: Sequence[dict[str, Any]]) -> list[str]:
    """What is lost or doubled, in words."""
    wrong = []
    for comment_id, answer in room.acknowledged.items():
        kept = room.service.raw("GET", f"/v1/comments/{comment_id}", room.submit).json()
        expected = room.decided.get(comment_id, answer["status"])
        if (kept.get("verdict"), kept.get("status")) != (answer["verdict"], expected):
            wrong.append(f"{comment_id} is {kept.get('status')}, not {expected}")
    seen = Counter((event["type"], event["comment_id"]) for event in events)
    wrong += [f"{kind} of {comment_id} came {n} times" for (kind, comment_id), n in seen.items() if n > 1]
    wrong += [
        f"no event of {one}"
        for one in room.acknowledged
        if not {("comment.approved", one), ("comment.held", one)} & set(seen)
    ]
    wrong += [f"no event of the decision on {one}" for one in room.decided if ("decision.made", one) not in seen]
    return wrong


def report(room: Newsroom, events: Sequence[dict[str, Any]], posting: float) -> dict[str, Any]:
    """The counts and the times in ms."""
    by_label = Counter((room.toxic[one], answer["status"]) for one, answer in room.acknowledged.items())
    names = {True: "toxic", False: "clean", None: "unlabelled"}
    times = {kind: [1000 * second for second in seconds] for kind, seconds in room.seconds.items() if seconds}
    return {
        "comments": len(room.acknowledged),
        "comments a second": round(len(room.acknowledged) / posting, 1),
        "by label": {f"{names[toxic]} {status}": n for (toxic, status), n in sorted(by_label.items(), key=str)},
        "decisions": dict(Counter(room.decided.values())),
        "events": dict(Counter(event["type"] for event in events)),
        "repeated after no acknowledgement": dict(room.repeats),
        "ms": {
            kind: {"p50": round(float(np.percentile(ms, 50)), 1), "p99": round(float(np.percentile(ms, 99)), 1)}
            for kind, ms in times.items()
        },
        "lost or doubled": check(room, events),
    }


def main() -> None:
    """Runs the day and prints its report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comments", type=Path)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--moderators", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()

    rows = list(read(wanted.comments))
    toxic = {f"n-{n}": label(row) for n, row in enumerate(rows)}
    with tempfile.TemporaryDirectory(prefix="winnow-newsroom-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        service = Service(data, environment={"WINNOW_WORKERS": str(wanted.workers)}).start()
        try:
            moderators = [service.key("moderate", f"moderator-{n}") for n in range(wanted.moderators)]
            room = Newsroom(service, service.key("submit"), moderators, toxic)
            began = time.perf_counter()
            with ThreadPoolExecutor(wanted.connections) as readers:
                list(readers.map(room.post, [(f"n-{n}", row["text"]) for n, row in enumerate(rows)]))
            posting = time.perf_counter() - began
            with ThreadPoolExecutor(wanted.moderators) as desk:
                list(desk.map(room.moderate, moderators))
            found = report(room, list(room.events()), posting)
        finally:
            service.stop()
    print(json.dumps(found, indent=None if wanted.json else 2))
    if found["lost or doubled"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
