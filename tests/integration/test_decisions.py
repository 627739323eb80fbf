"""Decisions: which stands, escalation, undo, and who may see what was said."""

import threading

from tests.support import claim, events, expire, ids


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


def test_only_an_admin_claims_and_decides_what_was_escalated(api, bob, key_for, held):
    bob.post("/v1/comments/h-3/decision", {"action": "escalate"})
    answer = bob.post("/v1/queue/claims", {"escalated": True})
    assert (answer.status_code, answer.json["type"]) == (403, "urn:winnow:problem:escalated")
    for said in ({"action": "approve"}, {"action": "reject", "override": True}):
        answer = bob.post("/v1/comments/h-3/decision", said)
        assert (answer.status_code, answer.json["type"]) == (403, "urn:winnow:problem:escalated")
    results = bob.post("/v1/decisions", {"decisions": [{"id": "h-3", "action": "approve"}]}).json["results"]
    assert results[0]["status"] == 403
    assert bob.post("/v1/comments/h-3/decision", {"action": "escalate"}).status_code == 200
    assert ids(bob.get("/v1/queue?escalated=true").json["items"]) == ["h-3"]
    chief = key_for("admin", name="desk", delegate=True)
    answer = chief.post("/v1/comments/h-3/decision", {"action": "approve"}, X_Moderator="grace")
    assert answer.json["status"] == "approved"


def test_who_escalated_may_take_it_back(api, bob, key_for, held):
    bob.post("/v1/comments/h-3/decision", {"action": "escalate"})
    assert key_for("moderate", name="cyd").delete("/v1/comments/h-3/decision").status_code == 409
    assert bob.delete("/v1/comments/h-3/decision").json["status"] == "pending"
    assert bob.post("/v1/comments/h-3/decision", {"action": "approve"}).status_code == 200


def test_an_escalation_ends_with_the_decision_on_it_whatever_happens_next(api, bob, held):
    bob.post("/v1/comments/h-3/decision", {"action": "escalate"})
    api.post("/v1/comments/h-3/decision", {"action": "approve"})
    api.put("/v1/comments/h-3", {"body": "Edited, and held again"})
    assert bob.delete("/v1/comments/h-3/decision").status_code == 409
    assert api.get("/v1/queue/counts").json["escalated"] == 0
    api.post("/v1/comments/h-3/decision", {"action": "escalate"})
    assert api.get("/v1/queue/counts").json["escalated"] == 1


def test_an_edit_while_escalated_stays_escalated(api, held):
    api.post("/v1/comments/h-3/decision", {"action": "escalate"})
    api.put("/v1/comments/h-3", {"body": "Edited meanwhile", "article": {"section": "sport"}})
    assert ids(api.get("/v1/queue?escalated=true&section=sport").json["items"]) == ["h-3"]
    assert "h-3" not in ids(api.get("/v1/queue").json["items"])


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


def test_bulk_decisions_stand_or_are_refused_each_by_itself(api, bob, held):
    bob.post("/v1/comments/h-1/decision", {"action": "approve"})
    decisions = [
        {"id": one, "action": "reject", "labels": ["spam", "spam"]} for one in ("h-0", "h-1", "nowhere", "h-2")
    ]
    results = api.post("/v1/decisions", {"decisions": decisions}).json["results"]
    assert [one["status"] for one in results] == ["rejected", 409, 404, "rejected"]
    assert [one["id"] for one in results] == ["h-0", "h-1", "nowhere", "h-2"]
    assert api.get("/v1/comments/h-0").json["history"][0]["labels"] == ["spam"]


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


def snapshot(store):
    """Where every comment stands: queue, lists, authors' counts."""
    client = store._client
    keys = sorted(key for key in client.scan_iter() if any(part in key for part in (":queue:", ":list:", ":leases")))
    authors = sorted(client.scan_iter("*:author:u-*", _type="hash"))
    return [(key, client.zrange(key, 0, -1, withscores=True)) for key in keys] + [
        client.hgetall(key) for key in authors
    ]
