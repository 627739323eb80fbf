"""A server's clock that is set back makes nothing endless: what lasted longer than it may is taken for over."""

from tests.support import claim, hold_everything

HOUR = 3_600_000


def test_a_lease_that_a_clock_set_back_has_made_longer_than_any_is_over(api, key_for, store):
    hold_everything(api)
    api.post("/v1/comments", {"id": "c-1", "body": "Thanks"})
    other = key_for("moderate", name="bob")
    claimed = claim(api, lease_seconds=3600)
    decision = {"action": "approve"}
    assert other.post("/v1/comments/c-1/decision", decision).status_code == 409
    store._client.zincrby("{herald}:leases", HOUR, "c-1")
    assert other.post("/v1/queue/claims", {}).json["items"][0]["id"] == "c-1"
    late = api.post("/v1/comments/c-1/decision", decision | {"claim": claimed["claim"]})
    assert late.status_code == 409
    assert other.post("/v1/comments/c-1/decision", decision).status_code == 200


def test_attempts_to_sign_in_that_a_clock_set_back_would_count_for_an_hour_are_forgotten(store):
    for _ in range(3):
        waits = store.run("try_sign_in", "winnow", 900, "digest", 2)
    assert waits > 0
    store._client.expire("{winnow}:sign-in:digest", 900 + 3600)
    assert store.run("try_sign_in", "winnow", 900, "digest", 2) == 0


def test_a_request_that_a_clock_set_back_would_have_running_for_an_hour_may_be_made_again(store):
    asked = ("herald", "", 0, "once", "digest", 60)
    assert store.run("guard", *asked, "one")[2] == "new"
    assert store.run("guard", *asked, "two")[2] == "running"
    store._client.expire("{herald}:once:once", 60 + 3600)
    assert store.run("guard", *asked, "three")[2] == "new"


def test_bad_keys_that_a_clock_set_back_would_count_for_a_day_are_forgotten(store):
    bad = ("winnow", "no key", "address", 1, 60)
    store.run("find_key", *bad)
    assert store.run("find_key", *bad)[2] > 0
    store._client.expire("{winnow}:bad-keys:address", 60 + 86_400)
    assert store.run("find_key", *bad)[2] == 0
