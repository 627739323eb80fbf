"""Retention as the policy says, addresses that go before their comments, and labels that would go unexported."""

import pytest

from service.commands.doctor import _labels
from service.commands.export import decided
from service.store.labels import Labels
from service.store.retention import PERSONAL, Retention
from tests.integration.test_retention import DAY_MS, age, age_decision, await_rewrite, do, listed
from tests.support import everything, hold_everything

PERSON = {"id": "u-1", "name": "Ada", "email": "ada@particular.example", "ip": "203.0.113.77", "user_agent": "Odd/1.0"}
TRACES = ("particular", "203.0.113.77", "Odd/1.0")


def keep(api, **days):
    policy = api.get("/v1/policy").json
    answer = api.put("/v1/policy", policy | {"retention": policy["retention"] | days})
    assert answer.status_code == 200, answer.json


def post(api, comment_id, author=PERSON, body="Thanks"):
    return api.post(
        "/v1/comments", {"id": comment_id, "body": f"{body} ({comment_id})", "language": "en", "author": author}
    )


def traces(store):
    kept = everything(store)
    return [trace for trace in TRACES if trace in kept]


def test_the_policy_says_how_long_comments_stay(api, store):
    keep(api, approved_days=3)
    for comment_id, days in (("old", 3.1), ("young", 2.9)):
        post(api, comment_id)
        age(store, comment_id, days)
    assert do(store, "retention") == 1
    assert listed(api) == ["young"]


def test_addresses_go_after_their_days_from_every_status_and_from_what_edits_replaced(api, store):
    hold_everything(api)
    for comment_id in ("approved", "rejected", "pending"):
        post(api, comment_id)
    api.put("/v1/comments/pending", {"body": "Edited", "author": PERSON})
    api.post("/v1/comments/approved/decision", {"action": "approve", "note": "fine"})
    api.post("/v1/comments/rejected/decision", {"action": "reject"})
    for comment_id in ("approved", "rejected", "pending"):
        age(store, comment_id, 30.1)
    before = {one: api.get(f"/v1/comments/{one}").json for one in ("approved", "rejected", "pending")}
    assert traces(store) == list(TRACES)
    assert do(store, "personal") == 3
    assert traces(store) == []
    for one, was in before.items():
        assert api.get(f"/v1/comments/{one}").json == was | {"author": was["author"] | dict.fromkeys(PERSONAL)}
    assert do(store, "personal") == 0


def test_addresses_stay_until_their_days_are_over(api, store):
    post(api, "c-1")
    age(store, "c-1", 29.9)
    assert do(store, "personal") == 0
    assert traces(store) == list(TRACES)
    keep(api, personal_days=20)
    assert do(store, "personal") == 1
    assert traces(store) == []


def test_an_edit_that_brings_an_address_back_loses_it_again(api, store):
    post(api, "c-1")
    age(store, "c-1", 31)
    do(store, "personal")
    api.put("/v1/comments/c-1", {"body": "Edited", "author": PERSON})
    assert traces(store) == list(TRACES)
    assert do(store, "personal") == 1
    assert traces(store) == []


def test_an_edit_in_between_is_not_overwritten(api, store):
    post(api, "c-1")
    age(store, "c-1", 31)
    calls = Retention(store)._redactions("herald", ["c-1"])
    api.put("/v1/comments/c-1", {"body": "Edited", "author": PERSON})
    assert store.run_all("redact", "herald", calls) == [0]
    assert api.get("/v1/comments/c-1").json["body"] == "Edited"
    calls = Retention(store)._redactions("herald", ["c-1"])
    assert store.run_all("redact", "herald", calls * 2) == [1, 1], "twice is as once"
    assert traces(store) == []


def test_a_post_that_is_repeated_after_that_is_no_second_comment(api, store):
    post(api, "c-1")
    age(store, "c-1", 31)
    do(store, "personal")
    assert post(api, "c-1").status_code == 409
    assert listed(api) == ["c-1"]


def test_more_comments_than_a_page_are_looked_at(api, store, monkeypatch):
    monkeypatch.setattr("service.store.retention.PAGE", 7)
    comments = [{"id": f"p-{n}", "body": f"Number {n}", "author": PERSON} for n in range(20)]
    api.post("/v1/comments/batch", {"comments": comments})
    for one in comments:
        age(store, one["id"], 31)
    assert do(store, "personal") == 20
    assert traces(store) == []


def test_what_went_by_itself_leaves_the_append_only_file_once_a_day(api, store):
    await_rewrite(store)
    for comment_id in ("c-1", "c-2"):
        post(api, comment_id)
    age(store, "c-1", 8)
    do(store, "retention")
    assert Retention(store).rewrite_after_erasures("herald")
    await_rewrite(store)
    age(store, "c-2", 8)
    assert do(store, "retention") == 1
    assert not Retention(store).rewrite_after_erasures("herald")
    store._client.set("{herald}:rewritten", 1)
    post(api, "c-3")
    age(store, "c-3", 8)
    do(store, "retention")
    assert Retention(store).rewrite_after_erasures("herald")


@pytest.fixture
def soon(api, store):
    """Two decisions, one of which goes within a week."""
    hold_everything(api)
    for comment_id in ("soon", "later"):
        post(api, comment_id)
        api.post(f"/v1/comments/{comment_id}/decision", {"action": "approve"})
    age_decision(store, "soon", 176)
    return api


def expiring(store):
    return Labels(store).expiring({"herald": 183})["herald"]


def test_labels_that_go_soon_are_told_of_until_they_were_exported(soon, store, metrics):
    assert expiring(store) == 1
    assert "winnow_labels_expiring 1.0" in metrics()
    assert [(part, ok) for part, ok, _ in _labels(store)] == [("labels", True)]
    now = store._client.time()[0] * 1000
    Labels(store).exported("herald", now - DAY_MS, now)
    assert expiring(store) == 1, "an export since yesterday has a gap before it"
    Labels(store).exported("herald", 0, now)
    assert expiring(store) == 0
    assert "winnow_labels_expiring 0.0" in metrics()
    assert list(_labels(store)) == []
    assert len(list(decided(store, "herald", 0))) == 2
