"""The queue: what is seen of it, claims and their leases, its figures."""

import threading

import pytest

from tests.support import claim, expire, hold_everything, ids


def test_the_queue_shows_what_a_moderator_needs(api):
    hold_everything(api)
    api.post("/v1/comments", {"id": "parent", "body": "The first word"})
    body = "You are a stupid, worthless idiot"
    api.post(
        "/v1/comments", {"id": "child", "body": body, "parent_id": "parent", "author": {"id": "u-1", "name": "Eve"}}
    )
    (item,) = [one for one in api.get("/v1/queue").json["items"] if one["id"] == "child"]
    assert item["body"] == body
    assert item["parent"] == {"id": "parent", "body": "The first word", "status": "pending"}
    assert item["author_comments"] == {"approved": 0, "pending": 1, "rejected": 0}
    assert {reason["code"] for reason in item["reasons"]} >= {"score", "mode"}
    assert any("idiot" in body[span["start"] : span["end"]] for span in item["spans"])
    assert (item["history"], item["claimed_by"], item["escalated_by"]) == ([], None, None)


def test_the_worse_comes_first_and_the_older_on_demand(api):
    api.post(
        "/v1/comments",
        {"id": "mild", "body": "Tämä on aivan tavallinen suomenkielinen kommentti uutisesta ja satamasta."},
    )
    api.post("/v1/comments", {"id": "worse", "body": "You are a stupid, worthless idiot and a disgusting moron."})
    assert ids(api.get("/v1/queue").json["items"]) == ["worse", "mild"]
    assert ids(api.get("/v1/queue?order=oldest").json["items"]) == ["mild", "worse"]


@pytest.mark.parametrize("order", ["priority", "oldest", "informative"])
def test_pages_of_the_queue_have_no_gaps_or_repeats(api, held, order):
    claim(api, limit=2)
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/queue?order={order}&limit=3{'&cursor=' + cursor if cursor else ''}").json
        seen += ids(page["items"])
        cursor = page["next_cursor"]
    assert sorted(seen) == held


def test_a_claim_is_one_moderators_until_it_is_given_back(api, bob, held):
    mine, theirs = claim(api, limit=6), claim(bob, limit=6)
    assert ids(mine["items"]) == held[:6]
    assert ids(theirs["items"]) == held[6:]
    assert claim(bob, limit=6)["items"] == []
    assert api.delete(f"/v1/queue/claims/{mine['claim']}").status_code == 204
    assert ids(claim(bob, limit=6)["items"]) == held[:6]


def test_skipping_gives_one_comment_back(api, bob, held):
    mine = claim(api, limit=10)
    assert api.delete(f"/v1/queue/claims/{mine['claim']}/items/h-4").status_code == 204
    assert api.delete(f"/v1/queue/claims/{mine['claim']}/items/h-4").status_code == 204
    assert api.delete(f"/v1/queue/claims/{mine['claim']}/items/never").status_code == 404
    assert ids(claim(bob, limit=10)["items"]) == ["h-4"]


def test_nobody_renews_or_gives_back_anothers_claim(api, bob, held):
    mine = claim(api, limit=10)["claim"]
    assert bob.delete(f"/v1/queue/claims/{mine}").status_code == 404
    assert bob("PATCH", f"/v1/queue/claims/{mine}", {"lease_seconds": 60}).status_code == 404
    assert bob.delete(f"/v1/queue/claims/{mine}/items/h-1").status_code == 404
    assert claim(bob)["items"] == []


def test_a_lease_that_ran_out_gives_the_comments_to_others_in_their_old_place(api, bob, held, store):
    mine = claim(api, limit=3, lease_seconds=5)
    expire(store, mine)
    assert ids(claim(bob, limit=10)["items"]) == held
    assert api("PATCH", f"/v1/queue/claims/{mine['claim']}", {}).status_code == 409
    late = api.post("/v1/comments/h-0/decision", {"action": "approve", "claim": mine["claim"]})
    assert (late.status_code, late.json["type"]) == (409, "urn:winnow:problem:lapsed")


def test_renewing_moves_the_end_of_the_lease(api, held):
    mine = claim(api, limit=2, lease_seconds=5)
    renewed = api("PATCH", f"/v1/queue/claims/{mine['claim']}", {"lease_seconds": 3600}).json
    assert renewed["expires_at"] > mine["expires_at"]
    assert renewed["ids"] == held[:2]


def test_a_repeated_claim_under_one_idempotency_key_is_one_claim(api, held):
    first = api.post("/v1/queue/claims", {"limit": 2}, Idempotency_Key="k").json
    again = api.post("/v1/queue/claims", {"limit": 2}, Idempotency_Key="k").json
    assert (again["claim"], ids(again["items"])) == (first["claim"], held[:2])
    assert api.get("/v1/queue/counts").json["claimed"] == 2
    assert api.post("/v1/queue/claims", {"limit": 3}, Idempotency_Key="k").status_code == 422


def test_claims_are_narrowed_by_facet_and_age(api, held):
    api.post("/v1/comments", {"id": "sport", "body": "Goal", "article": {"section": "sport"}})
    assert ids(claim(api, section="sport")["items"]) == ["sport"]
    assert claim(api, section="nowhere")["items"] == []
    assert claim(api, attribute="threat")["items"] == []
    assert claim(api, older_than="2020-01-01T00:00:00Z")["items"] == []
    assert ids(claim(api, reason="mode", section="news", language="en", limit=2)["items"]) == held[:2]


def test_a_time_beyond_all_times_claims_no_more_than_there_is(api, bob, held):
    beyond = "9999-12-31T00:00:00Z"
    assert ids(claim(api, limit=4, older_than=beyond)["items"]) == held[:4]
    assert ids(claim(bob, limit=10, older_than=beyond, order="oldest")["items"]) == held[4:]
    assert claim(bob, limit=10, older_than=beyond, order="oldest")["items"] == []


def test_a_match_behind_many_that_do_not_match_is_found(api, app):
    hold_everything(api, repeats={"hold": None, "seconds": 60})
    batch = [{"id": f"m-{n}", "body": "Many", "language": "en", "article": {"section": "news"}} for n in range(1000)]
    for start in range(11):
        rows = [one | {"id": f"m-{start}-{one['id']}"} for one in batch]
        assert api.post("/v1/comments/batch", {"comments": rows}).status_code == 200
    sport = [one | {"id": f"s-{one['id']}", "article": {"section": "sport"}} for one in batch]
    for start in range(11):
        api.post(
            "/v1/comments/batch", {"comments": [one | {"id": f"{start}{one['id']}", "language": "de"} for one in sport]}
        )
    api.post("/v1/comments", {"id": "needle", "body": "Needle", "language": "de", "article": {"section": "news"}})
    assert ids(api.get("/v1/queue?section=news&reason=mode&limit=1").json["items"]) == ["m-0-m-0"]
    assert ids(claim(api, section="news", language="de")["items"]) == ["needle"]


def test_two_moderators_behind_one_key_never_share_a_claim(key_for, api, held):
    desk = key_for("moderate", name="desk", delegate=True)
    first, second = (
        desk.post("/v1/queue/claims", {"limit": 2}, Idempotency_Key="k", X_Moderator=name).json
        for name in ("ada", "bob")
    )
    assert first["claim"] != second["claim"]
    assert ids(first["items"]) + ids(second["items"]) == held[:4]


def test_escalated_comments_are_narrowed_like_others(api, held):
    for one in held[:2]:
        api.post(f"/v1/comments/{one}/decision", {"action": "escalate"})
    assert ids(api.get("/v1/queue?escalated=true").json["items"]) == held[:2]
    assert ids(api.get("/v1/queue?escalated=true&section=nowhere").json["items"]) == []
    assert ids(claim(api, escalated=True, reason="mode", section="news")["items"]) == held[:2]
    assert api.get("/v1/queue/counts").json["by_reason"] == {"mode": 10}


def test_counts_add_up(api, bob, held):
    claim(api, limit=3)
    api.post("/v1/comments/h-0/decision", {"action": "approve"})
    counts = api.get("/v1/queue/counts").json
    assert (counts["pending"], counts["claimed"], counts["by_reason"]) == (9, 2, {"mode": 9})
    assert counts["oldest_seconds"] >= 0
    assert counts["time_to_claim"]["median"] >= 0
    assert counts["time_to_decision"]["p95"] >= 0


def test_an_empty_queue_has_no_oldest_and_no_times(api):
    counts = api.get("/v1/queue/counts").json
    assert (counts["pending"], counts["claimed"], counts["oldest_seconds"]) == (0, 0, None)
    assert counts["time_to_decision"] == {"median": None, "p95": None}


def test_racing_moderators_never_hold_the_same_comment(key_for, held):
    claims, threads = [], []
    for n in range(8):
        one = key_for("moderate", name=f"m-{n}")
        threads.append(threading.Thread(target=lambda one=one: claims.append(claim(one, limit=3))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [one for each in claims for one in ids(each["items"])]
    assert sorted(got) == held
