"""Keys that are none: throttled by address, whatever way they come, and never at the cost of who has a good one."""

import secrets

import pytest

from service.app import create_app
from service.settings import load_settings
from service.store.keys import BAD_KEYS, BAD_KEYS_WINDOW, Keys, TooManyBadKeys, network_of
from tests.coral import Coral
from tests.support import Api, everything

ELSEWHERE = {"X-Forwarded-For": "198.51.100.7"}


def exhaust(store, address="127.0.0.1"):
    """Sends as many bad keys from an address as it may."""
    for n in range(BAD_KEYS):
        Keys(store).find(f"none-{n}", lambda: address)


def test_after_so_many_bad_keys_an_address_is_told_to_wait_and_its_good_keys_go_on(app, api, store):
    guess = Api(app.test_client(), secrets.token_hex())
    for _ in range(BAD_KEYS):
        assert guess.get("/v1/model").status_code == 401
    refused = guess.get("/v1/model")
    assert (refused.status_code, refused.json["type"]) == (429, "urn:winnow:problem:bad-keys")
    assert 1 <= int(refused.headers["Retry-After"]) <= BAD_KEYS_WINDOW
    assert api.get("/v1/model").status_code == 200
    new, _ = Keys(store).create("rival", "submit", "new")  # no worker has seen it yet
    assert Api(app.test_client(), new).get("/v1/model").status_code == 200
    assert guess.get("/v1/model", **ELSEWHERE).status_code == 401


def test_another_worker_of_another_host_knows_of_it(api, store, redis_url, tmp_path):
    exhaust(store)
    environ = {"WINNOW_DATA": str(tmp_path / "other"), "WINNOW_LOG_LEVEL": "error"}
    other = create_app(load_settings(environ=environ), redis_url).test_client()
    assert Api(other, "no key").get("/v1/model").status_code == 429
    assert Api(other, api.key).get("/v1/model").status_code == 200


def test_other_services_clients_are_told_in_their_own_words(app, api, store):
    exhaust(store)
    client = app.test_client()
    comment = {"comment": {"text": "x"}, "requestedAttributes": {"TOXICITY": {}}}
    google = client.post("/v1alpha1/comments:analyze?key=none", json=comment)
    assert (google.status_code, google.json["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "not in force" in google.json["error"]["message"]
    akismet = client.post("/1.1/verify-key", data={"key": "none", "blog": "https://x.example"})
    assert (akismet.status_code, akismet.text) == (429, "Too Many Requests")
    openai = client.post("/v1/moderations", json={"input": "x"}, headers={"Authorization": "Bearer none"})
    assert (openai.status_code, openai.json["error"]["code"]) == (429, "rate_limit_exceeded")
    coral = Coral(client, ("s" * 40,)).ask("x")
    assert coral.status_code == 429
    for answer in (google, akismet, openai, coral):
        assert int(answer.headers["Retry-After"]) >= 1


def test_bad_signatures_of_coral_count_as_bad_keys(app, api):
    coral = Coral(app.test_client(), ("s" * 40,))
    assert {coral.ask("x").status_code for _ in range(BAD_KEYS)} == {401}
    assert coral.ask("x").status_code == 429


def test_over_its_limit_an_address_has_nothing_written(store):
    exhaust(store)
    before = everything(store)
    with pytest.raises(TooManyBadKeys):
        Keys(store).find("one more", lambda: "127.0.0.1")
    assert everything(store) == before
    assert "127.0.0.1" not in before
    (counter,) = store._client.keys("{winnow}:bad-keys:*")
    assert 0 < store._client.ttl(counter) <= BAD_KEYS_WINDOW


def test_a_server_that_is_full_still_tells_keys_apart(app, api, store):
    key, _ = Keys(store).create("herald", "submit", "new")
    store._client.config_set("maxmemory", 1)
    try:
        assert Keys(store).find("none", lambda: "127.0.0.1") is None
        assert Keys(store).find(key, lambda: "127.0.0.1").name == "new"
    finally:
        store._client.config_set("maxmemory", 0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("unknown", "unknown"),
    ],
)
def test_whoever_has_a_network_of_ipv6_is_one(address, network):
    assert network_of(address) == network
