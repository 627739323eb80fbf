"""Webhooks as an administrator makes, changes, rotates and deletes them."""

import base64

import pytest

from service.app import create_app
from service.settings import load_settings
from service.store.webhooks import MOST
from tests.support import acts, everything

URL = "https://news.example/hooks?token=t0ps3cret"


def make(api, **wanted):
    answer = api.post("/v1/webhooks", {"url": URL} | wanted)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_webhook_shows_its_secret_once(api):
    made = make(api, types=["comment.held"])
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"), validate=True)) == 32
    shown = api.get(f"/v1/webhooks/{made['id']}").json
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert api.get("/v1/webhooks").json == {"items": [shown]}
    assert (shown["url"], shown["types"], shown["enabled"], shown["created_by"]) == (URL, ["comment.held"], True, "ada")
    assert (shown["waiting"], shown["parked"], shown["missed_until"]) == (0, 0, None)


def test_creating_under_an_idempotency_key_makes_one_and_gives_the_same_answer(api):
    first, second = (api.post("/v1/webhooks", {"url": URL}, Idempotency_Key="k").json for _ in range(2))
    assert first == second
    assert len(api.get("/v1/webhooks").json["items"]) == 1


def test_a_site_has_a_number_of_webhooks_at_the_most(api):
    for _ in range(MOST):
        make(api)
    answer = api.post("/v1/webhooks", {"url": URL})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:winnow:problem:too-many-webhooks")


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/", "https://localhost/", "https://ada:secret@news.example/", "https://news.example:22/",
        "https://0x7f.1/",
    ],
)  # fmt: skip
def test_a_url_that_may_never_be_delivered_to_is_422_when_made_and_when_changed(api, url):
    made = make(api)
    for answer in (api.post("/v1/webhooks", {"url": url}), api("PATCH", f"/v1/webhooks/{made['id']}", {"url": url})):
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == ["url"]


def test_what_the_operator_allowed_is_taken(redis_url, key_for, tmp_path):
    environ = {"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error", "WINNOW_WEBHOOK_NETWORKS": "10.0.0.0/8"}
    app = create_app(load_settings(environ=environ), redis_url)
    api = key_for("admin")
    api.client = app.test_client()
    assert api.post("/v1/webhooks", {"url": "http://10.1.2.3:8000/hook"}).status_code == 201
    assert api.post("/v1/webhooks", {"url": "http://192.168.0.1:8000/hook"}).status_code == 422


def test_a_webhook_is_changed_and_stopped(api):
    made = make(api, types=["comment.held"])
    path = f"/v1/webhooks/{made['id']}"
    changed = api("PATCH", path, {"url": "https://other.example/", "types": None, "enabled": False}).json
    assert (changed["url"], changed["types"], changed["enabled"]) == ("https://other.example/", None, False)
    assert api.get(path).json == changed
    assert api("PATCH", path, {"enabled": True}).json == changed | {"enabled": True}


def test_a_rotation_shows_a_new_secret_and_how_long_the_old_one_signs(api):
    made = make(api)
    path = f"/v1/webhooks/{made['id']}"
    rotated = api.post(f"{path}/rotate", Idempotency_Key="k").json
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_secret_until"] > made["created_at"]
    assert api.post(f"{path}/rotate", Idempotency_Key="k").json == rotated
    assert "secret" not in api.get(path).json


def test_a_deleted_webhook_is_gone_with_all_that_was_its(api, store):
    made = make(api)
    path = f"/v1/webhooks/{made['id']}"
    assert api.delete(path, Idempotency_Key="k").status_code == 204
    assert api.delete(path, Idempotency_Key="k").status_code == 204
    assert api.get(path).status_code == api.delete(path).status_code == 404
    assert "news.example/hooks" not in everything(store)
    assert made["secret"] not in everything(store)


def test_anothers_webhook_is_not_there(api, key_for, store):
    made = make(api)
    path, rival = f"/v1/webhooks/{made['id']}", key_for("admin", site="rival")
    before = [line for line in everything(store).splitlines() if line.startswith("{herald}") and ":rate:" not in line]
    assert rival.get("/v1/webhooks").json == {"items": []}
    for answer in (
        rival.get(path),
        rival("PATCH", path, {"enabled": False}),
        rival.delete(path),
        rival.post(f"{path}/rotate"),
        rival.get(f"{path}/parked"),
        rival.post(f"{path}/replay", {"all": True}),
    ):
        assert answer.status_code == 404
    after = [line for line in everything(store).splitlines() if line.startswith("{herald}") and ":rate:" not in line]
    assert after == before


def test_administrators_acts_are_in_the_audit_log_without_what_may_be_secret(api, store):
    made = make(api)
    path = f"/v1/webhooks/{made['id']}"
    api("PATCH", path, {"enabled": False, "url": URL + "2"})
    api.post(f"{path}/rotate")
    api.delete(path)
    done = acts(store)
    assert [one["act"] for one in done] == [
        "webhook.created", "webhook.changed", "webhook.rotated", "webhook.deleted",
    ]  # fmt: skip
    assert {(one["by"], one["on"]) for one in done} == {("ada", made["id"])}
    assert done[0]["data"] == '{"host":"news.example","types":null}'
    assert "t0ps3cret" not in str(done)
    assert made["secret"] not in str(done)


def test_every_key_of_a_webhook_is_its_sites(api, store):
    make(api)
    others = [key for key in store._client.keys("*") if "webhook" in key and not key.startswith("{herald}:")]
    assert others == []
