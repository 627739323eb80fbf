import re
import time

import pytest
from openapi_spec_validator import validate

from service.store import keys as keys_module
from service.store.keys import Keys
from tests.support import Api, everything, hold_everything


def test_a_policy_is_versioned_attributed_and_in_force_with_the_next_comment(api, key_for):
    assert api.get("/v1/policy").json["version"] == 1
    assert hold_everything(api)["version"] == 2
    answer = api.post("/v1/comments", {"body": "Thanks"}).json
    assert (answer["policy"], answer["status"]) == (2, "pending")
    grace = key_for("admin", name="grace")
    policy = api.get("/v1/policy").json
    grace.put("/v1/policy", policy | {"mode": "post", "thresholds": {"spam": {"hold": 0.5, "reject": 0.99}}})
    versions = api.get("/v1/policy/versions").json["items"]
    assert [(one["version"], one["by"]) for one in versions] == [(3, "grace"), (2, "ada"), (1, None)]
    assert versions[1]["policy"]["mode"] == "pre"
    assert versions[0]["policy"]["thresholds"] == {"spam": {"hold": 0.5, "reject": 0.99}}


def test_an_edit_of_a_stale_policy_is_a_conflict(api):
    stale = api.get("/v1/policy").json
    hold_everything(api)
    answer = api.put("/v1/policy", stale)
    assert (answer.status_code, answer.json["version"]) == (409, 2)


def test_the_policy_takes_what_it_gave(api):
    policy = api.get("/v1/policy").json
    answer = api.put("/v1/policy", policy)
    assert answer.json == policy | {"version": 2}


def test_a_rejection_below_the_hold_is_refused(api):
    policy = api.get("/v1/policy").json
    answer = api.put("/v1/policy", policy | {"thresholds": {"spam": {"hold": 0.9, "reject": 0.5}}})
    assert answer.status_code == 422


def test_a_reject_threshold_rejects(api):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"thresholds": {"toxicity": {"hold": 0.0, "reject": 0.0}}})
    answer = api.post("/v1/comments", {"id": "r", "body": "Thanks"}).json
    assert (answer["verdict"], answer["status"]) == ("reject", "rejected")
    assert api.get("/v1/queue").json["items"] == []


def test_the_model_says_what_it_is(api):
    model = api.get("/v1/model").json
    assert model["version"]
    assert len(model["digest"]) == 64
    assert set(model["thresholds"]) <= set(model["attributes"])


def test_a_revoked_key_is_refused_once_what_was_seen_is_old(api, store, monkeypatch):
    assert api.get("/v1/model").status_code == 200
    (key,) = Keys(store).all()
    assert Keys(store).revoke(key.id)
    assert not Keys(store).revoke(key.id)
    monkeypatch.setattr(keys_module, "FRESH_SECONDS", 0.0)
    assert api.get("/v1/model").status_code == 401


def test_keys_are_kept_as_digests_only(api, store):
    assert api.key not in everything(store)


def test_every_answer_says_where_the_key_stands(api):
    for answer in (api.get("/v1/model"), api.post("/v1/comments", {"body": "Thanks"})):
        assert answer.headers["RateLimit-Policy"] == '"key";q=60000;w=60'
        assert (
            answer.headers["RateLimit"].startswith('"key";r=59999;t=')
            or '"key";r=59998;t=' in answer.headers["RateLimit"]
        )


def test_over_the_rate_is_429_with_the_time_to_wait_and_stores_nothing(redis_url, tmp_path, store):
    from service.app import create_app
    from service.settings import load_settings

    environ = {"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error", "WINNOW_RATE_LIMIT": "2"}
    text, _ = Keys(store).create("herald", "submit", "s")
    api = Api(create_app(load_settings(environ=environ), redis_url).test_client(), text)
    if time.time() % 60 > 55:
        time.sleep(6)  # not across the minute's edge
    statuses = [api.post("/v1/comments", {"body": f"Note {n}"}).status_code for n in range(3)]
    assert statuses == [201, 201, 429]
    answer = api.post("/v1/score", {"texts": ["x"]})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert store._client.zcard("{herald}:list:approved") == 2


def test_the_document_is_valid_openapi_and_names_every_route(api, app):
    document = api.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    validate(document)
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1")}
    named = {path.replace("{", "<").replace("}", ">") for path in document["paths"]}
    assert {re.sub(r"<\w+:", "<", rule) for rule in rules} <= named
    posted = document["paths"]["/v1/comments"]["post"]
    assert posted["security"] == [{"key": []}]
    assert {"200", "201", "400", "401", "403", "409", "410", "413", "415", "422", "429", "503"} <= set(
        posted["responses"]
    )
    assert "application/problem+json" in document["components"]["responses"]["CONFLICT"]["content"]


def test_the_documents_page_needs_nothing_from_elsewhere(api):
    page = api.client.get("/docs/")
    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", "")
    assert api.client.get("/docs/static/swagger-ui-bundle.js").status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_those_who_run_it_need_no_key(app, path):
    assert app.test_client().get(path).status_code == 200


def test_a_scrape_asks_nothing_of_redis(api, metrics):
    assert "winnow_sites 1.0" in metrics()

    def requests():
        told = api.client.get("/metrics").text
        assert "winnow_sites 1.0" in told
        return re.findall(r"^winnow_redis_request_duration_seconds_count (.*)$", told, re.MULTILINE)

    before = requests()
    assert requests() == before
    api.get("/v1/policy")
    assert requests() != before


def test_metrics_count_requests_by_rule_and_comments_by_verdict(api):
    api.post("/v1/comments", {"id": "m-1", "body": "Thanks"})
    api.get("/v1/comments/m-1")
    text = api.client.get("/metrics").text
    assert 'winnow_http_requests_total{method="GET",route="/v1/comments/<id:comment_id>",status="200"} 1.0' in text
    assert 'winnow_comments_total{verdict="approve"} 1.0' in text
    assert "m-1" not in text
