"""OpenAI's moderations endpoint: its answers, its errors, and that nothing of a text is kept."""

import time

import orjson
import pytest

from service.store.keys import Keys
from service.store.sites import Sites
from tests.integration.test_bad_input import NOT_JSON
from tests.support import counts, everything, uncounted

PATH = "/v1/moderations"
INSULT = "You stupid, worthless idiot."
LONG = 100_000
IMAGE = {"type": "image_url", "image_url": {"url": "https://news.example/a.png"}}

INVALID = [
    ({}, "input", "missing_required_parameter"),
    ({"input": None}, "input", "invalid_type"),
    ({"input": 5}, "input", "invalid_type"),
    ({"input": True}, "input", "invalid_type"),
    ({"input": {"type": "text", "text": "x"}}, "input", "invalid_type"),
    ({"input": []}, "input", "empty_array"),
    ({"input": ["x"] * 1001}, "input", "array_above_max_length"),
    ({"input": [{"type": "text", "text": "x"}] * 1001}, "input", "array_above_max_length"),
    ({"input": "x" * (LONG + 1)}, "input", "string_above_max_length"),
    ({"input": ["x", "x" * (LONG + 1)]}, "input[1]", "string_above_max_length"),
    ({"input": [{"type": "text", "text": "x" * LONG}] * 2}, "input", "string_above_max_length"),
    ({"input": ["x", None]}, "input[1]", "invalid_type"),
    ({"input": [1]}, "input[0]", "invalid_type"),
    ({"input": [["x"]]}, "input[0]", "invalid_type"),
    ({"input": ["x", {"type": "text", "text": "x"}]}, "input[1]", "invalid_type"),
    ({"input": [{"type": "text", "text": "x"}, "x"]}, "input[1]", "invalid_type"),
    ({"input": [IMAGE]}, "input[0].type", "invalid_value"),
    ({"input": [{"type": "text", "text": "x"}, IMAGE]}, "input[1].type", "invalid_value"),
    ({"input": [{"type": "audio"}]}, "input[0].type", "invalid_value"),
    ({"input": [{"type": ["text"]}]}, "input[0].type", "invalid_value"),
    ({"input": [{"text": "x"}]}, "input[0].type", "invalid_value"),
    ({"input": [{"type": "text"}]}, "input[0].text", "invalid_type"),
    ({"input": [{"type": "text", "text": 7}]}, "input[0].text", "invalid_type"),
    ({"input": "a\0b"}, "input", "invalid_value"),
    ({"input": "x", "model": 5}, "model", "invalid_type"),
    ({"input": "x", "model": ["m"]}, "model", "invalid_type"),
    ([], None, "invalid_value"),
    ("x", None, "invalid_value"),
    (None, None, "invalid_value"),
    (5, None, "invalid_value"),
]


def look(api, said, **more):
    answer = api.post(PATH, {"input": said, **more})
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def refused(answer, status, **said):
    """An error is whole, in OpenAI's shape and in nothing else."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/json"
    assert list(answer.json) == ["error"]
    error = answer.json["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert error["message"]
    assert {name: error[name] for name in said} == said
    assert "Traceback" not in answer.text
    assert "<" not in answer.text
    assert answer.headers["X-Request-Id"]


@pytest.fixture
def kept(key_for, store):
    """A key; checks that nothing was stored when the test is over."""
    api = key_for("submit")
    before = uncounted(store)
    yield api
    assert uncounted(store) == before


def send(api, data, content_type="application/json", key=None):
    headers = {"Authorization": f"Bearer {api.key if key is None else key}"}
    return api.client.post(PATH, data=data, content_type=content_type, headers=headers)


# Answers


def test_an_answer_is_whole(key_for):
    answer = key_for("submit").post(PATH, {"input": INSULT, "model": "omni-moderation-latest"})
    assert list(answer.json) == ["id", "model", "results"]
    assert answer.json["id"].startswith("modr-")
    (result,) = answer.json["results"]
    assert list(result) == ["flagged", "categories", "category_scores", "category_applied_input_types"]
    assert result["flagged"] is True
    assert [name for name, is_so in result["categories"].items() if is_so] == ["harassment"]
    names = list(result["categories"])
    assert len(names) == 13
    assert list(result["category_scores"]) == list(result["category_applied_input_types"]) == names
    assert all(0 <= score <= 1 for score in result["category_scores"].values())
    assert all(types == ["text"] for types in result["category_applied_input_types"].values())


@pytest.mark.parametrize("model", [None, "omni-moderation-2024-09-26", "text-moderation-stable", "anything"])
def test_the_model_in_an_answer_is_ours_whatever_was_asked_for(app, key_for, model):
    answer = key_for("submit").post(PATH, {"input": "x", "model": model})
    assert answer.json["model"] == app.extensions["winnow"].models.in_force("herald").version


def test_texts_get_a_result_each_in_their_order(key_for):
    texts = ["A fine day", INSULT] * 40
    assert [one["flagged"] for one in look(key_for("submit"), texts)] == [False, True] * 40


def test_parts_are_one_text(key_for):
    api = key_for("submit")
    parts = [{"type": "text", "text": one} for one in ("You stupid,", "worthless idiot.")]
    assert look(api, parts) == look(api, "You stupid,\nworthless idiot.")


def test_scores_are_those_of_the_model(key_for):
    api = key_for("submit")
    (scored,) = api.post("/v1/score", {"texts": [INSULT]}).json["results"]
    (found,) = look(api, INSULT)
    assert found["category_scores"]["harassment"] == max(scored["scores"][one] for one in ("toxicity", "insult"))
    assert found["category_scores"]["hate"] == scored["scores"]["identity_attack"]


def test_what_is_flagged_goes_by_the_sites_policy_as_of_now(api):
    assert look(api, INSULT)[0]["flagged"]
    policy = api.get("/v1/policy").json
    never = {name: {"hold": None, "reject": None} for name in policy["thresholds"]}
    api.put("/v1/policy", policy | {"thresholds": never})
    (found,) = look(api, INSULT)
    assert not found["flagged"]
    assert found["category_scores"]["harassment"] > 0.9
    assert api.get("/v1/stats").json["totals"]["checks"] == {"openai": {"flagged": 1, "passed": 1}}


def test_talk_of_self_harm_is_flagged_as_long_as_the_policy_looks_for_it(api):
    (found,) = look(api, "I want to end my own life")
    assert found["categories"]["self-harm"]
    assert not found["categories"]["self-harm/intent"]
    api.put("/v1/policy", api.get("/v1/policy").json | {"self_harm": "approve"})
    assert not look(api, "I want to end my own life")[0]["categories"]["self-harm"]


def test_what_the_model_does_not_know_in_a_language_is_not_flagged(key_for):
    (found,) = look(key_for("submit"), "Je vais te tuer, espèce d'imbécile, tu ne vaux rien du tout")
    assert found["category_scores"]["harassment/threatening"] == 0
    assert not found["categories"]["harassment/threatening"]


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_text_without_words_is_passed(key_for, text):
    assert not look(key_for("submit"), text)[0]["flagged"]


def test_fields_that_are_not_known_are_ignored_as_openai_does(key_for):
    assert not look(key_for("submit"), "x", user="u-1", metadata={"a": 1})[0]["flagged"]


# What is kept


def test_what_came_of_texts_is_counted_and_nothing_else_is_kept(key_for, store):
    api = key_for("submit")
    before = uncounted(store)
    look(api, [INSULT, "A fine day", "Another sentence that is asked about"])
    look(api, INSULT)
    assert counts(store) == {"checked=openai/flagged": 2, "checked=openai/passed": 2, "#checked": 2}
    assert uncounted(store) == before
    assert "sentence" not in everything(store)
    metrics = api.client.get("/metrics").text
    assert 'winnow_checks_total{surface="openai",verdict="flagged"} 2.0' in metrics


def test_what_is_asked_with_one_sites_key_is_counted_for_that_site_alone(key_for, store):
    ours, theirs = key_for("submit", site="herald"), key_for("submit", site="rival")
    look(theirs, INSULT)
    assert counts(store) == {}
    assert counts(store, "rival")["checked=openai/flagged"] == 1
    assert ours.key != theirs.key


# Keys and limits


@pytest.mark.parametrize("role", ["submit", "moderate", "admin"])
def test_any_key_of_the_api_may_ask(key_for, role):
    assert key_for(role).post(PATH, {"input": "x"}).status_code == 200


def test_a_coral_key_may_not(key_for):
    refused(
        key_for("coral").post(PATH, {"input": "x"}), 403, type="invalid_request_error", code="insufficient_permissions"
    )


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer \xff"])
def test_a_key_that_is_not_in_force_is_401_and_is_not_repeated(kept, header):
    answer = kept.client.post(PATH, json={"input": "x"}, headers={"Authorization": header})
    refused(answer, 401, type="invalid_request_error", param=None, code="invalid_api_key")
    assert "nonsense" not in answer.text


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi"])
def test_no_key_is_401(kept, header):
    headers = {} if header is None else {"Authorization": header}
    refused(kept.client.post(PATH, json={"input": "x"}, headers=headers), 401, param=None, code=None)


def test_a_revoked_key_is_401(key_for, store):
    api = key_for("submit")
    keys = Keys(store)
    keys.revoke(keys.of("herald")[0].id)
    refused(api.post(PATH, {"input": "x"}), 401, code="invalid_api_key")


def test_a_closed_site_is_403(key_for, store):
    api = key_for("submit")
    Sites(store).close("herald", "op-1", "olga")
    refused(api.post(PATH, {"input": "x"}), 403, code="site_closed")


# Limits


@pytest.fixture
def used_up(store):
    """A key whose requests of this minute, and of the next, are used up."""

    def use(api):
        (key,) = Keys(store).of("herald")
        minute = int(time.time()) // 60
        for n in (minute, minute + 1):
            store._client.set(f"{{herald}}:rate:key:{key.id}:{n}", 60_000)

    return use


@pytest.mark.parametrize("texts", [1, 33])
def test_over_the_rate_is_429_with_all_that_a_client_goes_by(key_for, store, used_up, texts):
    api = key_for("submit")
    used_up(api)
    answer = api.post(PATH, {"input": ["x"] * texts})
    refused(answer, 429, type="requests", param=None, code="rate_limit_exceeded")
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 60
    assert answer.headers["retry-after-ms"] == f"{seconds}000"
    assert answer.headers["x-should-retry"] == "true"
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"
    assert counts(store) == {}


@pytest.mark.parametrize("texts", [1, 33])
def test_an_answer_says_where_the_key_stands_and_a_request_counts_once(key_for, texts):
    api = key_for("submit")
    answer = api.post(PATH, {"input": ["x"] * texts})
    assert answer.headers["x-ratelimit-limit-requests"] == "60000"
    assert answer.headers["x-ratelimit-remaining-requests"] == "59999"
    assert answer.headers["x-ratelimit-reset-requests"].removesuffix("s").isdigit()


# Bad input


@pytest.mark.parametrize("what", NOT_JSON)
def test_what_is_not_json_in_utf_8_is_400(kept, what):
    refused(send(kept, NOT_JSON[what]), 400, type="invalid_request_error", param=None)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_content_type_is_415(kept, content_type):
    refused(send(kept, b'{"input": "x"}', content_type), 415, code="unsupported_content_type")


@pytest.mark.parametrize(("json", "param", "code"), INVALID)
def test_what_does_not_fit_is_400_with_the_field_and_a_code(kept, json, param, code):
    answer = send(kept, orjson.dumps(json))
    refused(answer, 400, type="invalid_request_error", param=param, code=code)


def test_a_body_over_the_limit_is_413(kept):
    refused(send(kept, b'{"input": "' + b"x" * (16 << 20) + b'"}'), 413, code="request_too_large")


def test_as_many_and_as_long_as_may_be_are_looked_at(key_for):
    api = key_for("submit")
    assert len(look(api, ["x"] * 1000)) == 1000
    assert len(look(api, "word " * (LONG // 5))) == 1


def test_a_mistake_of_ours_is_a_500_that_tells_nothing(kept, app, monkeypatch):
    monkeypatch.setattr(type(app.extensions["winnow"].flagging), "flag", lambda *_: 1 / 0)
    answer = kept.post(PATH, {"input": "x"})
    refused(answer, 500, type="server_error", code=None)
    assert "division" not in answer.text


# Without Redis


def test_while_redis_cannot_write_texts_are_looked_at_and_not_counted(key_for, store):
    api = key_for("submit")
    look(api, "A fine day")
    before = counts(store)
    store._client.config_set("maxmemory", "1mb")
    try:
        answer = api.post(PATH, {"input": INSULT})
    finally:
        store._client.config_set("maxmemory", "0")
    assert answer.json["results"][0]["flagged"]
    assert counts(store) == before
    assert "x-ratelimit-limit-requests" not in answer.headers


def test_while_redis_is_away_a_site_that_was_seen_is_served_by_the_policy_seen_last(key_for, cut_off):
    api = key_for("admin")
    policy = api.get("/v1/policy").json
    never = {name: {"hold": None, "reject": None} for name in policy["thresholds"]}
    api.put("/v1/policy", policy | {"thresholds": never})
    assert not look(api, INSULT)[0]["flagged"]
    unseen = key_for("submit", site="rival")
    assert unseen.get("/v1/model").status_code == 200

    cut_off()
    assert not look(api, INSULT)[0]["flagged"]
    answer = unseen.post(PATH, {"input": INSULT})
    refused(answer, 503, type="server_error", code="service_unavailable")
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("1", "1000")
    assert answer.headers["x-should-retry"] == "true"
