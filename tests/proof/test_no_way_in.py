"""Guessed keys and passwords, forged forms, tricks with paths, hosts and headers let nobody in and tell nothing."""

import re
import secrets
import socket
import statistics
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from service.store.keys import BAD_KEYS
from service.store.sessions import BY_ADDRESS, BY_PERSON, BY_PERSON_AND_ADDRESS
from tests.proof.walks import FORMS, address, pages
from tests.support import PASSWORD, Console, Service, everything, wait_until

MARK = "X-Injected"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service that logs all that it ever logs."""
    one = Service(tmp_path_factory.mktemp("served") / "data", environment={"WINNOW_LOG_LEVEL": "debug"})
    one.data.mkdir()
    one.start()
    yield one
    one.stop()


def from_(address: str) -> dict[str, str]:
    """As a proxy on this machine says where a request came from."""
    return {"X-Forwarded-For": address}


def test_bad_keys_are_told_to_wait_and_good_ones_from_the_same_address_never(proof, served):
    good = served.key("submit")
    url = f"http://127.0.0.1:{served.port}/v1/comments/none"

    def ask(key: str) -> tuple[int, float]:
        began = time.perf_counter()
        answer = served.pool.request("GET", url, headers={"Authorization": f"Bearer {key}", **from_("192.0.2.1")})
        return answer.status, time.perf_counter() - began

    said: dict[int, list[float]] = {401: [], 429: [], 404: []}
    for _ in range(proof.size(2 * BAD_KEYS, 50 * BAD_KEYS)):
        for key in (secrets.token_hex(26), good):
            status, seconds = ask(key)
            said[status].append(seconds)
    for worker in served.web_workers():
        worker.kill()
    wait_until(lambda: ask(good)[0] == 404)
    statuses = {ask(secrets.token_hex(26))[0] for _ in range(BAD_KEYS)}
    assert statuses <= {401, 429}  # a minute may be over
    assert len(said[404]) == len(said[401]) + len(said[429])  # no good request was hurt
    assert len(said[429]) > 0
    minutes = 1 + sum(map(sum, said.values())) // 60
    assert len(said[401]) <= BAD_KEYS * (minutes + 1)
    middle = {status: statistics.median(seconds) * 1e3 for status, seconds in said.items()}
    proof.figures(
        bad_keys=len(said[401]) + len(said[429]),
        refused_with_429=len(said[429]),
        good_keys_refused=0,
        ms_of_a_bad_key=middle[401],
        ms_over_the_limit=middle[429],
        ms_of_a_good_one=middle[404],
    )


def test_passwords_are_guessed_so_often_and_no_more_whichever_worker_is_asked(proof, served):
    console = Console(served)
    for name in ("ada", "grace"):
        console.person("moderate", name)
    guesses = 0

    def guess(name: str, address: str, password: str = "seven quiet herring") -> int:
        nonlocal guesses
        form = {"site": "herald", "name": name, "password": password}
        answer = served.pool.request(
            "POST", f"{console.address}/console/sign-in", fields=form, encode_multipart=False,
            headers=from_(address), redirect=False,
        )  # fmt: skip
        guesses += 1
        return answer.status

    def looked_at(asked: list[int]) -> int:
        assert set(asked) <= {401, 429}
        return asked.count(401)

    assert looked_at([guess("ada", "192.0.2.1") for _ in range(BY_PERSON_AND_ADDRESS + 4)]) == BY_PERSON_AND_ADDRESS
    assert guess("ada", "192.0.2.1", PASSWORD) == 429  # even the right one
    assert guess("ada", "192.0.2.2", PASSWORD) == 303  # and its owner gets in from elsewhere
    if proof.long:
        names = [guess(f"nobody-{n}", "198.51.100.1") for n in range(BY_ADDRESS + 4)]
        assert looked_at(names) == BY_ADDRESS
        spread = [guess("grace", f"203.0.113.{n}") for n in range(BY_PERSON + 4)]
        assert looked_at(spread) == BY_PERSON
        network = [guess(f"nobody-{n}", f"2001:db8::{n:x}") for n in range(BY_ADDRESS + 4)]
        assert looked_at(network) == BY_ADDRESS
    for worker in served.web_workers():
        worker.kill()
    wait_until(lambda: served.raw("GET", "/healthz").status == 200)
    assert guess("ada", "192.0.2.1") == 429
    served.stop()
    served.start()
    assert guess("ada", "192.0.2.1") == 429
    proof.figures(guesses_at_passwords=guesses, limits_passed=0)


def test_no_role_below_what_the_document_says_opens_a_route(proof, app, key_for):
    document = key_for("admin", site="rival").get("/openapi.json").json
    below = {"submit": ["coral"], "moderate": ["coral", "submit"], "admin": ["coral", "submit", "moderate"]}
    keys = {role: key_for(role) for role in ("coral", "submit", "moderate")}
    tried = 0
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if not isinstance(said, dict) or "x-role" not in said:
                continue
            at = re.sub(r"{\w+}", "any", path)
            for role in below[said["x-role"]]:
                answer = keys[role](method.upper(), at, {})
                assert answer.status_code == 403, (method, path, role, answer.status_code)
                tried += 1
    assert tried > 100
    proof.figures(routes_by_lesser_roles=tried, opened=0)


FOREIGN: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.elsewhere.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://elsewhere.example/localhost"},
    {"Origin": "http://localhost@elsewhere.example"},
]
"""What a browser says when another site's page sends a form."""


def test_no_form_does_anything_without_its_own_token_or_from_elsewhere(proof, app, desk_for, store):
    ids = dict.fromkeys(
        ("campaign_id", "author_id", "article_id", "comment_id", "digest", "review", "token", "webhook"), "any"
    ) | {"number": "1", "rest": "any"}
    desk = desk_for("admin", name="ada")
    old, other = desk_for("admin", name="ada"), desk_for("admin", name="eve", site="rival")
    app.extensions["winnow"].sessions.close(
        app.extensions["winnow"].sessions.find(old.client.get_cookie("winnow").value)
    )
    tokens = ["", "x", desk.csrf[:-1], desk.csrf.upper(), f"{desk.csrf} ", other.csrf, old.csrf, "\ud800", "0" * 5000]
    desk.get("/console/queue")
    before = _unused(store)
    tried = 0
    for method, rule in pages(app):
        if method != "POST":
            continue
        at, form = address(rule, ids), FORMS.get(rule, {})
        for token in tokens:
            sent = {**form, "csrf": token.encode("utf-8", "surrogatepass")}
            assert desk.client.post(at, data=sent).status_code == 403, (rule, token)
        assert desk.client.post(at, data=form).status_code == 403, rule
        assert desk.client.get(f"{at}?csrf={desk.csrf}").status_code != 303 or "GET" in _methods(app, rule)
        for headers in FOREIGN:
            assert desk.post(at, form, **headers).status_code == 403, (rule, headers)
        tried += len(tokens) + 2 + len(FOREIGN)
    assert _unused(store) == before
    proof.figures(forged_forms=tried, done=0)


def _unused(store: Any) -> list[str]:
    """All that Redis holds but when sessions were used last."""
    return [line for line in everything(store).splitlines() if ":session:" not in line]


def _methods(app: Any, rule: str) -> set[str]:
    return {method for one in app.url_map.iter_rules() if one.rule == rule for method in one.methods}


ELSEWHERE = (
    "https://elsewhere.example/", "//elsewhere.example", "///elsewhere.example", "/\\elsewhere.example",
    "\\\\elsewhere.example", "/console/\\..\\..\\\\elsewhere.example", "/console//elsewhere.example/..//\\x",
    "javascript:alert(1)", "data:text/html,x", "/console/\r\nX-Injected: yes", "/console/\tx", "/console/\0",
    " https://elsewhere.example", "https:elsewhere.example", "/%5celsewhere.example", "/.elsewhere.example",
    "@elsewhere.example", ".elsewhere.example", "/console/../../x", "%2f%2felsewhere.example", "/v1/comments",
    "http://localhost@elsewhere.example/console/", "/console\\@elsewhere.example", "\u2215\u2215elsewhere.example",
)  # fmt: skip


def test_nobody_is_sent_to_another_site(proof, desk_for):
    desk = desk_for("moderate")
    for onto in ELSEWHERE:
        answer = desk.client.get("/console/sign-in", query_string={"next": onto})
        sent = answer.headers["Location"]
        assert answer.status_code == 303
        assert sent == "/console/queue" or (sent.startswith("/console/") and "\\" not in sent), (onto, sent)
        assert MARK not in answer.headers
    proof.figures(redirects=len(ELSEWHERE), off_the_console=0)


SECRET_FILES = re.compile(rb"root:.*:0:0|\[project\]|BEGIN [A-Z ]*PRIVATE KEY|import flask|requirepass|def create_app")

UP = ("..", "%2e%2e", "..%2f", "%2e%2e%2f", "..%5c", "%252e%252e%252f", "..;", "....//", "..%c0%af", "%uff0e%uff0e")
FILES = (
    "etc/passwd",
    "pyproject.toml",
    "service/app.py",
    "app.py",
    "winnow.toml",
    "proc/self/environ",
    "windows/win.ini",
)
ROOTS = ("/", "/console/static/", "/docs/static/", "/v1/comments/", "/console/models/", "/v1/authors/", "/console/")

LINES = (
    "/v1/comments/%0d%0aX-Injected:%20yes", "/console/%0d%0aX-Injected:%20yes", "/%0aX-Injected:yes", "/docs%0d%0aX-Injected:%20yes",
    "/v1/authors/%0d%0aX-Injected:%20yes", "/console/sign-in?next=/console/%0d%0aX-Injected:%20yes", "/v1/comments/%00",
    "/console/static/%00", "/console/static/app.css%00.js", "//elsewhere.example/%2e%2e", "//elsewhere.example//docs",
    "///docs", "/docs//", "/docs", "/console", "/console//queue", "/console/./queue", "/v1//comments", "/\\elsewhere.example",
    "/%5c%5celsewhere.example", "http://elsewhere.example/docs", "http://127.0.0.1/console/queue", "https://elsewhere.example/",
    "*", "/console/static/\\..\\..\\app.py", "/console/static/C:/windows/win.ini", "/console/static//etc/passwd",
    "/docs/static//etc/passwd", "/docs/static/C:%5cwindows%5cwin.ini", "/healthz;x", "/v1/comments/..;/../metrics",
    "/console/models/..%2f..%2f..%2fetc%2fpasswd", "/console/models/%2fetc%2fpasswd", "/%ff%fe", "/console/%ff", "/v1/\u00e9",
)  # fmt: skip

HEADERS = (
    "Host: elsewhere.example", "Host: elsewhere.example:80@localhost", "Host: localhost\r\nHost: elsewhere.example",
    "Host: ", "Host: \\elsewhere", "Host: a b", "X-Forwarded-Host: elsewhere.example", "X-Forwarded-Proto: javascript",
    "X-Original-URL: /metrics", "X-Rewrite-URL: /metrics", "X-Request-Id: a\r\n X-Injected: yes", "X-Request-Id: \x01\x1b[2J",
    "X-Forwarded-For: 127.0.0.1, \x1b]0;x", "Forwarded: for=127.0.0.1;host=elsewhere.example", "X-Moderator: a\x0bb",
    "Idempotency-Key: a\tb\x7f", "X-HTTP-Method-Override: DELETE", "Range: bytes=0-0,-1", "Content-Length: 0\r\nContent-Length: 5",
    "Transfer-Encoding: chunked\r\nContent-Length: 3", "Transfer-Encoding: xchunked", "X-Injected : yes", "X\x00Y: z",
    "Cookie: winnow=herald.x\r\nCookie: winnow=rival.y", "Cookie: winnow=%0d%0aX-Injected: yes", "Expect: 200-ok",
)  # fmt: skip


def asked(port: int, line: str, headers: str) -> bytes:
    """What is answered to a request that is sent as it stands here."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        host = "" if headers.lower().startswith("host:") else "Host: localhost\r\n"
        connection.sendall(f"GET {line} HTTP/1.1\r\n{host}{headers}\r\nConnection: close\r\n\r\n".encode())
        got = b""
        while True:
            try:
                more = connection.recv(65536)
            except ConnectionResetError:
                return got
            if not more:
                return got
            got += more


def test_no_path_host_or_header_reaches_a_file_a_header_or_a_line_of_the_log(proof, served):
    up = [f"{root}{part * depth if '/' in part or '%2f' in part else f'{part}/' * depth}{file}"
          for root in ROOTS for part in UP for file in FILES for depth in ((3,) if not proof.long else (1, 3, 8))]  # fmt: skip
    sent = [(line, "Accept: */*") for line in [*LINES, *up[:: proof.size(7, 1)]]]
    sent += [
        (line, header) for header in HEADERS for line in ("/docs", "/console/queue", "/v1/model", "/$discovery/rest")
    ]
    for line, headers in sent:
        got = asked(served.port, line, headers)
        head, _, body = got.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head else 400
        named = {one.partition(b":")[0].strip().lower() for one in head.split(b"\r\n")[1:]}
        assert status < 500 or status == 501, (line, headers, head)  # which is for a coding that is none
        assert MARK.lower().encode() not in named, (line, headers)
        assert not SECRET_FILES.search(body), (line, headers)
        where = re.search(rb"(?im)^location: (.*?)\r?$", head)
        assert where is None or re.match(rb"/(?![/\\])", where[1]), (line, headers, where)
    lines = served.printed().splitlines()
    logged = [orjson.loads(one) for one in lines if one.startswith("{")]
    others = [one for one in lines if one and not one.startswith(("{", "winnow", "Winnow"))]
    assert others == []
    fields = {"event", "level", "timestamp", "request_id", "method", "route", "status", "ms"}
    assert all(set(one) <= fields for one in logged if one["event"] == "request")
    assert not any(word in str(logged) for word in ("elsewhere", MARK, "passwd"))
    assert len(logged) > 50
    proof.figures(tricks_with_requests=len(sent), injected=0, files_reached=0)


def test_no_secret_is_in_an_answer_a_log_a_metric_or_a_command_line(proof, served):
    console = Console(served)
    console.person("admin", "hana")
    keys = [served.key(role) for role in ("submit", "admin")]
    hook = served.raw("POST", "/v1/webhooks", keys[1], {"url": "https://news.example/hook?token=t0ps3cret"}).json()
    form = {"site": "herald", "name": "hana", "password": PASSWORD}
    signed = served.pool.request(
        "POST", f"{console.address}/console/sign-in", fields=form, encode_multipart=False, redirect=False
    )
    cookie = signed.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    hidden = [*keys, hook["secret"], PASSWORD, cookie, cookie.partition(".")[2]]
    seen = []
    for path in ("/v1/webhooks", "/v1/audit", "/v1/events", "/v1/policy", "/v1/models", "/healthz", "/readyz", "/metrics",
                 "/openapi.json", "/nowhere", f"/v1alpha1/comments:analyze?key={keys[0]}", "/v1/comments?limit=x"):  # fmt: skip
        seen.append(served.raw("GET", path, keys[1]).data.decode())
    for path in ("keys", "people", "webhooks", f"webhooks/{hook['id']}", "account", "audit", "nowhere"):
        answer = served.pool.request("GET", f"{console.address}/console/{path}", headers={"Cookie": f"winnow={cookie}"})
        seen.append(answer.data.decode())
    seen += [" ".join(process.cmdline()) for process in served.descendants()]
    seen.append(served.printed())
    found = [(secret[:6], text[:80]) for secret in hidden for text in seen if secret in text]
    assert found == []
    assert "t0ps3cret" not in served.printed()
    proof.figures(secrets=len(hidden), places=len(seen), found=0)
