"""The figures for a transparency report: each comes from what happened, and stands as long as it does."""

import pytest

from tests.support import hold_everything

INSULT = "You are a stupid idiot and a complete moron"


@pytest.fixture
def figures(api):
    def now(query=""):
        answer = api.get(f"/v1/transparency{query}")
        assert answer.status_code == 200, answer.json
        return answer.json["figures"]

    return now


def decide(api, comment_id, action, **more):
    answer = api.post(f"/v1/comments/{comment_id}/decision", {"action": action, **more})
    assert answer.status_code == 200, answer.json


def happened(store, what, n):
    """As if it had been counted so often now; the scripts that count it belong to other rooms."""
    now = int(store._client.time()[0]) // 3600
    store._client.hincrby(f"{{herald}}:count:{now // 24}", f"{now % 24}:{what}", n)


def test_of_a_site_where_nothing_happened_all_is_zero_or_unknown(figures):
    found = figures()
    assert found["notices"] == {"received": 0, "by_reason": {}}
    assert found["complaints"]["time_to_decision"] == {"count": 0, "median": None, "p95": None}
    nothing = {"count": 0, "sample": 0, "rate": None, "low": None, "high": None}
    assert found["automated_means"]["error_rate"] == {"approvals": nothing, "findings": nothing}
    assert found["automated_means"]["safeguards"]


def test_a_year_is_reported_unless_a_range_is_asked_for(api):
    found = api.get("/v1/transparency").json
    assert found["from"] < found["to"]
    assert (
        api.get("/v1/transparency?from=2001-01-01T00:00:00Z&to=2001-02-01T00:00:00Z").json["figures"]["comments"] == 0
    )


def test_what_the_machine_held_or_removed_is_told_by_its_reasons(api, figures):
    policy = api.get("/v1/policy").json
    thresholds = policy["thresholds"] | {"insult": {"hold": 0.3, "reject": 0.5}}
    assert api.put("/v1/policy", policy | {"thresholds": thresholds}).status_code == 200
    api.post("/v1/comments", {"body": "Wake the policy up"})
    assert api.post("/v1/comments", {"body": INSULT}).json["verdict"] == "reject"
    hold_everything(api)
    assert api.post("/v1/comments", {"body": "A fine day to you all"}).json["verdict"] == "hold"
    found = figures()["own_initiative"]
    assert found["removed_automatically"]["count"] == 1
    assert found["removed_automatically"]["by_reason"]["insult"] == 1
    assert found["held_automatically"] == {"count": 1, "by_reason": {"mode": 1}}


def test_an_edit_that_is_held_is_a_restriction_too(api, figures):
    api.post("/v1/comments", {"id": "c", "body": "A fine day to you all"})
    assert figures()["own_initiative"]["held_automatically"]["count"] == 0
    api.put("/v1/comments/c", {"body": INSULT})
    found = figures()["own_initiative"]["held_automatically"]
    assert (found["count"], found["by_reason"]["insult"]) == (1, 1)


def test_removals_by_moderators_are_told_by_label_term_and_who_detected_them(api, bob, figures):
    api.post("/v1/comments", {"id": "found", "body": INSULT})
    api.post("/v1/comments", {"id": "missed", "body": "A fine day to you all"})
    api.post("/v1/comments", {"id": "bare", "body": "And a fine night"})
    decide(api, "found", "reject", labels=["insult", "toxicity"], term="No insults")
    decide(api, "missed", "reject", labels=["off_topic"], term="On the subject")
    decide(api, "bare", "reject")
    found = figures()["own_initiative"]["removed_by_moderators"]
    assert found["count"] == 3
    assert found["by_label"] == {"insult": 1, "none": 1, "off_topic": 1, "toxicity": 1}
    assert found["by_term"] == {"No insults": 1, "On the subject": 1}
    assert (found["detected_automatically"], found["detected_by_people"]) == (1, 2)
    decide(bob, "missed", "approve", override=True)
    api.delete("/v1/comments/bare/decision")
    found = figures()["own_initiative"]["removed_by_moderators"]
    assert (found["count"], found["by_label"]) == (1, {"insult": 1, "toxicity": 1})
    assert figures()["automated_means"]["error_rate"]["findings"]["sample"] == 1


def test_terms_of_many_kinds_fill_no_server(api, figures, store):
    now = int(store._client.time()[0]) // 3600
    for n in range(3):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"A fine day, number {n}"})
        decide(api, f"c-{n}", "reject", term=f"yet another {n}")
        store._client.hset(f"{{herald}}:count:{now // 24}", "0:#term", 2400)
    removed = figures()["own_initiative"]["removed_by_moderators"]
    assert (removed["count"], removed["by_term"]) == (3, {"yet another 0": 1, "(others)": 2})
    api.delete("/v1/comments/c-2/decision")
    assert figures()["own_initiative"]["removed_by_moderators"]["by_term"] == {"yet another 0": 1, "(others)": 1}
    api.delete("/v1/comments/c-0/decision")
    assert figures()["own_initiative"]["removed_by_moderators"]["by_term"] == {"(others)": 1}


def test_reports_appeals_and_the_audit_sample_are_told(figures, store):
    for what, n in {
        "reported": 3, "reported=spam": 2, "reported=rude": 1, "appealed": 4, "appeal:approved": 1, "appeal:rejected": 2,
        "took:appeal=40": 3, "audited": 20, "audited:wrong": 1,
    }.items():  # fmt: skip
        happened(store, what, n)
    found = figures()
    assert found["notices"] == {"received": 3, "by_reason": {"spam": 2, "rude": 1}}
    assert {name: found["complaints"][name] for name in ("received", "reversed", "upheld")} == {
        "received": 4, "reversed": 1, "upheld": 2,
    }  # fmt: skip
    assert found["complaints"]["time_to_decision"]["median"] == pytest.approx(2**10, rel=0.1)
    errors = found["automated_means"]["error_rate"]["approvals"]
    assert (errors["count"], errors["sample"], errors["rate"]) == (1, 20, 0.05)
    assert (errors["low"], errors["high"]) == (pytest.approx(0.0089, abs=2e-4), pytest.approx(0.2361, abs=2e-4))
