"""No request, however hostile, is answered by a 500, or by a page where JSON is promised.

What schemathesis makes of the published document, all of its checks on; hostile JSON to every route and forms to the
console; HTTP that is none, over raw connections; atheris on the normaliser, the parsers and the scorer.
"""

import errno
import platform
import random
import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import orjson
import pytest

from tests.hostile import payloads
from tests.proof.published import try_published
from tests.proof.wire import HIDDEN, ambiguous, requests

ROOT = Path(__file__).parents[2]
one_engine = pytest.mark.parametrize("server", ["valkey"], indirect=True)
CLOSED = (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN)
"""What a client meets whose server has closed the connection."""


def seed_of(proof):
    """The short form always tries the same; the long one does not, and says what it tried."""
    seed = random.SystemRandom().randrange(1 << 31) if proof.long else 1
    print(f"seed {seed}")  # noqa: T201  # pytest shows it where something fails
    return seed


def test_the_running_service_is_as_its_document_says(proof, service):
    service.environment["WINNOW_RATE_LIMIT"] = "0"
    service.start()
    phases = ("examples", "coverage", "fuzzing") if proof.long else ("fuzzing",)
    tried = try_published(
        service,
        seed=seed_of(proof),
        examples=proof.size(2, 3),
        phases=phases,
        paths="" if proof.long else "^/v1/(comments$|comments/.comment_id.$|score|queue$|queue/claims$)",
    )
    assert not tried.wrong, "\n".join(f"{where}: {said}" for where, said in tried.wrong.items())
    assert not [status for status in tried.statuses if status >= 500]
    assert tried.cases >= proof.size(10, 4000)
    proof.figures(published_document=tried.cases, wrong=len(tried.wrong))


VALUES = (
    None, True, False, 0, -1, 1.5, 1e308, -1e-308, 2**63 - 1, -(2**63), 2**64 - 1, "", " ", "\0", "\ufdfa" * 50, "\u0301" * 500, "a" * 10_001, "\u202e",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\uffff", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59", "-1", "1_0", "١٢", "NaN", "null", "../..", "{winnow}:keys", "*", "%00", "en", "approve", "reject", "hold", "toxicity", "there",
    [], {}, [[]], [{}], [None], [0] * 50, {"": {}}, {"\0": 1}, ["x"] * 1001, {"__proto__": {}}, [[[[[[[[]]]]]]]],
)  # fmt: skip
NAMES = (
    "id",
    "body",
    "texts",
    "comments",
    "author",
    "comment",
    "input",
    "requestedAttributes",
    "limit",
    "until",
    "revision",
    "version",
    "policy",
    "labels",
)


def hostile_json(drawn, fields, texts, depth=0):
    """A value that is nothing like what is asked for, or nearly: the schema's own fields, with what does not belong there."""
    kind = drawn.random()
    if depth < 3 and kind < 0.6:
        names = drawn.sample(fields, min(len(fields), drawn.randrange(6)))
        return {name: hostile_json(drawn, fields, texts, depth + 1) for name in names}
    if depth < 3 and kind < 0.7:
        return [hostile_json(drawn, fields, texts, depth + 1) for _ in range(drawn.randrange(4))]
    return drawn.choice(texts) if kind < 0.8 else drawn.choice(VALUES)


def names_in(schema):
    """Every name of a field in a document, wherever it stands."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ()
        for one in schema.values():
            yield from names_in(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from names_in(one)


@one_engine
def test_hostile_json_is_refused_or_answered_in_json(proof, api):
    drawn = random.Random(seed_of(proof))
    document = api.get("/openapi.json").json
    fields = sorted({*names_in(document["components"]["schemas"]), *NAMES})
    routes = [
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
        if method in ("post", "put", "patch") and not path.startswith(("/1.1", "/1.2"))
    ]
    api.post("/v1/comments", {"id": "there", "body": "Here before"})
    texts, many = payloads(), proof.size(400, 25_000)
    for n in range(many):
        method, path = routes[n % len(routes)]
        path = path.replace("{article_id}", "a-1").replace("{author_id}", "u-1").replace("{site}", "herald")
        path = "/".join("there" if part.startswith("{") else part for part in path.split("/"))
        sent = hostile_json(drawn, fields, texts)
        answer = api(method, path, sent)
        said = (method, path, sent, answer.status_code, answer.data[:300])
        assert answer.status_code < 500, said
        assert answer.status_code == 204 or "json" in answer.content_type, said
        assert not answer.data or orjson.loads(answer.data) is not None, said
    proof.figures(hostile_json=many, server_errors=0)


@one_engine
def test_hostile_forms_break_neither_the_console_nor_akismet(proof, app, api, desk_for):
    drawn = random.Random(seed_of(proof))
    desk = desk_for("admin")
    forms = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and rule.rule.startswith(("/console", "/1.1", "/1.2")) and "sign-out" not in rule.rule
    ]
    texts, many = [*payloads(), "", "\0", "a" * 5000, "-1", "there", "approve", "reject"], proof.size(120, 4500)
    names = ("id", "action", "labels", "note", "name", "role", "site", "password", "q", "policy", "version", "body", "blog",
             "user_ip", "comment_content", "comment_author", "api_key", "key", "limit", "cursor", "next", "url", "types")  # fmt: skip
    api.post("/v1/comments", {"id": "there", "body": "Here before"})
    for n in range(many):
        path = "/".join("there" if part.startswith("<") else part for part in forms[n % len(forms)].split("/"))
        form = {name: drawn.choice(texts) for name in drawn.sample(names, drawn.randrange(8))}
        if not path.startswith("/console"):
            form["api_key"] = api.key if drawn.random() < 0.8 else drawn.choice(texts)
        answer = desk.post(path, form)
        assert answer.status_code < 500, (path, form, answer.status_code)
        assert b"Traceback" not in answer.data
    proof.figures(hostile_forms=many, server_errors=0)


def said_to(port, sent):
    """All that a server says to some bytes, after which the client has no more to say; however the connection ends."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        try:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
        except OSError as closed:  # it was answered before all was sent
            if closed.errno not in CLOSED:
                raise
        try:
            while more := sock.recv(65536):
                heard += more
        except OSError as closed:  # it was closed on bytes that nobody had read
            if closed.errno not in CLOSED:
                raise
    return heard


def checked(port, sent):
    """Whether some bytes are answered at all; what is answered has to be an answer."""
    heard = said_to(port, sent)
    if not heard:
        return False
    assert heard.startswith(b"HTTP/1."), (sent[:300], heard[:300])
    for status in re.findall(rb"HTTP/1\.\d (...)", heard):
        assert status < b"500" or status in (b"501", b"505"), (sent[:300], heard[:300])
    assert not any(part in heard.lower() for part in (b"<html", b"<!doctype", b"traceback")), (sent[:300], heard[:400])
    return True


def test_hostile_http_gets_no_500_no_page_and_no_second_answer(proof, service):
    service.environment["WINNOW_RATE_LIMIT"] = "0"
    service.start()
    many = proof.size(150, 16_000)
    corpus = [sent for sent in requests(many, seed_of(proof)) if b"/docs" not in sent and b"/console" not in sent]
    with ThreadPoolExecutor(8) as pool:
        answered = dict(zip(corpus, pool.map(lambda sent: checked(service.port, sent), corpus), strict=True))
    assert [sent[:300] for sent, was in answered.items() if not was and b"\r\n\r\n" in sent] == []
    smuggled = ambiguous()
    for sent in smuggled:
        heard = said_to(service.port, sent)
        assert heard.count(b"HTTP/1.1 ") == 1, (sent, heard)
    one = said_to(service.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN)
    assert one.count(b"HTTP/1.1 ") == 2, "two whole requests on one connection are two"
    assert service.raw("GET", "/healthz").status == 200
    assert "unforeseen" not in service.printed()
    silent = sum(not was for was in answered.values())
    assert silent < len(answered) / 5
    proof.figures(
        hostile_http=len(corpus), ended_amid_a_head_without_an_answer=silent, smuggled=len(smuggled), second_answers=0
    )


@pytest.mark.skipif(
    find_spec("atheris") is None or platform.machine() != "x86_64", reason="atheris is for Linux on x86_64 alone"
)
def test_atheris_finds_nothing_in_normaliser_parsers_and_scorer(proof):
    runs = proof.size(60, 8000)
    command = [sys.executable, "-m", "tests.proof.fuzz", str(runs), str(seed_of(proof) or 1)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"Done {runs} runs" in done.stderr
    proof.figures(atheris_runs=runs, crashes=0)
