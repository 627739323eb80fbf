import threading
import time

import pytest

from tests.support import events, hold_everything


@pytest.fixture
def held(api):
    """Ten pending comments, `h-0` the oldest."""
    hold_everything(api)
    for n in range(10):
        body = {
            "id": f"h-{n}",
            "body": f"Held number {n}",
            "author": {"id": f"u-{n % 3}"},
            "article": {"section": "news"},
        }
        api.post("/v1/comments", body)
    return [f"h-{n}" for n in range(10)]


@pytest.fixture
def bob(key_for):
    return key_for("moderate", name="bob")


def claim(api, **wanted):
    answer = api.post("/v1/queue/claims", wanted)
    assert answer.status_code == 201, answer.json
    return answer.json


def ids(items):
    return [one["id"] for one in items]


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


@pytest.mark.parametrize("order", ["priority", "oldest"])
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


def expire(store, claimed):
    """Lets a claim's leases run out now, as if the time had passed."""
    past = {one["id"]: 1 for one in claimed["items"]}
    store._client.zadd("{herald}:leases", past)


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
    batch = [
        {"id": f"m-{n}", "body": f"Many {n}", "language": "en", "article": {"section": "news"}} for n in range(1000)
    ]
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


def test_the_first_decision_stands_and_the_second_moderator_is_told(api, bob, held):
    assert api.post("/v1/comments/h-0/decision", {"action": "approve"}).json == {"id": "h-0", "status": "approved"}
    second = bob.post("/v1/comments/h-0/decision", {"action": "reject"})
    assert second.status_code == 409
    assert second.json["decision"] == {"by": "ada", "action": "approve"}
    assert bob.post("/v1/comments/h-0/decision", {"action": "reject", "override": True}).json["status"] == "rejected"
    assert api.get("/v1/comments/h-0").json["status"] == "rejected"


def test_the_same_decision_again_is_fine_and_makes_no_second_event(api, held):
    for _ in range(3):
        assert api.post("/v1/comments/h-0/decision", {"action": "reject", "labels": ["spam"]}).status_code == 200
    assert [event["type"] for event in events(api)[10:]] == ["decision.made", "comment.rejected"]
    assert len(api.get("/v1/comments/h-0").json["history"]) == 1


def test_what_somebody_else_has_claimed_is_theirs_to_decide(api, bob, held):
    claim(bob, limit=1)
    answer = api.post("/v1/comments/h-0/decision", {"action": "approve"})
    assert (answer.status_code, answer.json["claimed_by"]) == (409, "bob")
    assert bob.post("/v1/comments/h-0/decision", {"action": "approve"}).status_code == 200


def test_a_decision_on_an_older_revision_is_refused(api, held):
    api.put("/v1/comments/h-0", {"body": "Held, and edited"})
    old = api.post("/v1/comments/h-0/decision", {"action": "approve", "revision": 1})
    assert (old.status_code, old.json["revision"]) == (409, 2)
    assert api.post("/v1/comments/h-0/decision", {"action": "approve", "revision": 2}).status_code == 200


def test_a_moderator_may_reject_what_the_machine_approved(api):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    assert (
        api.post("/v1/comments/c/decision", {"action": "reject", "labels": ["off_topic"]}).json["status"] == "rejected"
    )
    assert [event["type"] for event in events(api)] == ["comment.approved", "decision.made", "comment.rejected"]


def test_repeating_an_override_changes_nothing(api, bob, held):
    api.post("/v1/comments/h-0/decision", {"action": "approve"})
    for _ in range(2):
        bob.post("/v1/comments/h-0/decision", {"action": "reject", "override": True})
    assert bob.delete("/v1/comments/h-0/decision").json["status"] == "approved"


def test_an_undo_does_not_reach_back_over_an_edit(api):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    api.post("/v1/comments/c/decision", {"action": "escalate"})
    api.put("/v1/comments/c", {"body": "You stupid, worthless idiot"})
    answer = api.delete("/v1/comments/c/decision")
    assert (answer.status_code, answer.json["revision"]) == (409, 2)
    assert api.get("/v1/comments/c").json["status"] == "pending"


def test_a_decision_after_many_leases_ran_out_can_be_undone_into_the_ready_queue(api, bob, held, store):
    mine = claim(api, limit=1)
    expire(store, mine)
    store._client.zadd("{herald}:leases", {f"none-{n:04}": 0 for n in range(1000)})
    bob.post("/v1/comments/h-0/decision", {"action": "approve"})
    bob.delete("/v1/comments/h-0/decision")
    store._client.delete("{herald}:leases")
    assert ids(claim(bob, limit=10)["items"]) == held


def test_two_moderators_behind_one_key_never_share_a_claim(key_for, api, held):
    desk = key_for("moderate", name="desk", delegate=True)
    first, second = (
        desk.post("/v1/queue/claims", {"limit": 2}, Idempotency_Key="k", X_Moderator=name).json
        for name in ("ada", "bob")
    )
    assert first["claim"] != second["claim"]
    assert ids(first["items"]) + ids(second["items"]) == held[:4]


def test_notes_between_moderators_are_not_for_submit_keys(api, key_for, held):
    api.post("/v1/comments/h-0/decision", {"action": "reject", "note": "between us"})
    assert api.get("/v1/comments/h-0").json["history"][0]["note"] == "between us"
    assert "note" not in key_for("submit").get("/v1/comments/h-0").json["history"][0]


def test_escalating_takes_a_comment_out_of_the_ordinary_queue_and_leaves_it_pending(api, bob, held):
    assert bob.post("/v1/comments/h-3/decision", {"action": "escalate"}).json["status"] == "pending"
    assert "h-3" not in ids(claim(bob, limit=10)["items"])
    counts = api.get("/v1/queue/counts").json
    assert (counts["pending"], counts["escalated"]) == (10, 1)
    (item,) = claim(api, escalated=True)["items"]
    assert (item["id"], item["escalated_by"]) == ("h-3", "bob")
    assert api.post("/v1/comments/h-3/decision", {"action": "approve"}).status_code == 200


def test_an_escalation_ends_with_the_decision_on_it_whatever_happens_next(api, bob, held):
    api.post("/v1/comments/h-3/decision", {"action": "escalate"})
    bob.post("/v1/comments/h-3/decision", {"action": "approve"})
    api.put("/v1/comments/h-3", {"body": "Edited, and held again"})
    assert api.delete("/v1/comments/h-3/decision").status_code == 409
    assert api.get("/v1/queue/counts").json["escalated"] == 0
    api.post("/v1/comments/h-3/decision", {"action": "escalate"})
    assert api.get("/v1/queue/counts").json["escalated"] == 1


def test_an_edit_while_escalated_stays_escalated(api, held):
    api.post("/v1/comments/h-3/decision", {"action": "escalate"})
    api.put("/v1/comments/h-3", {"body": "Edited meanwhile", "article": {"section": "sport"}})
    assert ids(api.get("/v1/queue?escalated=true&section=sport").json["items"]) == ["h-3"]
    assert "h-3" not in ids(api.get("/v1/queue").json["items"])


def test_escalated_comments_are_narrowed_like_others(api, held):
    for one in held[:2]:
        api.post(f"/v1/comments/{one}/decision", {"action": "escalate"})
    assert ids(api.get("/v1/queue?escalated=true").json["items"]) == held[:2]
    assert ids(api.get("/v1/queue?escalated=true&section=nowhere").json["items"]) == []
    assert ids(claim(api, escalated=True, reason="mode", section="news")["items"]) == held[:2]
    assert api.get("/v1/queue/counts").json["by_reason"] == {"mode": 10}


def test_corrected_labels_take_the_place_of_the_first(api, held):
    api.post("/v1/comments/h-0/decision", {"action": "reject", "labels": ["spam"]})
    api.post("/v1/comments/h-0/decision", {"action": "reject", "labels": ["insult"]})
    api.post("/v1/comments/h-0/decision", {"action": "reject", "labels": ["insult"]})
    history = api.get("/v1/comments/h-0").json["history"]
    assert [entry["labels"] for entry in history] == [["spam"], ["insult"]]
    assert [event["type"] for event in events(api)[10:]] == ["decision.made", "comment.rejected", "decision.made"]
    api.delete("/v1/comments/h-0/decision")
    assert api.get("/v1/comments/h-0").json["status"] == "rejected"


def test_an_undo_under_an_idempotency_key_takes_back_one_decision(api, held):
    api.post("/v1/comments/h-0/decision", {"action": "approve"})
    api.post("/v1/comments/h-0/decision", {"action": "reject", "override": True})
    for _ in range(2):
        undone = api.delete("/v1/comments/h-0/decision", Idempotency_Key="u")
        assert undone.json == {"id": "h-0", "status": "approved"}


def test_undo_restores_status_place_and_counts_exactly(api, held, store):
    before = snapshot(store)
    api.post("/v1/comments/h-4/decision", {"action": "reject", "labels": ["insult"]})
    assert api.delete("/v1/comments/h-4/decision").json == {"id": "h-4", "status": "pending"}
    assert snapshot(store) == before
    assert ids(api.get("/v1/queue").json["items"]) == held


def test_undoing_an_override_brings_the_first_decision_back(api, bob, held):
    api.post("/v1/comments/h-4/decision", {"action": "approve"})
    bob.post("/v1/comments/h-4/decision", {"action": "reject", "override": True})
    assert bob.delete("/v1/comments/h-4/decision").json["status"] == "approved"
    assert bob.delete("/v1/comments/h-4/decision").status_code == 409
    assert api.delete("/v1/comments/h-4/decision").json["status"] == "pending"
    assert api.delete("/v1/comments/h-4/decision").status_code == 409


def test_undoing_an_escalation_brings_the_comment_back_to_its_place(api, held):
    api.post("/v1/comments/h-2/decision", {"action": "escalate"})
    api.delete("/v1/comments/h-2/decision")
    assert ids(api.get("/v1/queue").json["items"]) == held
    assert api.get("/v1/queue/counts").json["escalated"] == 0


def snapshot(store):
    """Where every comment stands: queue, lists, authors' counts."""
    client = store._client
    keys = sorted(key for key in client.scan_iter() if any(part in key for part in (":queue:", ":list:", ":leases")))
    authors = sorted(client.scan_iter("*:author:u-*", _type="hash"))
    return [(key, client.zrange(key, 0, -1, withscores=True)) for key in keys] + [
        client.hgetall(key) for key in authors
    ]


def test_bulk_decisions_stand_or_are_refused_each_by_itself(api, bob, held):
    bob.post("/v1/comments/h-1/decision", {"action": "approve"})
    decisions = [
        {"id": one, "action": "reject", "labels": ["spam", "spam"]} for one in ("h-0", "h-1", "nowhere", "h-2")
    ]
    results = api.post("/v1/decisions", {"decisions": decisions}).json["results"]
    assert [one["status"] for one in results] == ["rejected", 409, 404, "rejected"]
    assert [one["id"] for one in results] == ["h-0", "h-1", "nowhere", "h-2"]
    assert api.get("/v1/comments/h-0").json["history"][0]["labels"] == ["spam"]


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


def test_of_racing_decisions_exactly_one_stands(api, key_for, held):
    statuses, threads = [], []
    for n in range(8):
        one = key_for("moderate", name=f"m-{n}")
        action = "approve" if n % 2 else "reject"
        threads.append(
            threading.Thread(
                target=lambda one=one, action=action: statuses.append(
                    one.post("/v1/comments/h-0/decision", {"action": action}).status_code
                )
            )
        )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7
    assert [event["type"] for event in events(api)].count("decision.made") == 1


def test_a_delegates_key_speaks_for_the_moderator_it_names(key_for, api, held):
    desk = key_for("moderate", name="desk", delegate=True)
    desk.post("/v1/comments/h-0/decision", {"action": "approve"}, X_Moderator="José".encode().decode("latin-1"))
    assert api.get("/v1/comments/h-0").json["history"][0]["by"] == "José"
    plain = key_for("moderate", name="plain")
    plain.post("/v1/comments/h-1/decision", {"action": "approve"}, X_Moderator="grace")
    assert api.get("/v1/comments/h-1").json["history"][0]["by"] == "plain"


def test_decisions_under_an_idempotency_key_take_effect_once(api, held):
    said = {"action": "reject", "note": "twice"}
    first = api.post("/v1/comments/h-0/decision", said, Idempotency_Key="d")
    api.delete("/v1/comments/h-0/decision")
    again = api.post("/v1/comments/h-0/decision", said, Idempotency_Key="d")
    assert (first.json, again.json) == ({"id": "h-0", "status": "rejected"}, {"id": "h-0", "status": "rejected"})
    assert api.get("/v1/comments/h-0").json["status"] == "pending"


def test_events_are_followed_in_order_and_waited_for(api, held):
    first = api.get("/v1/events?limit=4").json
    assert [event["comment_id"] for event in first["items"]] == held[:4]
    rest = api.get(f"/v1/events?after={first['next_cursor']}").json
    assert [event["comment_id"] for event in rest["items"]] == held[4:]
    cursor = rest["next_cursor"]
    assert api.get(f"/v1/events?after={cursor}").json == {"items": [], "next_cursor": cursor}
    threading.Timer(0.3, lambda: api.post("/v1/comments/h-0/decision", {"action": "approve"})).start()
    began = time.monotonic()
    waited = api.get(f"/v1/events?after={cursor}&wait=20").json
    assert waited["items"][0]["type"] == "decision.made"
    assert time.monotonic() - began < 15


def test_an_event_never_carries_what_a_reader_wrote(api, held):
    api.post("/v1/comments/h-0/decision", {"action": "reject", "note": "private words"})
    assert all(event["data"]["revision"] == 1 for event in events(api))
    told = repr(events(api))
    assert "Held number" not in told
    assert "private words" not in told
    assert "u-0" not in told


def test_a_cursor_behind_what_is_kept_is_gone(api, held, app):
    listed = events(api)
    kept = app.extensions["winnow"].events
    last = listed[-1]["id"]
    assert kept.drop_before("herald", int(last.split("-")[0]) + 1) == 10
    assert api.get(f"/v1/events?after={listed[0]['id']}").status_code == 410
    assert api.get(f"/v1/events?after={last}").json["items"] == []
    assert api.get("/v1/events").json["items"] == []
