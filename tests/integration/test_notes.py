"""Moderators' words to each other."""

from tests.support import acts, events, everything


def note(api, text, comment="h-0", **headers):
    return api.post(f"/v1/comments/{comment}/notes", {"text": text}, **headers)


def notes(api, comment="h-0"):
    return [(one["by"], one["text"]) for one in api.get(f"/v1/comments/{comment}/notes").json["items"]]


def test_notes_are_kept_in_order_under_their_moderators_names(api, bob, held):
    first = note(api, "Look at the parent")
    assert (first.status_code, first.json["by"], first.json["text"]) == (201, "ada", "Look at the parent")
    note(bob, "Seen")
    assert notes(api) == notes(bob) == [("ada", "Look at the parent"), ("bob", "Seen")]


def test_notes_lie_before_the_moderator_who_decides(api, held):
    note(api, "Look at the parent")
    items = api.get("/v1/queue").json["items"]
    assert [(one["by"], one["text"]) for one in items[0]["notes"]] == [("ada", "Look at the parent")]
    assert items[1]["notes"] == []


def test_notes_are_not_for_submit_keys(api, key_for, held):
    note(api, "between us")
    submit = key_for("submit")
    assert (note(submit, "me too").status_code, submit.get("/v1/comments/h-0/notes").status_code) == (403, 403)
    assert "between us" not in submit.get("/v1/comments/h-0").text


def test_a_note_may_be_added_whatever_became_of_the_comment(api, held):
    api.post("/v1/comments/h-0/decision", {"action": "reject"})
    assert note(api, "He wrote to us").status_code == 201


def test_the_newest_two_hundred_are_kept(api, held):
    for n in range(203):
        note(api, f"Note {n}")
    assert [text for _, text in notes(api)] == [f"Note {n}" for n in range(3, 203)]


def test_a_note_under_an_idempotency_key_is_written_once(api, store, held):
    answers = [note(api, "once", Idempotency_Key="k").json for _ in range(2)]
    assert answers[0] == answers[1]
    assert notes(api) == [("ada", "once")]
    assert [one["act"] for one in acts(store) if one["act"] != "policy.saved"] == ["note.written"]


def test_a_note_goes_with_its_comment_and_is_nowhere_else(api, store, held):
    note(api, "a secret between us")
    assert "secret" not in repr(store._client.xrange("{herald}:audit")) + repr(events(api))
    api.delete("/v1/comments/h-0")
    assert "secret" not in everything(store)
    assert (note(api, "more").status_code, api.get("/v1/comments/h-0/notes").status_code) == (410, 410)


def test_a_comment_that_is_not_there_has_no_notes(api, key_for, held):
    rival = key_for("admin", site="rival")
    assert (note(rival, "ours?").status_code, rival.get("/v1/comments/h-0/notes").status_code) == (404, 404)
    assert (note(api, "?", "nowhere").status_code, api.get("/v1/comments/nowhere/notes").status_code) == (404, 404)
