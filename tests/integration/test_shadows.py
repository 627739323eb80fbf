"""A draft beside the policy: it counts what comes, exactly, and acts on nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.app import create_app
from service.settings import load_settings
from service.store.connection import Store, StoreUnavailable, connect
from service.store.shadows import Count
from tests.integration.test_policy import change, judged, set_standing
from tests.integration.test_previews import ways
from tests.support import Api, events, everything


@pytest.fixture
def parts(app):
    return app.extensions["winnow"]


def shadow(api, **changed):
    answer = api.put("/v1/policy/shadow", api.get("/v1/policy").json | changed)
    assert answer.status_code == 200, answer.json
    return answer.json


def counted(api, parts):
    parts.shadowing.count()
    return api.get("/v1/policy/shadow").json


def test_a_draft_judges_what_comes_and_changes_no_verdict(api, parts):
    judged(api, body="Gnomes before")
    begun = shadow(api, words={"block": ["gnomes"], "suspect": []})
    assert (begun["looked_at"], begun["policy"], begun["by"], begun["changes"]) == (0, 1, "ada", [])
    assert begun["draft"]["words"]["block"] == ["gnomes"]
    assert judged(api, id="c-1", body="My gnomes") == ("approve", [])
    assert judged(api, id="c-2", body="My roses") == ("approve", [])
    found = counted(api, parts)
    assert (found["looked_at"], found["unchanged"]) == (2, 1)
    assert found["changes"] == [
        {"live": "approve", "draft": "reject", "comments": 1, "examples": [{"id": "c-1", "text": "My gnomes"}]}
    ]
    assert found["reasons"] == {"blocked_word": {"live": 0, "draft": 1}}
    assert found["verdicts"] == {
        "live": {"approve": 2, "hold": 0, "reject": 0},
        "draft": {"approve": 1, "hold": 0, "reject": 1},
    }
    assert {one["type"] for one in events(api)} == {"comment.approved"}
    assert api.get("/v1/policy").json["version"] == 1


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ({"author_rate": {"limit": 2, "seconds": 60}}, 3),
        ({"author_rate": {"limit": 2, "seconds": 3600}}, 3),
        ({"author_rate": {"limit": None, "seconds": 60}}, 0),
        ({"address_rate": {"limit": 1, "seconds": 86400}}, 4),
        ({"site_rate": {"limit": 4, "seconds": 86400}}, 1),
        ({"first_time": {"hold_below": 1}}, 1),
        ({"first_time": {"hold_below": 4}}, 4),
        ({"mode": "pre"}, 5),
    ],
)
def test_a_draft_knows_what_the_policy_does_not_count(api, parts, draft, expected):
    change(api, near_copies={"hold": None, "seconds": 86400})
    shadow(api, **draft)
    for _ in range(5):
        judged(api, author={"id": "u-1", "ip": "203.0.113.9"})
        parts.shadowing.count()
    found = counted(api, parts)
    assert found["looked_at"] == 5
    assert ways(found) == ({"approve > hold": expected} if expected else {})


def test_copies_count_in_the_drafts_own_seconds_or_as_the_policy_counts_them(api, parts):
    for _ in range(3):
        judged(api, body="Buy it")
    shadow(api, repeats={"hold": 5, "seconds": 86400})
    for _ in range(2):
        judged(api, body="Buy it")
    assert ways(counted(api, parts)) == {"hold > approve": 1}
    shadow(api, repeats={"hold": 2, "seconds": 3600})
    for _ in range(3):
        judged(api, body="Sell it")
    assert ways(counted(api, parts)) == {"approve > hold": 2}


def test_near_copies_count_as_the_policy_counts_them(api, parts):
    for hold, text in (
        (None, "The mayor planted a tree on page"),
        (6, "My neighbour sings about the harvest in verse"),
    ):
        shadow(api, near_copies={"hold": hold, "seconds": 86400})
        assert [judged(api, body=f"{text} {n}")[0] for n in range(5)] == ["approve"] * 4 + ["hold"]
        assert ways(counted(api, parts)) == {"hold > approve": 1}


def test_a_draft_judges_by_the_facts_of_the_second_trip(api, parts, store):
    set_standing(store, "banned", "banned")
    set_standing(store, "trusted", "trusted")
    shadow(api, mode="pre")
    judged(api, author={"id": "banned"})
    judged(api, author={"id": "trusted"})
    found = counted(api, parts)
    assert ways(found) == {}
    assert found["verdicts"]["draft"] == {"approve": 1, "hold": 0, "reject": 1}
    assert found["reasons"] == {"author": {"live": 1, "draft": 1}, "mode": {"live": 0, "draft": 1}}


def test_it_counts_exactly_what_several_workers_take_in_at_once(api, app, parts, redis_url, tmp_path):
    other = create_app(
        load_settings(environ={"WINNOW_DATA": str(tmp_path / "b"), "WINNOW_LOG_LEVEL": "error"}), redis_url
    )
    second = other.extensions["winnow"]
    shadow(api, words={"block": [], "suspect": ["gnomes"]})
    second.shadowing.look("herald")

    workers = [(parts, app), (second, other)]

    def post(n):
        worker, serving = workers[n % 2]
        body = f"My {'gnomes' if n % 3 else 'roses'}, number {n}"
        judged(Api(serving.test_client(), api.key), id=f"c-{n}", body=body)
        if n % 7 == 0:
            worker.shadowing.count()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(post, range(60)))
    second.shadowing.count()
    found = counted(api, parts)
    assert (found["looked_at"], ways(found)) == (60, {"approve > hold": 40})
    assert found["reasons"] == {"suspect_word": {"live": 0, "draft": 40}}
    assert len(found["changes"][0]["examples"]) == 10


def test_a_repeated_post_and_an_edit_are_not_counted(api, parts):
    shadow(api, mode="pre")
    for _ in range(2):
        api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    api.put("/v1/comments/c", {"body": "Thanks again"})
    assert counted(api, parts)["looked_at"] == 1


def test_an_erased_comment_is_no_example_and_no_text_is_kept(api, parts, store):
    shadow(api, mode="pre")
    for n in range(2):
        judged(api, id=f"c-{n}", body=f"A secret thought, number {n}")
    parts.shadowing.count()
    api.delete("/v1/comments/c-1")
    found = api.get("/v1/policy/shadow").json["changes"][0]
    assert (found["comments"], [one["id"] for one in found["examples"]]) == (2, ["c-0"])
    assert not [line for line in everything(store).splitlines() if "secret" in line and ":shadow" in line]


def test_a_new_version_of_the_policy_begins_the_counts_anew(api, parts):
    shadow(api, words={"block": [], "suspect": ["gnomes"]})
    judged(api, body="My gnomes")
    assert ways(counted(api, parts)) == {"approve > hold": 1}
    change(api, mode="pre")
    judged(api, body="My gnomes again")
    judged(api, body="My roses")
    found = counted(api, parts)
    assert (found["policy"], found["looked_at"], ways(found)) == (2, 2, {"hold > approve": 1})
    assert found["started_at"] <= found["since"]


def test_the_same_draft_again_goes_on_counting_and_another_begins_anew(api, parts):
    shadow(api, mode="pre")
    judged(api)
    assert counted(api, parts)["looked_at"] == 1
    assert shadow(api, mode="pre")["looked_at"] == 1
    assert shadow(api, mode="pre", audit_share=0.5)["looked_at"] == 0


def test_it_ends_when_it_is_ended_and_leaves_nothing(api, parts, store):
    assert api.delete("/v1/policy/shadow").status_code == 204
    shadow(api, mode="pre", author_rate={"limit": 5, "seconds": 30})
    judged(api, author={"id": "u"})
    parts.shadowing.count()
    judged(api)
    assert api.delete("/v1/policy/shadow").status_code == 204
    parts.shadowing.count()
    assert api.get("/v1/policy/shadow").status_code == 404
    left = list(store._client.scan_iter("{herald}:shadow*"))
    assert all(store._client.ttl(key) > 0 for key in left)
    assert not [key for key in left if "counts" in key or "examples" in key]
    judged(api)
    assert not parts.shadowing.watches("herald")


def test_everything_of_it_ends_by_itself_after_thirty_days(api, parts, store):
    shadow(api, mode="pre", repeats={"hold": 9, "seconds": 70})
    judged(api, author={"id": "u"})
    parts.shadowing.count()
    keys = list(store._client.scan_iter("{herald}:shadow*"))
    assert len(keys) >= 5
    assert all(0 < store._client.ttl(key) <= 30 * 86400 for key in keys)
    store._client.delete("{herald}:shadow")
    parts.shadowing.look()
    assert not parts.shadowing.watches("herald")


def test_what_could_not_be_counted_is_counted_once_later(api, parts):
    shadow(api, mode="pre")
    judged(api)
    parts.store._resting_until = float("inf")
    with pytest.raises(StoreUnavailable):
        parts.shadowing.count()
    parts.store._resting_until = 0.0
    judged(api)
    assert counted(api, parts)["looked_at"] == 2
    assert counted(api, parts)["looked_at"] == 2


def test_a_post_is_answered_though_what_waits_cannot_be_counted(api, parts, monkeypatch):
    monkeypatch.setattr("service.shadowing.WAITING_AT_MOST", 2)
    shadow(api, mode="pre")
    judged(api)

    def away(*_):
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(parts.shadows, "count", away)
        assert judged(api) == ("approve", [])
        assert api.get("/v1/policy/shadow").json["looked_at"] == 0
    judged(api)
    judged(api)
    assert api.get("/v1/policy/shadow").json["looked_at"] == 4


def test_a_worker_that_begins_learns_of_every_site_with_a_draft(api, parts, redis_url, tmp_path):
    shadow(api, mode="pre")
    environ = {"WINNOW_DATA": str(tmp_path / "b"), "WINNOW_LOG_LEVEL": "error"}
    fresh = create_app(load_settings(environ=environ), redis_url).extensions["winnow"]
    fresh.shadowing.look("herald", "rival")
    assert fresh.shadowing.watches("herald")
    assert not fresh.shadowing.watches("rival")


def test_a_count_that_is_sent_twice_counts_once_and_a_strangers_not_at_all(api, parts):
    shadow(api, mode="pre")
    judged(api)
    parts.shadowing.count()
    token = parts.shadows.get("herald").token
    more = Count(token, "op-1", 1, {"approve>hold": 5}, [(("approve", "hold"), "gone")])
    for one in (more, more, Count("another", "op-2", 1, {"approve>hold": 5}, ())):
        parts.shadows.count("herald", one)
    assert ways(api.get("/v1/policy/shadow").json) == {"approve > hold": 6}


def test_a_draft_of_what_comes_after_another_version_is_409(api):
    policy = api.get("/v1/policy").json
    change(api, mode="pre")
    assert api.put("/v1/policy/shadow", policy).json["type"] == "urn:winnow:problem:stale-policy"


def test_another_worker_learns_of_it_by_looking(api, parts, redis_url):
    judged(api)
    assert not parts.shadowing.watches("herald")
    Store(connect(redis_url))._client.hset("{herald}:shadow", mapping={
        "token": "t", "policy": "{\"thresholds\": {}, \"mode\": \"pre\"}", "by": "bea", "started": 1, "since": 1, "ends": 2**42, "live": 1,
    })  # fmt: skip
    parts.shadowing.look()
    judged(api)
    assert ways(counted(api, parts)) == {"approve > hold": 1}
