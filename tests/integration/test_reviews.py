"""Blind reviews: who gets them, what they see, what an answer does, how they end, and how far moderators agree."""

from datetime import UTC, datetime

import orjson
import pytest

from service.commands.export import audited
from service.moderation.comment import ATTRIBUTES
from service.store.queue import REVIEW
from service.store.reviews import OPEN_KEPT, Reviews
from tests.support import claim, events, everything, expire, hold_everything, ids

HELD = [f"h-{n}" for n in range(10)]


@pytest.fixture
def cyd(key_for):
    return key_for("moderate", name="cyd")


@pytest.fixture
def held(api, held):
    """Ten pending comments on a site where every decision is reviewed."""
    hold_everything(api, review_share=1)
    return held


@pytest.fixture
def sampled(api):
    """Three approved comments, all of them drawn for the audit sample."""
    policy = api.get("/v1/policy").json
    assert api.put("/v1/policy", policy | {"audit_share": 1.0}).status_code == 200
    for n in range(3):
        answer = api.post(
            "/v1/comments",
            {
                "id": f"a-{n}",
                "body": f"Thanks, number {n}",
                "author": {"id": "u"},
                "article": {"section": "odd \n sport"},
            },
        )
        assert answer.json["status"] == "approved"
    return [f"a-{n}" for n in range(3)]


def decide(api, one, action="approve", **more):
    answer = api.post(f"/v1/comments/{one}/decision", {"action": action, **more})
    assert answer.status_code == 200, answer.json


def reviews(api, **wanted):
    return claim(api, reviews=True, **wanted)["reviews"]


def answer(api, review, action="approve", labels=(), status=200):
    answered = api.post(f"/v1/reviews/{review['id']}", {"action": action, "labels": list(labels)})
    assert answered.status_code == status, answered.json
    return answered.json


def open_reviews(api):
    return api.get("/v1/queue/counts").json["reviews"]


@pytest.mark.usefixtures("held")
def test_a_decision_is_given_blind_to_another_moderator(bob, cyd):
    decide(bob, "h-0", "reject", labels=["insult"], note="between us")
    assert reviews(bob) == []
    (item,) = reviews(cyd)
    assert set(item) == {"id", "body", "language", "author", "article", "parent", "posted_at", "received_at"}
    assert (item["body"], item["article"]["section"]) == ("Held number 0", "news")
    assert not {"h-0", "bob", "reject", "insult"} & set(orjson.dumps(item).decode().split('"'))


@pytest.mark.usefixtures("held")
def test_an_answer_changes_no_status_and_is_told_to_nobody(bob, cyd, store):
    decide(bob, "h-0", "reject")
    (item,) = reviews(cyd)
    before = len(events(bob))
    assert answer(cyd, item, "approve", ["spam", "spam"]) == {"id": item["id"], "action": "approve", "labels": ["spam"]}
    assert (bob.get("/v1/comments/h-0").json["status"], len(events(bob))) == ("rejected", before)
    assert store._client.zcard("{herald}:leases") == 0
    assert store._client.xrange("{herald}:audit")[-1][1]["act"] == "review.answered"


@pytest.mark.usefixtures("held")
def test_the_first_answer_counts_and_the_same_again_is_fine(api, bob, cyd):
    decide(bob, "h-0", "reject")
    (item,) = reviews(cyd)
    for _ in range(2):
        answer(cyd, item, "reject", ["spam", "insult"])
    answer(cyd, item, "reject", ["insult", "spam"])
    assert answer(cyd, item, "approve", status=409)["type"] == "urn:winnow:problem:reviewed"
    assert answer(api, item, "reject", ["insult", "spam"], status=409)["type"] == "urn:winnow:problem:reviewed"
    assert open_reviews(api) == 0
    assert api.get("/v1/stats/agreement").json["action"] == {"n": 1, "observed": 1.0, "kappa": None}


@pytest.mark.usefixtures("held")
def test_nobody_reviews_what_is_their_own_or_held_by_another(api, bob, cyd):
    decide(bob, "h-0", "reject")
    (item,) = reviews(cyd)
    assert answer(bob, item, status=409)["type"] == "urn:winnow:problem:own-review"
    assert answer(api, item, status=409)["type"] == "urn:winnow:problem:claimed"
    assert api.post("/v1/reviews/unknown", {"action": "approve"}).status_code == 404


@pytest.mark.usefixtures("held")
def test_reviews_are_renewed_given_back_and_skipped_like_comments(api, bob, cyd, store):
    for one in HELD[:3]:
        decide(bob, one)
    mine = claim(cyd, reviews=True, limit=2)
    assert (len(mine["reviews"]), mine["items"]) == (2, [])
    assert ids(mine["reviews"]) == cyd("PATCH", f"/v1/queue/claims/{mine['claim']}", {}).json["ids"]
    counts = api.get("/v1/queue/counts").json
    assert (counts["claimed"], counts["reviews"], counts["pending"]) == (0, 3, 7)
    skipped = mine["reviews"][0]["id"]
    assert cyd.delete(f"/v1/queue/claims/{mine['claim']}/items/{skipped}").status_code == 204
    assert cyd.delete(f"/v1/queue/claims/{mine['claim']}/items/h-0").status_code == 404
    assert len(reviews(api)) == 2
    assert cyd.delete(f"/v1/queue/claims/{mine['claim']}").status_code == 204
    assert ids(reviews(api)) == [mine["reviews"][1]["id"]]
    late = claim(cyd, limit=1)
    assert ids(late["items"]) == ["h-3"]
    store._client.zadd("{herald}:leases", {f"{REVIEW}{one['id']}": 1 for one in mine["reviews"]})
    expire(store, late)
    assert sorted(ids(reviews(cyd))) == sorted(ids(mine["reviews"]))


@pytest.mark.usefixtures("held")
def test_reviews_are_no_comments_of_the_queue_and_the_other_way_round(api, bob, cyd):
    decide(bob, "h-0")
    assert ids(claim(cyd, limit=20)["items"]) == HELD[1:]
    assert ids(api.get("/v1/queue").json["items"]) == HELD[1:]
    assert len(reviews(cyd, limit=20)) == 1


@pytest.mark.usefixtures("held")
def test_reviews_are_narrowed_by_section_and_language_only(api, bob, cyd):
    decide(bob, "h-0")
    assert reviews(cyd, section="sport") == []
    assert len(reviews(cyd, section="news", language="en", order="oldest")) == 1
    for told in ({"reason": "mode"}, {"attribute": "spam"}, {"escalated": True}):
        assert api.post("/v1/queue/claims", {"reviews": True, **told}).status_code == 422


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("what", ["undone", "overridden", "edited", "erased"])
def test_a_review_of_what_is_no_more_is_void(api, bob, cyd, what):
    hold_everything(api, review_share=1)
    decide(bob, "h-0", "reject")
    decide(bob, "h-1", "reject")
    (first,) = reviews(cyd, limit=1)
    hold_everything(api, review_share=0)
    if what == "undone":
        bob.delete("/v1/comments/h-0/decision")
    elif what == "overridden":
        decide(api, "h-0", "approve", override=True)
    elif what == "edited":
        api.put("/v1/comments/h-0", {"body": "Another text"})
    else:
        api.delete("/v1/comments/h-0")
    assert answer(cyd, first, status=409)["type"] == "urn:winnow:problem:void-review"
    assert answer(cyd, first, status=404)["status"] == 404
    if what == "undone":
        bob.delete("/v1/comments/h-1/decision")
    else:
        api.delete("/v1/comments/h-1")
    assert open_reviews(api) == 1
    assert reviews(cyd) == []
    assert open_reviews(api) == 0


@pytest.mark.usefixtures("held")
def test_an_overriding_decision_that_is_taken_back_leaves_the_review_of_the_first(api, bob, cyd):
    decide(bob, "h-0", "reject")
    (item,) = reviews(cyd)
    hold_everything(api, review_share=0)
    decide(api, "h-0", "approve", override=True)
    api.delete("/v1/comments/h-0/decision")
    answer(cyd, item, "reject")


@pytest.mark.usefixtures("held")
def test_a_repeated_decision_opens_one_review(api, bob):
    for _ in range(2):
        bob.post("/v1/comments/h-0/decision", {"action": "reject"}, Idempotency_Key="k")
    decide(bob, "h-0", "reject")
    bob.post("/v1/decisions", {"decisions": [{"id": one, "action": "approve"} for one in HELD[1:4]]})
    decide(bob, "h-5", "escalate")
    assert open_reviews(api) == 4


def test_without_a_share_nothing_is_reviewed(api, bob):
    hold_everything(api)
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    decide(bob, "c")
    assert open_reviews(api) == 0


@pytest.mark.usefixtures("held")
def test_a_disagreement_goes_to_an_admin_who_closes_it(api, bob, cyd, key_for):
    for one in HELD[:3]:
        decide(bob, one, "reject", labels=["spam"])
    for item in reviews(cyd):
        answer(cyd, item, "reject" if item["body"].endswith("1") else "approve")
    assert bob.get("/v1/reviews/disagreements").status_code == 403
    first = api.get("/v1/reviews/disagreements?limit=1").json
    (one,) = first["items"]
    assert (one["kind"], one["comment_id"], one["comment"]["body"]) == ("second", "h-0", "Held number 0")
    assert one["first"] == {"by": "bob", "action": "reject", "labels": ["spam"]}
    assert one["second"] == {"by": "cyd", "action": "approve", "labels": []}
    behind = api.get(f"/v1/reviews/disagreements?limit=1&cursor={first['next_cursor']}").json
    assert ([item["comment_id"] for item in behind["items"]], behind["next_cursor"]) == (["h-2"], None)

    path = f"/v1/reviews/{one['id']}/resolution"
    assert bob.post(path, {"right": "second"}).status_code == 403
    for _ in range(2):
        assert api.post(path, {"right": "second"}).json == {"id": one["id"], "right": "second"}
    assert api.post(path, {"right": "first"}).json["type"] == "urn:winnow:problem:resolved"
    assert api.post("/v1/reviews/unknown/resolution", {"right": "first"}).status_code == 404
    assert api.get("/v1/comments/h-0").json["status"] == "rejected"
    assert [item["comment_id"] for item in api.get("/v1/reviews/disagreements").json["items"]] == ["h-2"]
    api.delete("/v1/comments/h-2")
    assert api.get("/v1/reviews/disagreements").json["items"][0]["comment"] is None


def test_the_audit_sample_is_reviewed_blind_and_only_once_told_wrong(api, bob, sampled):
    (first, *others) = reviews(bob, section="odd sport")
    assert (len(others), first["body"]) == (2, "Thanks, number 0")
    assert "audit" not in str(first)
    answer(bob, first, "reject", ["spam"])
    answer(bob, others[0])
    (one,) = api.get("/v1/reviews/disagreements").json["items"]
    assert (one["kind"], one["first"]) == ("audit", {"by": None, "action": "approve", "labels": []})
    assert api.get("/v1/comments/a-0").json["status"] == "approved"
    assert api.get("/v1/stats/agreement").json["action"]["n"] == 0


def test_an_audit_is_kept_from_whom_the_comment_was_decided_by_meanwhile(api, bob, cyd, sampled):
    decide(bob, "a-0", "reject")
    bob.delete("/v1/comments/a-0/decision")
    decide(api, "a-0", "reject")
    assert [item["body"] for item in reviews(bob)] == ["Thanks, number 1", "Thanks, number 2"]
    assert reviews(api) == []
    (item,) = reviews(cyd)
    assert answer(bob, item, status=409)["type"] == "urn:winnow:problem:own-review"
    answer(cyd, item)


def test_audited_comments_are_exported_with_their_chance(api, bob, store, sampled):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"audit_share": 0.25})
    for item, (action, labels) in zip(
        reviews(bob), [("reject", ["spam", "other"]), ("approve", []), ("approve", [])], strict=True
    ):
        answer(bob, item, action, labels)
    api.put("/v1/comments/a-1", {"body": "Another text"})
    api.delete("/v1/comments/a-2")
    (example,) = audited(store, "herald", 0)
    assert (example["text"], example["labels"]) == ("Thanks, number 0", {"spam": 1})
    assert (example["chosen"], example["probability"], example["decided_by"]) == ("audit", 1.0, "bob")
    assert list(audited(store, "herald", 2**42 - 1)) == []


@pytest.mark.usefixtures("held")
def test_what_nobody_answered_ends_after_thirty_days(api, bob, cyd, store):
    for one in HELD[:3]:
        decide(bob, one)
    held_by_cyd = reviews(cyd, limit=1)
    client = store._client
    for name in list(client.scan_iter("{herald}:queue:reviews/*")):
        for member in client.zrange(name, 0, -1):
            client.zincrby(name, -OPEN_KEPT, member)
    assert Reviews(store).end_old("herald") == 2
    assert open_reviews(api) == 1
    answer(cyd, held_by_cyd[0])
    assert not list(client.scan_iter("{herald}:queue:reviews/*"))
    assert not list(client.scan_iter("{herald}:informative:reviews/*"))


@pytest.mark.usefixtures("held")
def test_an_answered_review_keeps_figures_and_no_text(bob, cyd, store):
    bob.post("/v1/comments", {"id": "c", "body": "zwitschern", "author": {"id": "u-zwitscher"}})
    decide(bob, "c", "reject")
    (item,) = reviews(cyd)
    answer(cyd, item)
    bob.delete("/v1/comments/c")
    assert "zwitscher" not in everything(store)
    assert 399 * 86400 < store._client.ttl(f"{{herald}}:review:{item['id']}") <= 400 * 86400


@pytest.mark.usefixtures("held")
def test_agreement_is_told_by_label_and_pair(api, bob, cyd):
    said = {"h-0": ("reject", ["spam"]), "h-1": ("approve", []), "h-2": ("reject", []), "h-3": ("approve", [])}
    second = {"h-0": ("reject", ["spam"]), "h-1": ("approve", []), "h-2": ("approve", []), "h-3": ("reject", ["spam"])}
    for one, (action, labels) in said.items():
        decide(cyd if one == "h-3" else bob, one, action, labels=labels)
    for reviewer in (cyd, bob):
        for item in reviews(reviewer):
            answer(reviewer, item, *second[f"h-{item['body'][-1]}"])
    report = api.get("/v1/stats/agreement").json
    assert report["action"] == {"n": 4, "observed": 0.5, "kappa": 0.0}
    assert report["labels"]["spam"] == {"n": 4, "observed": 0.75, "kappa": 0.5}
    assert set(report["labels"]) == {*ATTRIBUTES, "off_topic", "illegal", "other"}
    assert report["labels"]["threat"] == {"n": 4, "observed": 1.0, "kappa": None}
    (pair,) = report["pairs"]
    assert (pair["moderators"], pair["action"]["n"], pair["action"]["observed"]) == (["bob", "cyd"], 4, 0.5)
    today = datetime.now(UTC).date().isoformat()
    assert report["to"] > report["from"]
    assert api.get(f"/v1/stats/agreement?from={today}T00:00:00Z").json["action"]["n"] == 4
    assert api.get("/v1/stats/agreement?to=2020-01-01T00:00:00Z").json["action"]["n"] == 0
    assert api.get("/v1/stats/agreement?from=0001-01-01T00:00:00Z&to=9999-12-31T00:00:00Z").json["action"]["n"] == 4
    assert bob.get("/v1/stats/agreement").status_code == 403


@pytest.mark.usefixtures("held")
def test_pairs_beyond_what_a_day_names_are_counted_together(api, bob, cyd, store):
    today = int(datetime.now(UTC).timestamp() // 86400)
    for day in (today, today + 1):
        store._client.hset(f"{{herald}}:agreement:{day}", mapping={f"m-{n}\nzoe\nn": 1 for n in range(20_000)})
    decide(bob, "h-0", "reject")
    (item,) = reviews(cyd)
    answer(cyd, item, "reject")
    report = api.get("/v1/stats/agreement").json
    assert (report["action"]["n"], len(report["pairs"])) == (20_001, 20_000)


@pytest.mark.usefixtures("held")
def test_delegated_names_are_the_moderators_they_name(key_for):
    desk = key_for("moderate", name="desk", delegate=True)
    said = {"action": "reject"}
    desk.post("/v1/comments/h-0/decision", said, X_Moderator="grace")
    assert desk.post("/v1/queue/claims", {"reviews": True}, X_Moderator="grace").json["reviews"] == []
    (item,) = desk.post("/v1/queue/claims", {"reviews": True}, X_Moderator="hedy").json["reviews"]
    assert desk.post(f"/v1/reviews/{item['id']}", said, X_Moderator="grace").status_code == 409
    assert desk.post(f"/v1/reviews/{item['id']}", said, X_Moderator="hedy").status_code == 200
    chief = key_for("admin", name="chief")
    assert chief.get("/v1/stats/agreement").json["pairs"][0]["moderators"] == ["grace", "hedy"]
