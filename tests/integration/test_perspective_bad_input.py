"""Perspective's interface against everything that should not be sent: Google's error, never a 500, nothing stored."""

import orjson
import pytest

from service.app import create_app
from service.settings import load_settings
from service.store import keys as keys_module
from service.store.keys import Keys
from service.store.sites import Sites
from tests.integration.test_bad_input import DEEP, DEEP_OBJECTS, one_engine
from tests.support import everything, uncounted

pytestmark = one_engine

SECRET = "a sentence that nobody else has"
FIT = {
    "analyze": {"comment": {"text": SECRET}, "requestedAttributes": {"TOXICITY": {}}},
    "suggestscore": {"comment": {"text": SECRET}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}},
}
METHODS = list(FIT)

NOT_JSON = {
    "not JSON": b"comment=hello",
    "not UTF-8": b'{"comment": {"text": "\xff\xfe"}}',
    "deep arrays": DEEP,
    "deep objects": DEEP_OBJECTS,
    "huge integer": b'{"clientToken": ' + b"9" * 5_000 + b"}",
    "lone surrogate": rb'{"comment": {"text": "\ud800"}}',
    "NaN": b'{"comment": NaN}',
    "two values": b"{} {}",
}

WRONG = [
    None, [], "x", 5, True, {"comment": []}, {"comment": "x"}, {"comment": {"text": 5}}, {"comment": {"text": None}},
    {"comment": {"text": ["x"]}}, {"comment": {"text": {}}}, {"comment": {"text": "x", "type": []}},
    {"comment": {"text": "x", "type": 1.5}}, {"comment": {"text": "x", "type": True}}, {"comment": {"text": "x", "more": 1}},
    {"context": "x"}, {"context": {"entries": "x"}}, {"context": {"entries": [None]}}, {"context": {"entries": [{"text": 1}]}},
    {"context": {"articleAndParentComment": []}}, {"context": {"more": {}}}, {"languages": 5}, {"languages": [5]},
    {"languages": [None]}, {"languages": {}}, {"doNotStore": "yes"}, {"doNotStore": 1}, {"clientToken": 5},
    {"clientToken": ["x"]}, {"sessionId": 5}, {"communityId": {}}, {"more": 1}, {"": 1}, {"\0": 1},
]  # fmt: skip
"""What fits neither method, in place of what does."""

WRONG_OF = {
    "analyze": [
        {"requestedAttributes": []}, {"requestedAttributes": "TOXICITY"}, {"requestedAttributes": {"TOXICITY": []}},
        {"requestedAttributes": {"TOXICITY": "x"}}, {"requestedAttributes": {"TOXICITY": {"more": 1}}}, {"requestedAttributes": {"": {}}},
        {"requestedAttributes": {"TOXICITY": {"scoreType": "NICE"}}}, {"requestedAttributes": {"TOXICITY": {"scoreType": 99}}},
        {"requestedAttributes": {"TOXICITY": {"scoreThreshold": "high"}}}, {"requestedAttributes": {"T\0": {}}},
        {"requestedAttributes": {"TOXICITY": {"scoreThreshold": []}}}, {"spanAnnotations": "yes"}, {"spanAnnotations": {}},
        {"dropUnsupportedAttributes": 0}, {"attributeScores": {}}, {"requestedAttributes": {"x" * 10_000: {}}},
        {"languages": ["klingon speak"]}, {"languages": [""]}, {"languages": ["\0"]},
    ],
    "suggestscore": [
        {"attributeScores": []}, {"attributeScores": "x"}, {"attributeScores": {"TOXICITY": 1}}, {"attributeScores": {"TOXICITY": None}},
        {"attributeScores": {"TOXICITY": {"summaryScore": 1}}}, {"attributeScores": {"TOXICITY": {"summaryScore": {"value": "x"}}}},
        {"attributeScores": {"TOXICITY": {"summaryScore": {"value": True}}}}, {"attributeScores": {"TOXICITY": {"spanScores": [5]}}},
        {"attributeScores": {"TOXICITY": {"summaryScore": {"value": 18446744073709551615}}}},
        {"attributeScores": {"TOXICITY": {"spanScores": [{"begin": "a"}]}}}, {"comment": {"text": "a\0b"}},
        {"attributeScores": {"TOXICITY": {"more": 1}}}, {"requestedAttributes": {}}, {"spanAnnotations": True},
    ],
}  # fmt: skip


@pytest.fixture
def kept(key_for, store):
    """A submitter's key; checks that nothing but counters was stored when the test is over."""
    api = key_for("submit")
    before = uncounted(store)
    yield api
    assert uncounted(store) == before


def send(api, method, data, content_type="application/json", **more):
    key = more.pop("key", api.key)
    return api.client.post(f"/v1alpha1/comments:{method}?key={key}", data=data, content_type=content_type, **more)


def check(answer, status=400, word="INVALID_ARGUMENT"):
    assert answer.status_code == status, answer.text[:500]
    assert answer.content_type == "application/json; charset=UTF-8"
    error = answer.json["error"]
    assert (error["code"], error["status"]) == (status, word)
    assert error["message"]
    assert "Traceback" not in answer.text
    assert "<" not in answer.text
    assert SECRET not in answer.text
    assert answer.headers["X-Request-Id"]
    return error


@pytest.mark.parametrize("method", METHODS)
def test_what_is_not_json_in_utf_8_is_an_invalid_argument(kept, method):
    for data in NOT_JSON.values():
        assert check(send(kept, method, data))["message"].startswith("Invalid JSON payload received. ")


@pytest.mark.parametrize("method", METHODS)
def test_a_request_of_very_many_values_is_not_looked_at(kept, method):
    for wrong in (
        {"languages": ["en"] * 5_000},
        {"context": {"entries": [{}] * 5_000}},
        {f"x{n}": 1 for n in range(5_000)},
    ):
        assert "more than 5000 values" in check(send(kept, method, orjson.dumps(FIT[method] | wrong)))["message"]


@pytest.mark.parametrize("method", METHODS)
def test_no_body_is_an_empty_message(kept, method):
    for body in (b"", b" \n", b"{}"):
        assert check(send(kept, method, body))["message"] == "Comment must be non-empty."


@pytest.mark.parametrize("method", METHODS)
def test_another_content_type_is_an_invalid_argument(kept, method):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        check(send(kept, method, orjson.dumps(FIT[method]), content_type))


def test_json_may_be_named_in_many_ways_or_not_at_all(kept):
    for content_type in (None, "application/json;charset=utf-8", "application/vnd.api+json"):
        assert send(kept, "analyze", orjson.dumps(FIT["analyze"]), content_type).status_code == 200


@pytest.mark.parametrize("method", METHODS)
def test_what_does_not_fit_is_an_invalid_argument(kept, method):
    for wrong in (*WRONG, *WRONG_OF[method]):
        body = FIT[method] | wrong if isinstance(wrong, dict) else wrong
        check(send(kept, method, orjson.dumps(body)))


def test_nul_is_text_like_any_other_to_who_asks_for_scores(kept):
    body = FIT["analyze"] | {"comment": {"text": "a\0b"}, "clientToken": "t\0"}
    answer = send(kept, "analyze", orjson.dumps(body))
    assert (answer.status_code, answer.json["clientToken"]) == (200, "t\0")


@pytest.mark.parametrize("method", METHODS)
def test_a_body_over_the_limit_is_an_invalid_argument(kept, method):
    check(send(kept, method, b'{"clientToken": "' + b"x" * (1 << 20) + b'"}'))


@pytest.mark.parametrize("method", METHODS)
def test_without_a_key_in_force_nothing_is_answered(kept, method):
    body = orjson.dumps(FIT[method])
    check(send(kept, method, body, key=""), 403, "PERMISSION_DENIED")
    for bad in ("nonsense", "%FF%FE", "a" * 5_000, "%00"):
        answer = send(kept, method, body, key=bad)
        assert check(answer)["details"][0]["reason"] == "API_KEY_INVALID"
        assert bad not in answer.text
    for header in ("Bearer nonsense", "Bearer \xff"):
        check(send(kept, method, body, key="", headers={"Authorization": header}), 401, "UNAUTHENTICATED")
    for header in ("Bearer", "Bearer ", "Basic YTpi"):
        check(send(kept, method, body, key="", headers={"Authorization": header}), 403, "PERMISSION_DENIED")


@pytest.mark.parametrize("method", METHODS)
def test_a_key_that_does_not_reach_is_denied(key_for, method):
    check(send(key_for("coral"), method, orjson.dumps(FIT[method])), 403, "PERMISSION_DENIED")


@pytest.mark.parametrize("method", METHODS)
def test_a_revoked_key_is_bad_once_what_was_seen_is_old(app, store, monkeypatch, method):
    text, key = Keys(store).create("herald", "submit", "s")
    asked = app.test_client().post
    target = f"/v1alpha1/comments:{method}?key={text}"
    assert asked(target, json=FIT[method]).status_code == 200
    assert Keys(store).revoke(key.id)
    monkeypatch.setattr(keys_module, "FRESH_SECONDS", 0.0)
    assert check(asked(target, json=FIT[method]))["details"][0]["reason"] == "API_KEY_INVALID"


@pytest.mark.parametrize("method", METHODS)
def test_a_closed_site_takes_in_nothing(key_for, store, method):
    api = key_for("submit")
    Sites(store).close("herald", "op-1", by="operator")
    assert "closed" in check(send(api, method, orjson.dumps(FIT[method])), 403, "PERMISSION_DENIED")["message"]
    assert SECRET not in everything(store)


@pytest.mark.parametrize("method", METHODS)
def test_over_the_rate_the_quota_is_exhausted(redis_url, tmp_path, store, method):
    environ = {"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error", "WINNOW_RATE_LIMIT": "1"}
    text, _ = Keys(store).create("herald", "submit", "s")
    client = create_app(load_settings(environ=environ), redis_url).test_client()
    answers = [client.post(f"/v1alpha1/comments:{method}?key={text}", json=FIT[method]) for _ in range(3)]
    answer = next(one for one in answers if one.status_code == 429)  # two of three are in one minute, whenever it ends
    error = check(answer, 429, "RESOURCE_EXHAUSTED")
    assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("method", METHODS)
def test_while_redis_is_away_it_is_unavailable(kept, app, cut_off, method):
    app.extensions["winnow"].keys.find(kept.key)
    cut_off()
    answer = send(kept, method, orjson.dumps(FIT[method]))
    check(answer, 503, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
    check(send(kept, method, orjson.dumps(FIT[method]), key="never-seen"), 503, "UNAVAILABLE")


def test_a_mistake_of_ours_is_internal_and_tells_nothing(kept, app, monkeypatch):
    checking = app.extensions["winnow"].checking
    monkeypatch.setattr(type(checking), "scored", lambda *_: 1 / 0)
    answer = send(kept, "analyze", orjson.dumps(FIT["analyze"]))
    check(answer, 500, "INTERNAL")
    assert "division" not in answer.text


def test_another_method_or_path_is_no_part_of_the_api(kept):
    for method in ("GET", "PUT", "DELETE"):
        assert kept.client.open("/v1alpha1/comments:analyze", method=method).status_code == 405
    assert kept.client.post("/v1alpha1/comments:forget").status_code == 404
