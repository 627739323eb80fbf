"""What other services' interfaces take beside `/v1/score` of such texts: real gunicorn, real Redis, in turns.

    python -m benchmarks.compat [--seconds 2] [--rounds 5]

Each request is built by hand as that service's clients send it: Akismet's form with the key in it, Perspective's JSON
with the key in the address, OpenAI's with a bearer, Coral's with an HMAC over its body. One process asks over eight
connections, each the next as soon as the last was answered. Then the same for the two that have a deadline, while slow
clients trickle and batches of 1,000 comments come in (`benchmarks.crowd`). A 404 is an interface that is not there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import orjson
import psutil

from benchmarks.crowd import Crowd
from benchmarks.figures import Figure, alone, percentile, ratios
from benchmarks.load import CONNECTIONS, Run, Target, elsewhere, load, once, post, processor_time, winnow
from benchmarks.texts import body_only
from tests.support import Service

SECONDS, ROUNDS = 2.0, 5
SITE = "herald"
WAITS = {"akismet": 1000, "coral": 200}
"""Milliseconds that the clients of those that have a deadline wait by default."""

CORAL_P99 = 150
"""Milliseconds within which Coral's are promised to be answered under load, 99 of 100."""

BESIDE = "score"
"""What the interfaces are measured beside."""


def _form(n: int, key: str) -> bytes:
    """Akismet's comment-check, as PyPI's client sends it."""
    said = {
        "api_key": key,
        "blog": "https://news.example/",
        "user_ip": "203.0.113.9",
        "user_agent": "Mozilla/5.0",
        "comment_type": "comment",
        "comment_author": f"Ada {n}",
        "comment_author_email": f"ada{n}@example.org",
        "comment_content": body_only(n)["body"],
        "permalink": "https://news.example/a-88",
    }
    return _sent("/1.1/comment-check", urlencode(said).encode(), "application/x-www-form-urlencoded")


def _analyze(n: int, key: str) -> bytes:
    """Perspective's analyze, for what most asked of it."""
    said = {
        "comment": {"text": body_only(n)["body"]},
        "requestedAttributes": {"TOXICITY": {}, "INSULT": {}, "THREAT": {}},
        "languages": ["en"],
        "doNotStore": True,
    }
    return _sent(f"/v1alpha1/comments:analyze?key={key}", orjson.dumps(said), "application/json")


def _moderation(n: int, key: str) -> bytes:
    """OpenAI's moderations, of one string."""
    return post("/v1/moderations", key, {"input": body_only(n)["body"]})


def _phase(n: int, key: str) -> bytes:
    """Coral's external moderation phase: indented, and signed as it stands."""
    said = {
        "action": "NEW",
        "comment": {"body": body_only(n)["body"], "parentID": None},
        "author": {"id": f"u-{n}", "role": "COMMENTER"},
        "story": {"id": f"a-{n % 100}", "url": "https://news.example/a-88"},
        "site": {"id": "site-1"},
        "tenantID": "tenant-1",
        "tenantDomain": "news.example",
    }
    body = json.dumps(said, indent=2).encode()
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    path = f"/coral/{SITE}/moderate"
    return _sent(path, body, "application/json", f"X-Coral-Signature: sha256={signature}\r\n")


def _score(n: int, key: str) -> bytes:
    return post("/v1/score", key, {"texts": [body_only(n)["body"]]})


def _sent(path: str, body: bytes, content_type: str, more: str = "") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(frozen=True, slots=True)
class Wire(Target):
    """A target whose requests are built by hand, from a number and the key."""

    build: Callable[[int, str], bytes] = _score

    def request(self, n: int) -> bytes:
        """One POST."""
        return self.build(n, self.key)


@dataclass
class Side:
    """One interface, and what each round showed of it, in ms; `crowded` is the same while much else goes on."""

    wire: Wire
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    workers_us: list[float] = field(default_factory=list)
    crowded_p99: list[float] = field(default_factory=list)
    crowded_slowest: list[float] = field(default_factory=list)

    def saw(self, run: Run, processor_seconds: float) -> None:
        """Keeps a round."""
        self.p50.append(percentile(run.milliseconds, 0.5))
        self.p99.append(run.p99)
        self.slowest.append(max(run.milliseconds))
        self.workers_us.append(1e6 * processor_seconds / len(run.milliseconds))

    def saw_crowded(self, run: Run) -> None:
        """Keeps a round in a crowd."""
        self.crowded_p99.append(run.p99)
        self.crowded_slowest.append(max(run.milliseconds))


NAMES = {
    "akismet": "Akismet's comment-check",
    "perspective": "Perspective's analyze",
    "openai": "OpenAI's moderations",
    "coral": "Coral's external phase",
}
BUILDS = {"akismet": _form, "perspective": _analyze, "openai": _moderation, "coral": _phase, BESIDE: _score}
ANSWERS = {
    "akismet": (b"\r\n\r\ntrue", b"\r\n\r\nfalse"),
    "perspective": (b'"attributeScores"',),
    "openai": (b'"category_scores"',),
    "coral": (b"HTTP/1.1 200", b"HTTP/1.1 204"),
    BESIDE: (b'"scores"',),
}
"""What is in an answer that was meant: a refusal may be a 200 too."""


def sides(service: Service) -> Iterator[tuple[str, Side]]:
    """The interfaces that are there, each after it answered once."""
    submit, coral = service.key("submit"), service.key("coral")
    for name, build in BUILDS.items():
        side = Side(Wire(service.port, "", body_only, coral if name == "coral" else submit, build))
        try:
            answer = once(service.port, side.wire.request(0))
        except RuntimeError as refused:
            if refused.args[0].startswith(b"HTTP/1.1 404"):
                continue
            raise
        assert any(one in answer for one in ANSWERS[name]), answer[:300]
        yield name, side


def measure(seconds: float, rounds: int) -> dict[str, Side]:
    """Loads the interfaces in turns, each once before it counts."""
    with (
        tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder,
        winnow(Path(folder) / "data", "everysec") as service,
        elsewhere() as pool,
    ):
        found = dict(sides(service))
        workers: list[psutil.Process] = service.web_workers()
        batches = Target(service.port, "/v1/comments", body_only, service.key("submit", "batches"))
        for side in found.values():
            pool.submit(load, side.wire, CONNECTIONS, 1.0).result()
        for _ in range(rounds):
            for side in found.values():
                before = processor_time(workers)
                run = pool.submit(load, side.wire, CONNECTIONS, seconds).result()
                side.saw(run, processor_time(workers) - before)
            for name in WAITS:
                if name in found:
                    with Crowd(batches) as crowd:
                        found[name].saw_crowded(pool.submit(load, found[name].wire, CONNECTIONS, seconds).result())
                    assert not crowd.lost, f"the service sent {crowd.lost} slow clients away"
        return found


def figures(seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """Times of each interface beside those of `/v1/score`, and what is promised of two of them."""
    found = measure(seconds, rounds)
    score = found.pop(BESIDE)
    shown = [
        Figure("`/v1/score` of one text: half are answered within", tuple(score.p50), None, False, "ms"),
        Figure("`/v1/score` of one text: p99", tuple(score.p99), None, False, "ms"),
        Figure("`/v1/score` of one text: processor time of the workers", tuple(score.workers_us), None, False, "µs"),
    ]
    for name, said in NAMES.items():
        side = found.get(name)
        if side is None:
            shown.append(Figure(said, (), None, False, note="the service has no such interface"))
            continue
        shown += [
            Figure(f"{said}: half are answered within, of `/v1/score`'s", ratios(side.p50, score.p50), None, False),
            Figure(f"{said}: p99, of `/v1/score`'s", ratios(side.p99, score.p99), None, False),
            Figure(f"{said}: half are answered within", tuple(side.p50), None, False, "ms"),
            Figure(f"{said}: p99", tuple(side.p99), CORAL_P99 if name == "coral" else None, False, "ms"),
            Figure(f"{said}: processor time of the workers", tuple(side.workers_us), None, False, "µs"),
        ]
        if name in WAITS:
            shown += _with_deadline(name, said, side)
    return shown


def _with_deadline(name: str, said: str, side: Side) -> list[Figure]:
    crowd = "while 200 slow clients trickle and a batch of 1,000 comes each second"
    p99 = CORAL_P99 if name == "coral" else None
    return [
        Figure(f"{said}: the slowest of all", tuple(side.slowest), WAITS[name], False, "ms"),
        Figure(f"{said}: p99 {crowd}", tuple(side.crowded_p99), p99, False, "ms"),
        Figure(f"{said}: the slowest of all then", tuple(side.crowded_slowest), WAITS[name], False, "ms"),
    ]


if __name__ == "__main__":
    alone(figures, __doc__, SECONDS, ROUNDS)
