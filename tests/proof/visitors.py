"""Everybody who uses a service at the same time, none of whom may meet a failure."""

import contextlib
import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from tests.support import PASSWORD, unlike_all_before

STATIC = ("console.css", "console.js", "outbox.js", "icon.svg")


class Failed(Exception):
    """An answer that nobody should get."""


@dataclass
class Client:
    """One connection, kept alive as long as the other side does not say that it closes it; nothing is repeated."""

    port: int
    headers: dict[str, str]
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def __call__(self, method: str, path: str, sent: Any = None, *, expected: int = 200) -> Any:
        body = None if sent is None else sent if isinstance(sent, bytes) else orjson.dumps(sent)
        kind = {"Content-Type": "application/json"} if body is not None else {}
        self.connection.request(method, path, body, kind | self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != expected:
            raise Failed(f"{method} {path}: {answer.status} {content[:300]!r}")
        return orjson.loads(content) if answer.headers.get_content_type() == "application/json" else answer


@dataclass
class Visitors:
    """What they were answered, and what failed.

    :param rests: the longest a browser leaves its connection idle, seconds; less than a drain.
    """

    port: int
    keys: dict[str, str]
    rests: float
    failures: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    _gone: threading.Event = field(default_factory=threading.Event)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    @contextlib.contextmanager
    def about(self) -> Iterator[None]:
        """While this lasts they are there."""
        kinds = [self._posts, self._posts, self._batches, self._decides, self._follows, self._follows, self._looks]
        threads = [threading.Thread(target=self._goes_on, args=(kind, n)) for n, kind in enumerate(kinds)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._gone.set()
            for thread in threads:
                thread.join(90)
        assert not any(thread.is_alive() for thread in threads)

    def p99(self) -> float:
        """Milliseconds; long polls are not among them."""
        return sorted(self.seconds)[int(0.99 * len(self.seconds))] * 1e3

    def _goes_on(self, kind: Callable[..., Iterator[None]], n: int) -> None:
        while not self._gone.is_set():
            try:
                for _ in kind(n):
                    if self._gone.is_set():
                        return
            except (Failed, OSError, http.client.HTTPException) as problem:
                self.failures.append(f"{time.strftime('%T')} {kind.__name__} {problem!r}")
                self._gone.wait(0.2)

    def _as(self, role: str) -> Client:
        return Client(self.port, {"Authorization": f"Bearer {self.keys[role]}"})

    def _timed(self, what: str, client: Client, *asked: Any, **expected: int) -> Any:
        begun = time.monotonic()
        answer = client(*asked, **expected)
        self.seconds.append(time.monotonic() - begun)
        self.answered[what] += 1
        return answer

    def _comment(self) -> dict[str, str]:
        """A comment, one in three without an id: what is sent twice of it would be there twice."""
        n = next(self._numbers)
        body = f"{'You stupid, worthless idiot' if n % 3 else 'Thank you'} {unlike_all_before(n)}"
        return {"body": body} if n % 3 == 1 else {"id": f"d-{n}", "body": body}

    def _posts(self, _: int) -> Iterator[None]:
        client = self._as("submit")
        while True:
            answer = self._timed("posts", client, "POST", "/v1/comments", self._comment(), expected=201)
            self.taken.append(answer["id"])
            yield
            self._gone.wait(0.01)

    def _batches(self, _: int) -> Iterator[None]:
        client = self._as("submit")
        while True:
            sent = {"comments": [self._comment() for _ in range(20)]}
            answer = self._timed("batches", client, "POST", "/v1/comments/batch", sent)
            if not all("id" in one for one in answer["results"]):
                raise Failed(f"a batch: {answer}")
            self.taken += [one["id"] for one in answer["results"]]
            yield
            self._gone.wait(0.3)

    def _decides(self, n: int) -> Iterator[None]:
        client = self._as("moderate")
        while True:
            claim = self._timed("claims", client, "POST", "/v1/queue/claims", {"limit": 3}, expected=201)
            for item in claim["items"]:
                sent = {"action": "reject", "claim": claim["claim"]}
                self._timed("decisions", client, "POST", f"/v1/comments/{item['id']}/decision", sent)
                self.decided.append(item["id"])
            yield
            self._gone.wait(0.1)

    def _follows(self, n: int) -> Iterator[None]:
        """A long poll; every second follower waits at the end, where next to nothing comes."""
        client, cursor = self._as("submit"), ""
        others = Client(self.port, {"Authorization": f"Bearer {self.keys['quiet']}"})
        while True:
            if n % 2:
                others("GET", "/v1/events?wait=2&limit=10")
            else:
                page = client("GET", f"/v1/events?after={cursor}&wait=5&limit=1000")
                self.events += page["items"]
                cursor = page["next_cursor"]
            self.answered["long polls"] += 1
            yield

    def _looks(self, _: int) -> Iterator[None]:
        """A moderator's browser: signs in, looks at pages and what they need, and reads for a while."""
        browser = Client(self.port, {})
        form = urlencode({"name": "moderate", "password": PASSWORD, "site": "herald"}).encode()
        browser.headers = {"Content-Type": "application/x-www-form-urlencoded"}
        cookie = browser("POST", "/console/sign-in", form, expected=303).headers["Set-Cookie"]
        browser.headers = {"Cookie": cookie.partition(";")[0]}
        while True:
            self._timed("console pages", browser, "GET", "/console/queue")
            self._timed("static files", browser, "GET", f"/console/static/{random.choice(STATIC)}")
            yield
            self._gone.wait(random.uniform(0.1, self.rests))
