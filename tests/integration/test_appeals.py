"""Appeals: who may contest what, who decides, what is told and shown, and what undoing brings back."""

import pytest

from tests.integration.test_decisions import snapshot
from tests.support import claim, events, everything, expire, hold_everything, ids

HELD = [f"h-{n}" for n in range(10)]


@pytest.fixture
def cyd(key_for):
    return key_for("moderate", name="cyd")


@pytest.fixture
def site(key_for):
    return key_for("submit", name="website")


def reject(api, one, **more):
    assert api.post(f"/v1/comments/{one}/decision", {"action": "reject", **more}).json["status"] == "rejected"


def contest(api, one, statement=None, status=201):
    answer = api.post(f"/v1/comments/{one}/appeals", {"statement": statement} if statement else {})
    assert answer.status_code == status, answer.json
    return answer.json


@pytest.mark.usefixtures("held")
def test_a_contested_rejection_is_pending_again_and_told_once(site, bob):
    reject(bob, "h-0")
    before = len(events(site))
    answer = contest(site, "h-0", "I only quoted the mayor.")
    assert (answer["id"], answer["status"]) == ("h-0", "pending")
    told = [(one["type"], one["comment_id"], one["data"]) for one in events(site)[before:]]
    data = {"revision": 1, "of": "bob"}
    assert told == [("comment.appealed", "h-0", data), ("comment.held", "h-0", data)]
    comment = site.get("/v1/comments/h-0").json
    assert (comment["status"], comment["history"][-1]["kind"]) == ("pending", "appeal")


@pytest.mark.usefixtures("held")
def test_the_same_appeal_again_is_200_and_another_is_409(site, bob):
    reject(bob, "h-0")
    first = contest(site, "h-0", "Unfair")
    assert contest(site, "h-0", "Unfair", 200) == first
    assert contest(site, "h-0", "Unjust", 409)["type"] == "urn:winnow:problem:contested"
    assert [event["type"] for event in events(site)].count("comment.appealed") == 1


@pytest.mark.usefixtures("held")
def test_an_appeal_under_an_idempotency_key_takes_effect_once(site, bob, cyd):
    reject(bob, "h-0")
    first = site.post("/v1/comments/h-0/appeals", {}, Idempotency_Key="k")
    cyd.post("/v1/comments/h-0/decision", {"action": "approve"})
    again = site.post("/v1/comments/h-0/appeals", {}, Idempotency_Key="k")
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert site.get("/v1/comments/h-0").json["status"] == "approved"


@pytest.mark.usefixtures("held")
def test_only_a_rejection_can_be_contested(site, bob):
    answer = contest(site, "h-0", status=409)
    assert (answer["type"], answer["comment_status"]) == ("urn:winnow:problem:not-rejected", "pending")
    bob.post("/v1/comments/h-0/decision", {"action": "approve"})
    assert contest(site, "h-0", status=409)["comment_status"] == "approved"


@pytest.mark.usefixtures("held")
def test_the_decision_on_an_appeal_cannot_be_contested_but_a_later_one_can(site, api, bob, cyd):
    reject(bob, "h-0")
    contest(site, "h-0")
    reject(cyd, "h-0")
    assert contest(site, "h-0", status=409)["type"] == "urn:winnow:problem:contested"
    site.put("/v1/comments/h-0", {"body": "Put more kindly"})
    reject(cyd, "h-0")
    assert contest(site, "h-0")["status"] == "pending"
    assert api.get("/v1/comments/h-0").json["appeal"]["of"] == "cyd"


@pytest.mark.usefixtures("held")
def test_an_appeal_never_comes_before_who_rejected(site, bob, cyd):
    for one in HELD[:3]:
        reject(bob, one)
        contest(site, one)
    reject(cyd, "h-3")
    contest(site, "h-3")
    assert ids(claim(bob, limit=10)["items"]) == ["h-3", *HELD[4:]]
    assert ids(claim(cyd, limit=10)["items"]) == HELD[:3]


@pytest.mark.parametrize("order", ["priority", "oldest", "informative"])
@pytest.mark.parametrize(
    "narrowed", [{}, {"section": "news"}, {"reason": "appeal"}, {"section": "news", "language": "en"}]
)
@pytest.mark.usefixtures("held")
def test_an_appeal_is_kept_from_who_rejected_in_every_order_and_behind_every_filter(site, bob, cyd, order, narrowed):
    for one in (*HELD[:4], *HELD[6:9]):
        reject(bob, one)
        contest(site, one)
    reject(cyd, "h-5")
    contest(site, "h-5")
    left = ["h-5"] if "reason" in narrowed else ["h-4", "h-5", "h-9"]
    assert sorted(ids(claim(bob, limit=10, order=order, **narrowed)["items"])) == left
    assert sorted(ids(claim(cyd, limit=10, order=order, **narrowed)["items"])) == [*HELD[:4], *HELD[6:9]]


@pytest.mark.usefixtures("held")
def test_who_rejected_decides_nothing_on_the_appeal_not_even_overriding_or_escalating(site, api, bob, cyd):
    reject(bob, "h-0")
    contest(site, "h-0")
    for said in ({"action": "reject"}, {"action": "approve", "override": True}, {"action": "escalate"}):
        answer = bob.post("/v1/comments/h-0/decision", said)
        assert (answer.status_code, answer.json["type"]) == (409, "urn:winnow:problem:own-appeal")
    assert bob.delete("/v1/comments/h-0/decision").status_code == 409
    results = bob.post("/v1/decisions", {"decisions": [{"id": "h-0", "action": "reject"}]}).json["results"]
    assert results[0]["type"] == "urn:winnow:problem:own-appeal"
    cyd.post("/v1/comments/h-0/decision", {"action": "approve"})
    answer = bob.post("/v1/comments/h-0/decision", {"action": "reject", "override": True})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:winnow:problem:own-appeal")
    assert api.post("/v1/comments/h-0/decision", {"action": "reject", "override": True}).status_code == 200


@pytest.mark.usefixtures("held")
def test_an_admin_who_rejected_is_kept_from_the_appeal_too_and_from_its_escalation(site, api, key_for, bob):
    reject(api, "h-0")
    contest(site, "h-0")
    assert "h-0" not in ids(claim(api, limit=10)["items"])
    assert api.post("/v1/comments/h-0/decision", {"action": "reject"}).status_code == 409
    bob.post("/v1/comments/h-0/decision", {"action": "escalate"})
    assert claim(api, escalated=True)["items"] == []
    assert api.post("/v1/comments/h-0/decision", {"action": "reject"}).json["type"] == "urn:winnow:problem:own-appeal"
    chief = key_for("admin", name="chief")
    assert ids(claim(chief, escalated=True)["items"]) == ["h-0"]
    assert chief.post("/v1/comments/h-0/decision", {"action": "approve"}).status_code == 200
    assert api.get("/v1/comments/h-0").json["appeal"]["outcome"] == "reversed"


def test_a_machines_rejection_is_open_to_all(site, api, bob):
    policy = api.get("/v1/policy").json
    thresholds = policy["thresholds"] | {"insult": {"hold": 0.1, "reject": 0.5}}
    assert api.put("/v1/policy", policy | {"thresholds": thresholds}).status_code == 200
    body = "You stupid, worthless idiot."
    assert site.post("/v1/comments", {"id": "c", "body": body}).json["status"] == "rejected"
    contest(site, "c", "It was a joke")
    assert api.get("/v1/comments/c").json["appeal"]["of"] is None
    assert ids(claim(bob)["items"]) == ["c"]
    reject(bob, "c")
    assert contest(site, "c", status=409)["type"] == "urn:winnow:problem:contested"


@pytest.mark.usefixtures("held")
def test_appeals_come_before_the_rest_but_behind_threats(site, bob, api):
    reject(bob, "h-9")
    policy = api.get("/v1/policy").json
    thresholds = policy["thresholds"] | {"threat": {"hold": 0.5, "reject": None}}
    api.put("/v1/policy", policy | {"thresholds": thresholds})
    api.post("/v1/comments", {"id": "threat", "body": "I will kill you and your whole family."})
    contest(site, "h-9")
    assert ids(api.get("/v1/queue").json["items"]) == ["threat", "h-9", *HELD[:9]]
    assert ids(api.get("/v1/queue?reason=appeal").json["items"]) == ["h-9"]
    assert api.get("/v1/queue/counts").json["by_reason"]["appeal"] == 1


@pytest.mark.parametrize(("action", "outcome"), [("approve", "reversed"), ("reject", "upheld")])
@pytest.mark.usefixtures("held")
def test_the_decision_on_an_appeal_is_told_beside_the_status(site, bob, cyd, action, outcome):
    reject(bob, "h-0")
    contest(site, "h-0")
    before = len(events(site))
    answer = cyd.post("/v1/comments/h-0/decision", {"action": action, "labels": ["insult"]}).json
    told = events(site)[before:]
    assert [one["type"] for one in told] == ["decision.made", f"comment.{answer['status']}", "appeal.decided"]
    assert told[-1]["data"] == {
        "outcome": outcome, "revision": 1, "action": action, "labels": ["insult"], "by": "cyd"
    }  # fmt: skip
    appeal = site.get("/v1/comments/h-0").json["appeal"]
    assert (appeal["outcome"], appeal["decided_by"], appeal["of"]) == (outcome, "cyd", "bob")


@pytest.mark.usefixtures("held")
def test_the_statement_is_for_moderators_and_goes_with_its_comment(site, api, bob, store):
    reject(bob, "h-0")
    contest(site, "h-0", "zwitschern is all I did")
    assert "zwitschern" not in str(events(site))
    assert site.get("/v1/comments/h-0").json["appeal"]["statement"] is None
    assert bob.get("/v1/comments/h-0").json["appeal"]["statement"] == "zwitschern is all I did"
    (item,) = [one for one in api.get("/v1/queue").json["items"] if one["id"] == "h-0"]
    assert item["appeal"]["statement"] == "zwitschern is all I did"
    site.delete("/v1/comments/h-0")
    assert "zwitschern" not in everything(store)
    assert site.post("/v1/comments/h-0/appeals", {}).status_code == 410


@pytest.mark.usefixtures("held")
def test_undoing_the_decision_on_an_appeal_opens_it_again_exactly(site, api, bob, cyd, store):
    reject(bob, "h-0")
    contest(site, "h-0", "Unfair")
    before, shown = snapshot(store), api.get("/v1/comments/h-0").json["appeal"]
    for action in ("approve", "reject", "escalate"):
        cyd.post("/v1/comments/h-0/decision", {"action": action})
        cyd.delete("/v1/comments/h-0/decision")
        assert (snapshot(store), api.get("/v1/comments/h-0").json["appeal"]) == (before, shown)
        assert bob.post("/v1/comments/h-0/decision", {"action": "approve"}).status_code == 409
        assert contest(site, "h-0", "Unfair", 200)["status"] == "pending"


@pytest.mark.usefixtures("held")
def test_an_edit_under_appeal_stays_under_appeal(site, bob, cyd):
    reject(bob, "h-0")
    contest(site, "h-0")
    site.put("/v1/comments/h-0", {"body": "Put more kindly", "article": {"section": "sport"}})
    assert "h-0" not in ids(claim(bob, limit=10)["items"])
    assert ids(claim(cyd, section="sport", reason="appeal")["items"]) == ["h-0"]
    cyd.post("/v1/comments/h-0/decision", {"action": "approve"})
    assert site.get("/v1/comments/h-0").json["appeal"]["outcome"] == "reversed"


@pytest.mark.usefixtures("held")
def test_a_lease_on_an_appeal_that_ran_out_still_keeps_it_from_who_rejected(site, bob, cyd, store):
    reject(bob, "h-0")
    contest(site, "h-0")
    expire(store, claim(cyd, limit=1))
    assert ids(claim(bob, limit=10)["items"]) == HELD[1:]
    assert ids(claim(cyd, limit=10)["items"]) == ["h-0"]


@pytest.mark.usefixtures("held")
def test_delegated_names_are_the_moderators_they_name(site, key_for):
    desk = key_for("moderate", name="desk", delegate=True)
    said = {"action": "reject"}
    assert desk.post("/v1/comments/h-0/decision", said, X_Moderator="grace").status_code == 200
    contest(site, "h-0")
    assert desk.post("/v1/comments/h-0/decision", said, X_Moderator="grace").status_code == 409
    taken = desk.post("/v1/queue/claims", {"limit": 10}, X_Moderator="grace").json
    assert "h-0" not in ids(taken["items"])
    assert desk.post("/v1/comments/h-0/decision", said, X_Moderator="hedy").status_code == 200


def test_a_thousand_of_ones_own_rejections_under_appeal_are_leapt_over(api, bob, cyd, site, store):
    hold_everything(api, repeats={"hold": None, "seconds": 60})
    rows = [{"id": f"m-{n}", "body": "Many", "language": "en"} for n in range(1000)]
    api.post("/v1/comments/batch", {"comments": rows})
    bob.post("/v1/decisions", {"decisions": [{"id": row["id"], "action": "reject"} for row in rows]})
    for row in rows:
        contest(site, row["id"])
    api.post("/v1/comments", {"id": "other", "body": "Another one", "language": "en"})
    reject(cyd, "other")
    contest(site, "other")
    api.post("/v1/comments", {"id": "last", "body": "The last one", "language": "en"})
    before = store._client.info("commandstats")
    assert ids(claim(bob, limit=10)["items"]) == ["other", "last"]
    assert ids(claim(bob, limit=10, order="oldest")["items"]) == []
    after = store._client.info("commandstats")
    commands = sum(one["calls"] - before.get(name, {"calls": 0})["calls"] for name, one in after.items())
    assert commands < 500
    assert len(claim(cyd, limit=1000)["items"]) == 1000
