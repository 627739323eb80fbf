"""What tests share: an API with a key, a service in processes of its own, and ways to look."""

import contextlib
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psutil
import urllib3
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from model.artifact import MANIFEST, SEAL, digest_of, read, write
from model.classifier import DEFAULT
from model.features import FeatureSpec
from service.passwords import Passwords
from service.processes.private_redis import PrivateRedis
from service.settings import load_settings
from service.store.connection import Store, connect
from service.store.models import PIECE, Published
from service.store.people import People, PersonRole


def wait_until(true: Callable[[], Any], seconds: float = 20.0) -> None:
    """Waits for something to be so; an exception counts as not yet."""
    until = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except Exception:  # noqa: BLE001
            pass
        assert time.monotonic() < until, f"not so within {seconds} s"
        time.sleep(0.01)


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on, below those that the system gives to clients by itself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


@dataclass
class Api:
    """A site's API with one key, as its engineers call it."""

    client: Any
    key: str

    def __call__(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.key}"} | {name.replace("_", "-"): one for name, one in headers.items()}
        return self.client.open(path, method=method, json=json, headers=given)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> Any:
        return self("POST", path, json, **headers)

    def put(self, path: str, json: Any, **headers: str) -> Any:
        return self("PUT", path, json, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self("DELETE", path, **headers)


@dataclass
class Desk:
    """A person who is signed in to the console, on the app itself."""

    client: Any
    csrf: str

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, form: dict[str, Any] | None = None, op: str = "", **headers: str) -> Any:
        """Sends a form with its hidden fields; the same `op` is the same form sent twice."""
        sent = {"csrf": self.csrf, "op": op or secrets.token_urlsafe(8), **(form or {})}
        return self.client.post(path, data=sent, headers=headers)


def events(api, after=""):
    return api.get(f"/v1/events?after={after}&limit=1000").json["items"]


def acts(store, site="herald"):
    """The audit log, oldest first, without the keys that every test makes."""
    entries = [entry for _, entry in store._client.xrange(f"{{{site}}}:audit")]
    return [entry for entry in entries if not entry["act"].startswith("key.")]


def later(**ahead: int) -> str:
    """A time to come, as RFC 3339 in UTC."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unlike_all_before(number: int) -> str:
    """Words that make a text no near copy of another."""
    root = "".join("bdfgklmnpr"[int(digit)] + "aeiouaeiou"[int(digit)] for digit in str(number))
    return " ".join(
        root + ending for ending in ("ton", "vik", "zel", "quor", "shem", "lund", "xav", "yp", "jor", "wex")
    )


def try_in_any_order(machine: Callable[[], Any], *, examples: int, steps: int) -> None:
    """Runs a state machine in so many random orders of so many steps; nothing is kept for the next run."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def hold_everything(api, **changed):
    policy = api.get("/v1/policy").json
    answer = api.put("/v1/policy", policy | {"mode": "pre"} | changed)
    assert answer.status_code == 200, answer.json
    return answer.json


def claim(api, **wanted):
    answer = api.post("/v1/queue/claims", wanted)
    assert answer.status_code == 201, answer.json
    return answer.json


def ids(items):
    return [one["id"] for one in items]


def small_model(folder: Path) -> Path:
    """The model that ships with a hundredth of its weights, which is quick to store; its scores mean nothing."""
    made = read(DEFAULT)
    features = made.manifest["features"] | {"char_bits": 12, "word_bits": 10}
    weights = made.weights[: FeatureSpec(**features).width].copy()
    weights[-1] = 0
    write(folder, {**made.manifest, "features": features}, weights, "card\n", made.reference)
    return folder


def model_like(source: Path, folder: Path, version: str, shift: float, **more: Any) -> Path:
    """A copy of a model under another version, whose every logit lies `shift` higher; `more` goes into its manifest."""
    shutil.copytree(source, folder)
    manifest = orjson.loads((folder / MANIFEST).read_bytes())
    manifest |= {"version": version, **more}
    for lines in manifest["calibration"].values():
        for line in lines.values():
            line[1] += shift
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest))
    (folder / SEAL).write_text(f"{digest_of(folder / MANIFEST)}  {MANIFEST}\n")
    return folder


def damage(store, digest, name):
    """Flips one bit in the middle of a published model's stored file."""
    key = f"{{winnow}}:model:{digest}"
    content = Published(store).files(digest)[name]
    piece, place = divmod(len(content) // 2, PIECE)
    bad = bytearray(content[piece * PIECE : (piece + 1) * PIECE])
    bad[place] ^= 1
    store._client.hset(key, f"{name}/{piece}", bytes(bad))


def expire(store, claimed):
    """Lets a claim's leases run out now, as if the time had passed."""
    past = {one["id"]: 1 for one in claimed["items"]}
    store._client.zadd("{herald}:leases", past)


def everything(store):
    """All that Redis holds, as one text: a line for each key, in order, whatever the order in which Redis has them."""
    client = store._client

    def fields(key):
        """A hash, of a model's files the names alone, for they are no text."""
        return (
            sorted(client.hkeys(key))
            if key.startswith("{winnow}:model:")
            else dict(sorted(client.hgetall(key).items()))
        )

    readers = {
        "string": client.get,
        "hash": fields,
        "list": lambda key: client.lrange(key, 0, -1),
        "set": lambda key: sorted(client.smembers(key)),
        "zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        "stream": lambda key: client.xrange(key),
    }
    return "\n".join(f"{key} {readers[client.type(key)](key)}" for key in sorted(set(client.scan_iter())))


COUNTERS = (":rate:", ":bad-keys:", ":once:", ":count:", ":check-copies:", ":akismet:")
"""What keys have in them that only count, or are records of requests themselves."""


def uncounted(store):
    """All that Redis holds but for what only counts."""
    lines = everything(store).splitlines()
    return sorted(line for line in lines if not any(part in line.partition(" ")[0] for part in COUNTERS))


def lines_of(store, site: str) -> list[str]:
    """All that Redis holds of a site but for the counts of requests."""
    return sorted(
        line
        for line in everything(store).splitlines()
        if line.startswith(f"{{{site}}}") and ":rate:" not in line and ":once:" not in line
    )


def counts(store, site="herald"):
    """What a site counted, added up over its hours and days."""
    found = Counter()
    for day in store._client.keys(f"{{{site}}}:count:*"):
        for name, n in store._client.hgetall(day).items():
            found[name.partition(":")[2]] += int(n)
    return found


WINNOW = (sys.executable, "-m", "service.cli")

STARTED = {"serve": "Winnow listens on", "demo": "Ctrl-C stops"}
"""The last thing that each command prints once it answers."""


@dataclass
class Service:
    """A running service: its processes, its address, and keys made with its own command."""

    data: Path
    program: tuple[str, ...] = WINNOW
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=32, retries=False, timeout=30)
    )

    def environ(self) -> dict[str, str]:
        own = {
            "WINNOW_DATA": str(self.data),
            "WINNOW_BIND": f"127.0.0.1:{self.port}",
            "WINNOW_WORKERS": "2",
            "WINNOW_DRAIN": "0",
        }
        return {**os.environ, "WINNOW_LOG_LEVEL": "warning", **own, **self.environment}

    def start(self, command: str = "serve") -> "Service":
        """Returns once this start's own word is printed: an answer alone may be a killed predecessor's last."""
        before = len(self.printed())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, command], env=self.environ(), stdout=log, stderr=log, cwd=self.data.parent
            )
        wait_until(lambda: self.process.poll() is not None or STARTED[command] in self.printed()[before:], 60)
        assert self.process.poll() is None, self.printed()
        return self

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def printed(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def command(
        self, *arguments: str, input: bytes | None = None, check: bool = True
    ) -> "subprocess.CompletedProcess[bytes]":
        done = subprocess.run(
            [*self.program, *arguments], env=self.environ(), input=input, capture_output=True, cwd=self.data.parent
        )
        assert not check or done.returncode == 0, done.stderr.decode()
        return done

    def key(self, role: str, name: str = "", site: str = "herald") -> str:
        done = self.command("keys", "create", "--site", site, "--role", role, "--name", name or role, "--json")
        return orjson.loads(done.stdout)["key"]

    def raw(self, method: str, path: str, key: str = "", json: Any = None) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = None if json is None else orjson.dumps(json)
        return self.pool.request(method, f"http://127.0.0.1:{self.port}{path}", body=body, headers=headers)

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, name: str) -> psutil.Process:
        """The arbiter (`processes.web`), the background worker (`processes.worker`) or Redis (`valkey-server`)."""
        children = psutil.Process(self.process.pid).children()
        return next(one for one in children if any(name in word for word in one.cmdline()))

    def web_workers(self) -> list[psutil.Process]:
        return self.part("processes.web").children()


def store_of(service: Service) -> Store:
    """The store that a service works on, past the service."""
    settings = load_settings(environ=service.environ())
    return Store(connect(settings.redis_url or PrivateRedis(settings).url))


def insist(service, method, path, key, json):
    """Sends until it is acknowledged or refused, as a client should: 503 and broken connections are repeated."""
    for _ in range(600):
        try:
            answer = service.raw(method, path, key, json)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.05)
            continue
        if answer.status != 503:
            assert answer.status < 500, answer.data
            return answer
        time.sleep(0.05)
    raise AssertionError("never acknowledged")


def followed(service, key):
    """All events, as a site follows them."""
    events, cursor = [], ""
    while page := service.raw("GET", f"/v1/events?after={cursor}&limit=1000", key).json()["items"]:
        events += page
        cursor = page[-1]["id"]
    return events


def all_of(service, key, status):
    """All comments of a status, page by page."""
    items, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = service.raw("GET", f"/v1/comments?status={status}&limit=1000{more}", key).json()
        items += page["items"]
        cursor = page["next_cursor"]
    return items


PASSWORD = "seven quiet herons"


@dataclass
class Console:
    """A running service with a site whose people may sign in, for a browser."""

    service: Service
    site: str = "herald"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    def person(self, role: PersonRole, name: str, site: str = "") -> None:
        """Makes a person with the password that all have here; one of this name is left as it is."""
        people = People(store_of(self.service))
        if people.find(site or self.site, name) is None:
            digest = Passwords().digest(PASSWORD)
            people.create(site or self.site, name, role, digest, by="operator", op=secrets.token_hex(8))

    def sign_in(self, page: Any, role: PersonRole = "moderate", name: str = "", site: str = "") -> None:
        """Signs a person in by the form, on a page of a browser; they are made where they are not there yet."""
        self.person(role, name or role, site)
        page.goto(f"{self.address}/console/sign-in")
        if page.get_by_label("Site").count():
            page.get_by_label("Site").fill(site or self.site)
        page.get_by_label("Name").fill(name or role)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/console/queue*")
