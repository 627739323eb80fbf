"""Every route against everything that should not be sent: the right status, never a 500, never HTML, nothing stored."""

import orjson
import pytest

from tests.support import uncounted

DEEP = b"[" * 30_000
DEEP_OBJECTS = b'{"a":' * 10_000
HUGE_INTEGER = b'{"body": ' + b"9" * 5_000 + b"}"
SURROGATE = rb'{"body": "\ud800"}'
NAN = b'{"body": NaN}'

NOT_JSON = {
    "empty": b"",
    "not JSON": b"body=hello",
    "not UTF-8": b'{"body": "\xff\xfe"}',
    "deep arrays": DEEP,
    "deep objects": DEEP_OBJECTS,
    "huge integer": HUGE_INTEGER,
    "lone surrogate": SURROGATE,
    "NaN": NAN,
    "two values": b"{} {}",
}

ROUTES = {
    ("POST", "/v1/comments"): {"body": "x"},
    ("POST", "/v1/comments/batch"): {"comments": [{"body": "x"}]},
    ("PUT", "/v1/comments/there"): {"body": "x"},
    ("POST", "/v1/score"): {"texts": ["x"]},
    ("POST", "/v1/queue/claims"): {"limit": 1},
    ("PATCH", "/v1/queue/claims/some"): {"lease_seconds": 60},
    ("POST", "/v1/comments/there/decision"): {"action": "approve"},
    ("POST", "/v1/comments/there/appeals"): {"statement": "Unfair"},
    ("POST", "/v1/reviews/some"): {"action": "approve"},
    ("POST", "/v1/reviews/some/resolution"): {"right": "first"},
    ("POST", "/v1/decisions"): {"decisions": [{"id": "there", "action": "approve"}]},
    ("POST", "/v1/queue/campaigns/some/decision"): {"action": "reject"},
    ("PUT", "/v1/policy"): None,
    ("POST", "/v1/policy/rollback"): {"version": 1, "to": 1},
    ("POST", "/v1/policy/preview"): None,
    ("PUT", "/v1/policy/shadow"): None,
    ("POST", "/v1/model"): {"version": "unknown"},
    ("POST", "/v1/webhooks"): {"url": "https://news.example/"},
    ("PATCH", "/v1/webhooks/some"): {"enabled": True},
    ("POST", "/v1/webhooks/some/replay"): {"all": True},
    ("PUT", "/v1/authors/u-1/standing"): {"standing": "normal"},
    ("PUT", "/v1/articles/a-1/mode"): {"mode": None},
    ("POST", "/v1/comments/there/reports"): {"reporter_id": "r-1", "reason": "rude"},
    ("POST", "/v1/comments/there/notes"): {"text": "x"},
}

BATCHES = ("/v1/comments/batch", "/v1/decisions", "/v1/score")

INVALID = {
    ("POST", "/v1/comments"): [
        {}, [], "x", None, {"body": ""}, {"body": "  \n "}, {"body": 5}, {"body": None}, {"body": "x" * 10_001},
        {"body": "a\0b"}, {"body": "x", "extra": 1}, {"body": "x", "id": ""}, {"body": "x", "id": "a/b"},
        {"body": "x", "id": "batch"}, {"body": "x", "id": 7}, {"body": "x", "author": []},
        {"body": "x", "author": {"email": "nobody"}}, {"body": "x", "author": {"ip": "999.1.1.1"}},
        {"body": "x", "author": {"ip": "fe80::1%eth0"}}, {"body": "x", "author": {"ip": 5}},
        {"body": "x", "author": {"name": "n" * 301}}, {"body": "x", "author": {"who": "?"}},
        {"body": "x", "article": {"section": " "}}, {"body": "x", "language": "klingon speak"},
        {"body": "x", "posted_at": "yesterday"}, {"body": "x", "posted_at": "2026-11-24T04:00:00"},
        {"body": "x", "parent_id": "../x"},
    ],
    ("POST", "/v1/comments/batch"): [{}, {"comments": []}, {"comments": {}}, {"comments": "x"}, {"comments": [], "x": 1}],
    ("PUT", "/v1/comments/there"): [{}, {"body": ""}, {"body": "x", "revision": 1}, {"body": "x", "id": "other"}],
    ("POST", "/v1/score"): [
        {}, {"texts": []}, {"texts": "x"}, {"texts": [1]}, {"texts": ["x"] * 1001}, {"texts": ["x"], "explain": "yes"},
        {"texts": ["x"], "attributes": ["nonsense"]}, {"texts": ["x"], "attributes": []}, {"texts": ["a\0"]},
    ],
    ("POST", "/v1/queue/claims"): [
        {"limit": 0}, {"limit": 1001}, {"limit": "5"}, {"limit": True}, {"limit": 1.5}, {"lease_seconds": 4},
        {"lease_seconds": 3601}, {"order": "random"}, {"reason": "nonsense"}, {"older_than": 5}, {"escalated": "yes"}, [],
        {"reviews": 1}, {"reviews": True, "escalated": True}, {"reviews": True, "reason": "score"},
    ],
    ("PATCH", "/v1/queue/claims/some"): [{"lease_seconds": 0}, {"lease": 60}, []],
    ("POST", "/v1/comments/there/decision"): [
        {}, {"action": "delete"}, {"action": "approve", "labels": ["nonsense"]}, {"action": "approve", "labels": "spam"},
        {"action": "approve", "override": 1}, {"action": "approve", "revision": 0}, {"action": "approve", "x": 1},
    ],
    ("POST", "/v1/comments/there/appeals"): [
        [], "x", {"statement": 5}, {"statement": "a\0"}, {"statement": "s" * 5001}, {"text": "x"},
    ],
    ("POST", "/v1/reviews/some"): [
        {}, [], {"action": "escalate"}, {"action": "approve", "labels": ["nonsense"]}, {"action": "approve", "note": "x"},
    ],
    ("POST", "/v1/reviews/some/resolution"): [{}, [], {"right": "both"}, {"right": 1}, {"right": "first", "x": 1}],
    ("POST", "/v1/decisions"): [
        {}, {"decisions": []}, {"decisions": [{"action": "approve"}]}, {"decisions": [{"id": "there"}]},
        {"decisions": [{"id": "there", "action": "approve"}] * 1001},
    ],
    ("POST", "/v1/queue/campaigns/some/decision"): [
        {}, [], {"action": "escalate"}, {"action": "reject", "dry_run": "yes"}, {"action": "reject", "labels": ["nonsense"]},
        {"action": "reject", "override": True}, {"action": "reject", "note": "n" * 2001}, {"action": "reject", "term": "a\0"},
    ],
    ("PUT", "/v1/policy"): [
        {}, {"version": 1}, {"version": "1"}, [], {"thresholds": {"toxicity": {"hold": 2, "reject": None}}},
    ],
    ("POST", "/v1/policy/preview"): [
        {}, [], {"last": 10}, {"policy": {"version": 1}, "last": 10}, {"policy": None, "last": 10}, {"last": 0}, {"last": "10"},
        {"last": 100_001}, {"last": 10, "of": "all"},
    ],
    ("PUT", "/v1/policy/shadow"): [{}, [], {"version": 1}, {"policy": {"version": 1}}],
    ("POST", "/v1/policy/rollback"): [{}, [], {"version": 1}, {"to": 0, "version": 1}, {"to": "1", "version": 1}],
    ("POST", "/v1/model"): [
        {}, [], {"version": ""}, {"version": 1}, {"version": "v" * 101}, {"version": "a\0"}, {"version": "v", "site": "x"},
        {"version": "v", "reason": "r" * 501}, {"version": "v", "reason": None},
    ],
    ("POST", "/v1/webhooks"): [
        {}, [], {"url": ""}, {"url": 5}, {"url": None}, {"url": "news.example"}, {"url": "ftp://news.example/"},
        {"url": "http://news.example/"}, {"url": "https://10.0.0.1/"}, {"url": "https://[::1]/"}, {"url": "https://a:b@news.example/"},
        {"url": "https://news.example/" + "x" * 2000}, {"url": "https://news.example/\0"}, {"url": "https://news.example:25/"},
        {"url": "https://news.example/", "types": []}, {"url": "https://news.example/", "types": ["comment.vanished"]},
        {"url": "https://news.example/", "types": "comment.held"}, {"url": "https://news.example/", "secret": "whsec_eA=="},
    ],
    ("PATCH", "/v1/webhooks/some"): [{}, [], {"url": None}, {"url": "https://127.0.0.1/"}, {"enabled": "yes"}, {"enabled": None}, {"types": ["x"]}, {"id": "x"}],
    ("POST", "/v1/webhooks/some/replay"): [
        {}, [], {"all": False}, {"all": "yes"}, {"all": True, "ids": ["1-0"]}, {"ids": []}, {"ids": ["x"]}, {"ids": "1-0"},
        {"ids": ["1-0"] * 1001}, {"ids": ["1-" + "0" * 7]},
    ],
    ("PUT", "/v1/authors/u-1/standing"): [
        {}, [], {"standing": "liked"}, {"standing": None}, {"standing": "banned", "until": "tomorrow"},
        {"standing": "banned", "until": 5}, {"standing": "banned", "until": "2020-01-01T00:00:00Z"},
        {"standing": "normal", "until": "2999-01-01T00:00:00Z"}, {"standing": "banned", "for": "ever"},
    ],
    ("PUT", "/v1/articles/a-1/mode"): [
        {}, [], {"mode": "open"}, {"mode": 1}, {"mode": "closed", "until": "2020-01-01T00:00:00Z"},
        {"mode": None, "until": "2999-01-01T00:00:00Z"}, {"mode": "closed", "why": "late"},
    ],
    ("POST", "/v1/comments/there/reports"): [
        {}, [], {"reporter_id": "r"}, {"reason": "x"}, {"reporter_id": "", "reason": "x"},
        {"reporter_id": "r" * 129, "reason": "x"}, {"reporter_id": "r", "reason": " "},
        {"reporter_id": "r", "reason": "x" * 65}, {"reporter_id": "r\0", "reason": "x"}, {"reporter_id": 7, "reason": "x"},
        {"reporter_id": "r", "reason": "x", "reporter_ip": "here"}, {"reporter_id": "r", "reason": "x", "note": "n" * 2001},
        {"reporter_id": "r", "reason": "x", "weight": 9},
    ],
    ("POST", "/v1/comments/there/notes"): [
        {}, [], {"text": ""}, {"text": " \n "}, {"text": "x" * 2001}, {"text": 5}, {"text": "a\0b"}, {"text": "x", "by": "me"},
    ],
}  # fmt: skip

QUERIES = [
    "/v1/comments?limit=0", "/v1/comments?limit=1001", "/v1/comments?limit=١٢", "/v1/comments?limit=1_0",
    "/v1/comments?limit=", "/v1/comments?cursor=x", "/v1/comments?cursor=5", "/v1/comments?status=erased",
    "/v1/comments?unknown=1", "/v1/comments?q=", "/v1/comments?q=%00", "/v1/comments?reason=nonsense",
    "/v1/queue?order=random", "/v1/queue?limit=x", "/v1/queue?cursor=x.y", "/v1/queue?cursor=99999999999999999.a",
    "/v1/queue/campaigns?limit=0", "/v1/queue/campaigns?cursor=x", "/v1/queue/campaigns/some?cursor=5",
    "/v1/queue/campaigns?status=pending", "/v1/stats?bucket=week", "/v1/transparency?bucket=day",
    "/v1/transparency?to=soon", "/v1/stats?from=yesterday",
    "/v1/stats?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "/v1/stats?to=9999-12-31T23:59:59-23:00",
    "/v1/queue?attribute=nonsense", "/v1/events?after=x", "/v1/events?after=1-2-3", "/v1/events?wait=31",
    "/v1/events?wait=-1", "/v1/events?limit=1e3", "/v1/reviews/disagreements?cursor=x",
    "/v1/reviews/disagreements?limit=0", "/v1/stats/agreement?from=yesterday",
    "/v1/stats/agreement?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "/v1/webhooks/some/parked?limit=0",
    "/v1/webhooks/some/parked?cursor=x", "/v1/articles?mode=open", "/v1/articles?limit=0", "/v1/audit?from=yesterday",
    "/v1/audit?to=2026-11-24T04:00:00", "/v1/audit?cursor=x", "/v1/audit?act=", "/v1/audit?on=x",
]  # fmt: skip

GUARDED = [
    ("GET", "/v1/comments"), ("GET", "/v1/comments/there"), ("DELETE", "/v1/comments/there"), ("GET", "/v1/queue"),
    ("GET", "/v1/queue/counts"), ("DELETE", "/v1/queue/claims/some"), ("DELETE", "/v1/queue/claims/some/items/there"),
    ("DELETE", "/v1/comments/there/decision"),
    ("GET", "/v1/events"),
    ("GET", "/v1/policy"),
    ("GET", "/v1/policy/shadow"), ("DELETE", "/v1/policy/shadow"), ("GET", "/v1/policy/versions"),
    ("GET", "/v1/model"),
    ("GET", "/v1/models"),
    ("GET", "/v1/webhooks"),
    ("GET", "/v1/webhooks/some"),
    ("DELETE", "/v1/webhooks/some"),
    ("POST", "/v1/webhooks/some/rotate"),
    ("GET", "/v1/webhooks/some/parked"),
    ("GET", "/v1/authors/u-1"),
    ("GET", "/v1/articles"),
    ("GET", "/v1/articles/a-1"),
    ("GET", "/v1/comments/there/notes"),
    ("GET", "/v1/stats"),
    ("GET", "/v1/transparency"),
    ("GET", "/v1/reviews/disagreements"),
    ("GET", "/v1/stats/agreement"),
    ("GET", "/v1/audit"),
    ("GET", "/v1/comments/there/statement"),
    ("GET", "/v1/authors/u-1/export"),
    ("DELETE", "/v1/authors/u-1"),
    ("GET", "/v1/queue/campaigns"),
    ("GET", "/v1/queue/campaigns/some"),
    ("DELETE", "/v1/queue/campaigns/some/decision"),
    *ROUTES,
]  # fmt: skip


one_engine = pytest.mark.parametrize("server", ["valkey"], indirect=True)
"""What is refused before the store is asked is refused alike whichever engine that is."""


@pytest.fixture
def kept(api, store):
    """A site with one comment; checks that nothing else was stored when the test is over."""
    api.post("/v1/comments", {"id": "there", "body": "Here before"})
    before = uncounted(store)
    yield api
    assert uncounted(store) == before


def check(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert "Traceback" not in answer.text
    assert "<" not in answer.text
    assert answer.headers["X-Request-Id"]


def send(api, method, path, data, content_type="application/json"):
    return api.client.open(
        path, method=method, data=data, content_type=content_type, headers={"Authorization": f"Bearer {api.key}"}
    )


@one_engine
@pytest.mark.parametrize("route", ROUTES)
def test_what_is_not_json_in_utf_8_is_400(kept, route):
    for data in NOT_JSON.values():
        check(send(kept, *route, data), 400)


@one_engine
@pytest.mark.parametrize("route", ROUTES)
def test_another_content_type_is_415(kept, route):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        check(send(kept, *route, b'{"body": "x"}', content_type), 415)


@one_engine
@pytest.mark.parametrize("route", INVALID)
def test_what_does_not_fit_is_422_with_the_fields_that_do_not(kept, route):
    for json in INVALID[route]:
        answer = send(kept, *route, orjson.dumps(json))
        check(answer, 422)
        assert answer.json["errors"], json
        assert all(isinstance(said, list) for said in answer.json["errors"].values())


def test_a_nested_field_is_named_by_its_path(kept):
    answer = kept.post("/v1/comments", {"body": "x", "author": {"email": "nobody"}})
    assert list(answer.json["errors"]) == ["author.email"]


@one_engine
@pytest.mark.parametrize("path", QUERIES)
def test_a_query_that_does_not_fit_is_422(kept, path):
    check(kept.get(path), 422)


@one_engine
@pytest.mark.parametrize("route", ROUTES)
def test_a_body_over_the_limit_is_413(kept, route):
    limit = 16 << 20 if route[1] in BATCHES else 1 << 20
    check(send(kept, *route, b'{"body": "' + b"x" * limit + b'"}'), 413)


@one_engine
@pytest.mark.parametrize("route", GUARDED)
def test_without_a_key_in_force_it_is_401(kept, route):
    method, path = route
    for header in (None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer \xff"):
        answer = kept.client.open(path, method=method, headers={} if header is None else {"Authorization": header})
        check(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/nothing", "/v1/comments/a%20b", "/v1/comments/" + "x" * 129, "/v1/comments/"]
)
def test_an_address_that_is_none_is_404(kept, path):
    check(kept.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/comments", "POST"),
        ("DELETE", "/v1/policy", "PUT"),
        ("PUT", "/v1/score", "POST"),
        ("POST", "/healthz", "GET"),
    ],
)
def test_another_method_is_405_with_those_allowed(kept, method, path, allowed):
    answer = kept(method, path)
    check(answer, 405)
    assert allowed in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/comments/unknown"), ("GET", "/v1/comments/unknown/statement"), ("GET", "/v1/authors/unknown/export"), ("DELETE", "/v1/comments/unknown"), ("DELETE", "/v1/queue/claims/unknown"),
        ("GET", "/v1/queue/campaigns/unknown"), ("DELETE", "/v1/queue/campaigns/unknown/decision"),
        ("DELETE", "/v1/comments/unknown/decision"), ("DELETE", "/v1/queue/claims/unknown/items/unknown"),
        ("GET", "/v1/webhooks/unknown"), ("DELETE", "/v1/webhooks/unknown"), ("POST", "/v1/webhooks/unknown/rotate"),
        ("GET", "/v1/webhooks/unknown/parked"),
        ("GET", "/v1/policy/shadow"),
    ],
)  # fmt: skip
def test_an_unknown_id_is_404(kept, method, path):
    check(kept(method, path), 404)


def test_an_unknown_id_with_a_body_is_404(kept):
    check(kept.put("/v1/comments/unknown", {"body": "x"}), 404)
    check(kept.post("/v1/comments/unknown/decision", {"action": "approve"}), 404)
    check(kept.post("/v1/comments/unknown/appeals", {}), 404)
    check(kept.post("/v1/reviews/unknown", {"action": "approve"}), 404)
    check(kept.post("/v1/reviews/unknown/resolution", {"right": "first"}), 404)
    check(kept.post("/v1/queue/campaigns/unknown/decision", {"action": "reject"}), 404)
    check(kept.post("/v1/queue/campaigns/unknown/decision", {"action": "reject", "dry_run": True}), 404)
    check(kept("PATCH", "/v1/queue/claims/unknown", {"lease_seconds": 60}), 404)
    check(kept.post("/v1/model", {"version": "unknown"}), 404)
    check(kept("PATCH", "/v1/webhooks/unknown", {"enabled": True}), 404)
    check(kept.post("/v1/webhooks/unknown/replay", {"ids": ["1-0"]}), 404)


@pytest.mark.parametrize("value", ["k" * 256, "k\x01"])
def test_an_idempotency_key_that_is_none_is_400(kept, value):
    check(kept.post("/v1/comments", {"body": "x"}, Idempotency_Key=value), 400)


def test_a_mistake_of_ours_is_a_500_that_tells_nothing(kept, app, monkeypatch):
    parts = app.extensions["winnow"]
    monkeypatch.setattr(type(parts.policies), "in_force", lambda *_: 1 / 0)
    answer = kept.get("/v1/policy")
    check(answer, 500)
    assert "division" not in answer.text


def test_no_answer_is_html_not_even_an_empty_one(kept):
    for method, path in (("OPTIONS", "/v1/comments"), ("DELETE", "/v1/comments/gone"), ("HEAD", "/healthz")):
        answer = kept(method, path)
        assert "html" not in answer.headers.get("Content-Type", "")


def test_a_query_that_is_not_utf_8_is_no_mistake_of_ours(kept):
    answer = kept.post(
        "/v1/decisions?%ff=1", {"decisions": [{"id": "unknown", "action": "approve"}]}, Idempotency_Key="k"
    )
    assert answer.json["results"][0]["status"] == 404


def test_made_up_methods_make_no_metrics_of_their_own(kept):
    for n in range(3):
        kept(f"MADE{n}", "/v1/comments")
    assert "MADE" not in kept.client.get("/metrics").text


@pytest.mark.parametrize(("name", "value"), [("maxmemory", "1mb"), ("replicaof", None)])
def test_a_store_that_cannot_write_is_503_and_not_a_mistake(api, store, name, value):
    client = store._client
    if name == "maxmemory":
        client.config_set("maxmemory", value)
    else:
        client.replicaof("127.0.0.1", 1)
    try:
        for answer in (
            api.post("/v1/comments", {"body": "x"}),
            api.post("/v1/comments/batch", {"comments": [{"body": "x"}] * 2}),
        ):
            check(answer, 503)
            assert answer.headers["Retry-After"] == "1"
    finally:
        client.replicaof("NO", "ONE")
        client.config_set("maxmemory", "0")


def test_a_redirect_has_nothing_of_what_the_client_calls_us(app):
    answer = app.test_client().get("/v1//model", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/v1/model")
    assert not answer.data
    assert answer.headers["Content-Length"] == "0"
    assert "Content-Type" not in answer.headers
