"""The statement of reasons, from what really happened to a comment."""

from tests.support import hold_everything


def test_the_statement_of_a_rejection_can_be_shown_to_its_author(api, bob, key_for, held):
    said = {"action": "reject", "labels": ["insult"], "term": "4.2", "note": "by the same man as ever"}
    bob.post("/v1/comments/h-0/decision", said)
    answer = key_for("submit").get("/v1/comments/h-0/statement")
    assert answer.status_code == 200
    statement = answer.json
    assert statement["facts"] == {"findings": [], "labels": ["insult"], "rules": ["mode"], "reported": False}
    assert statement["ground"] == {"kind": "contractual", "term": "4.2"}
    assert statement["automated"] == {"detection": True, "decision": False}
    assert statement["contest"]["path"] == "/v1/comments/h-0/appeals"
    for quoted in ("bob", "Held number", "the same man", "u-0"):
        assert quoted not in answer.text


def test_the_machines_own_rejection_has_its_figures(api):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"thresholds": {"toxicity": {"hold": 0.0, "reject": 0.0}}})
    api.post("/v1/comments", {"id": "r", "body": "Thanks", "language": "en"})
    statement = api.get("/v1/comments/r/statement").json
    (finding,) = statement["facts"]["findings"]
    assert (finding["attribute"], finding["threshold"]) == ("toxicity", 0.0)
    assert statement["automated"] == {"detection": True, "decision": True}


def test_what_was_rejected_edited_decided_anew_and_undone_still_has_its_statement(api):
    hold_everything(api)
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    api.post("/v1/comments/c/decision", {"action": "reject", "term": "1"})
    api.put("/v1/comments/c", {"body": "Many thanks"})
    assert api.get("/v1/comments/c/statement").json["state"] == "under_review"
    api.post("/v1/comments/c/decision", {"action": "approve"})
    assert api.get("/v1/comments/c/statement").json["state"] == "lifted"
    api.delete("/v1/comments/c/decision")
    statement = api.get("/v1/comments/c/statement").json
    assert (statement["state"], statement["ground"]["term"]) == ("under_review", "1")


def test_a_comment_that_was_never_rejected_has_none(api, held):
    answer = api.get("/v1/comments/h-0/statement")
    assert (answer.status_code, answer.json["type"]) == (409, "urn:winnow:problem:not-rejected")


def test_an_erased_comment_has_none_any_more(api, held):
    api.post("/v1/comments/h-0/decision", {"action": "reject"})
    api.delete("/v1/comments/h-0")
    assert api.get("/v1/comments/h-0/statement").status_code == 410
