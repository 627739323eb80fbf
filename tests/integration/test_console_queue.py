"""The queue in the console, as forms and as the page's script asks for it."""

import re

import pytest

from service.store.keys import Keys
from tests.support import acts, expire, hold_everything, unlike_all_before

JSON = {"Accept": "application/json"}


@pytest.fixture
def waiting(api):
    """Thirty comments that wait, oldest first."""
    hold_everything(api)
    ids = [f"c-{n:02}" for n in range(30)]
    for n, one in enumerate(ids):
        comment = {"id": one, "body": unlike_all_before(n), "article": {"section": "markets" if n % 2 else "sport"}}
        assert api.post("/v1/comments", comment).status_code == 201
    return ids


def shown(answer) -> list[str]:
    """The comments on a page, in order."""
    return re.findall(r'<article class="card" id="c-(\S+)"', answer.text)


def status(api, comment_id: str) -> str:
    return api.get(f"/v1/comments/{comment_id}").json["status"]


def test_a_page_holds_a_batch_for_its_moderator_and_a_reload_holds_the_same(api, desk_for, waiting):
    ada, bob = desk_for("moderate", "ada"), desk_for("moderate", "bob")
    first = shown(ada.get("/console/queue"))
    assert len(first) == 10
    assert shown(ada.get("/console/queue")) == first
    others = shown(bob.get("/console/queue"))
    assert len(others) == 10
    assert not set(first) & set(others)
    assert api.get("/v1/queue/counts").json["claimed"] == 20


def test_the_basic_loop_works_with_forms_alone(api, desk_for, waiting):
    desk = desk_for("moderate")
    ids = shown(desk.get("/console/queue"))
    decisions = [("approve", "approved"), ("reject", "rejected"), ("escalate", "pending")]
    for comment_id, (action, stands) in zip(ids, decisions, strict=False):
        form = {"id": comment_id, "action": action, "labels": ["insult", "spam"], "revision": "1"}
        answer = desk.post("/console/queue/decide", form)
        assert (answer.status_code, answer.location) == (303, f"/console/queue?last={comment_id}")
        assert status(api, comment_id) == stands
        assert shown(desk.get(answer.location))[0] != comment_id
    told = api.get(f"/v1/comments/{ids[1]}").json["history"][-1]
    assert (told["by"], told["labels"]) == ("ada", ["insult", "spam"])
    assert api.get(f"/v1/comments/{ids[0]}").json["history"][-1].get("labels", []) == []


def test_what_was_done_is_said_once_on_the_next_page(desk_for, waiting):
    desk = desk_for("moderate")
    (first, *_) = shown(desk.get("/console/queue"))
    form = {"id": first, "action": "reject", "labels": "identity_attack"}
    answer = desk.post("/console/queue/decide", form)
    assert "Rejected: attack on a group." in desk.get(answer.location).text
    assert (
        "Rejected"
        not in re.sub(r"<form.*?</form>", "", desk.get("/console/queue").text, flags=re.S).split("<dialog")[0]
    )


def test_a_form_that_is_sent_twice_decides_once(api, store, desk_for, waiting):
    desk = desk_for("moderate")
    (first, *_) = shown(desk.get("/console/queue"))
    form = {"id": first, "action": "reject", "labels": "insult"}
    answers = [desk.post("/console/queue/decide", form, op="twice", **JSON) for _ in range(2)]
    assert [answer.json for answer in answers] == [{"said": "Rejected: insult.", "made": True}] * 2
    assert [line["on"] for line in acts(store) if line["act"] == "decision.made"] == [first]
    assert len(api.get(f"/v1/comments/{first}").json["history"]) == 1


def test_a_form_sent_again_after_its_undo_changes_nothing(api, desk_for, waiting):
    desk = desk_for("moderate")
    (first, *_) = shown(desk.get("/console/queue"))
    form = {"id": first, "action": "reject"}
    desk.post("/console/queue/decide", form, op="late")
    desk.post("/console/queue/undo", {"id": first})
    desk.post("/console/queue/decide", form, op="late", **JSON)
    assert status(api, first) == "pending"


def test_undo_takes_the_last_decision_back_and_holds_the_comment_again(api, desk_for, waiting):
    desk, bob = desk_for("moderate"), desk_for("moderate", "bob")
    (first, *_) = shown(desk.get("/console/queue"))
    desk.post("/console/queue/decide", {"id": first, "action": "reject"})
    assert desk.post("/console/queue/undo", {"id": first}, **JSON).json == {"said": "Taken back.", "made": True}
    assert status(api, first) == "pending"
    assert first in shown(desk.get("/console/queue"))
    assert first not in shown(bob.get("/console/queue"))
    refused = bob.post("/console/queue/decide", {"id": first, "action": "approve"}, **JSON)
    assert (refused.status_code, refused.json["said"]) == (409, "Your hold on it ran out, and ada has it now.")


def test_who_came_second_is_told_who_decided_and_what(api, store, desk_for, waiting):
    ada, bob = desk_for("moderate", "ada"), desk_for("moderate", "bob")
    (first, second, *_) = shown(ada.get("/console/queue"))
    expire(store, {"items": [{"id": first}, {"id": second}]})
    bob.get("/console/queue")
    assert bob.post("/console/queue/decide", {"id": first, "action": "reject"}, **JSON).json["made"]
    refused = ada.post("/console/queue/decide", {"id": first, "action": "approve"}, **JSON)
    assert (refused.status_code, refused.json["said"]) == (409, "bob decided first: rejected. That stands.")
    page = ada.post("/console/queue/decide", {"id": first, "action": "approve"})
    assert "bob decided first: rejected. That stands." in ada.get(page.location).text
    assert status(api, first) == "rejected"
    refused = ada.post("/console/queue/decide", {"id": second, "action": "approve"}, **JSON)
    assert refused.json["said"] == "Your hold on it ran out, and bob has it now."


def test_a_lease_that_ran_out_costs_no_decision_where_nobody_else_came(api, store, desk_for, waiting):
    desk = desk_for("moderate")
    (first, *_) = shown(desk.get("/console/queue"))
    expire(store, {"items": [{"id": first}]})
    assert desk.post("/console/queue/decide", {"id": first, "action": "approve"}, **JSON).json["made"]
    assert status(api, first) == "approved"


def test_a_skipped_comment_goes_to_others_and_comes_back_when_asked_for(desk_for, waiting):
    ada, bob = desk_for("moderate", "ada"), desk_for("moderate", "bob")
    (first, *_) = shown(ada.get("/console/queue"))
    ada.post("/console/queue/decide", {"id": first, "action": "skip"})
    assert first not in shown(ada.get("/console/queue"))
    assert first in shown(bob.get("/console/queue"))
    bob.post("/console/sign-out")
    ada.post("/console/queue/leave")
    assert first in shown(ada.get("/console/queue"))


def test_when_only_skipped_ones_are_left_the_page_says_so(api, desk_for):
    hold_everything(api)
    api.post("/v1/comments", {"id": "only", "body": "The only comment that waits here today."})
    desk = desk_for("moderate")
    assert shown(desk.get("/console/queue")) == ["only"]
    desk.post("/console/queue/decide", {"id": "only", "action": "skip"})
    assert "comments that you skipped" in visible(desk.get("/console/queue").text)
    desk.post("/console/queue/leave")
    assert shown(desk.get("/console/queue")) == ["only"]


def visible(page: str) -> str:
    """A page without what is hidden in it."""
    return re.sub(r"<form[^>]* hidden>.*?</form>", "", page, flags=re.S)


def test_more_gives_what_the_page_does_not_have_and_says_what_is_held(desk_for, waiting):
    desk = desk_for("moderate")
    ids = shown(desk.get("/console/queue"))
    for one in ids[:6]:
        desk.post("/console/queue/decide", {"id": one, "action": "approve"}, **JSON)
    answer = desk.post("/console/queue/more", {"have": ids[6:]}, **JSON).json
    fresh = re.findall(r'<article class="card" id="c-(\S+)"', answer["cards"])
    assert len(fresh) == 6
    assert not set(fresh) & set(ids)
    assert set(answer["held"]) == set(ids[6:]) | set(fresh)


def test_holding_renews_and_tells_what_was_lost(api, store, desk_for, waiting):
    desk = desk_for("moderate")
    ids = shown(desk.get("/console/queue"))
    assert set(desk.post("/console/queue/hold", {"have": ids}, **JSON).json["held"]) == set(ids)
    expire(store, {"items": [{"id": ids[0]}]})
    desk_for("moderate", "bob").get("/console/queue")
    assert set(desk.post("/console/queue/hold", {"have": ids}, **JSON).json["held"]) == set(ids[1:])


def test_filters_narrow_and_another_place_gives_back_what_was_held(api, desk_for, waiting):
    desk = desk_for("moderate")
    assert len(shown(desk.get("/console/queue?section=sport"))) == 10
    ids = shown(desk.get("/console/queue?section=markets&order=oldest"))
    assert ids == [one for n, one in enumerate(waiting) if n % 2][:10]
    assert api.get("/v1/queue/counts").json["claimed"] == 10
    assert shown(desk.get("/console/queue?age=1h")) == []
    assert shown(desk.get("/console/queue?reason=link")) == []
    for query in ("reason=nonsense", "age=2h", "order=newest", "section=" + "x" * 101, "colour=red"):
        answer = desk.get(f"/console/queue?{query}")
        assert (answer.status_code, query.partition("=")[0] in answer.text) == (422, True)


def test_escalated_comments_are_for_admins(api, desk_for, waiting):
    ada, root = desk_for("moderate", "ada"), desk_for("admin", "root")
    (first, *_) = shown(ada.get("/console/queue"))
    ada.post("/console/queue/decide", {"id": first, "action": "escalate"})
    assert ada.get("/console/queue?escalated=1").status_code == 403
    assert shown(root.get("/console/queue?escalated=1")) == [first]
    refused = desk_for("moderate", "bob").post("/console/queue/decide", {"id": first, "action": "approve"}, **JSON)
    assert refused.json["said"] == "It was escalated: an admin decides."
    assert root.post("/console/queue/decide", {"id": first, "action": "approve"}, **JSON).json["made"]


def test_an_edited_comment_is_not_decided_unseen(api, desk_for, waiting):
    desk = desk_for("moderate")
    (first, *_) = shown(desk.get("/console/queue"))
    api.put(f"/v1/comments/{first}", {"body": "Something quite different now."})
    refused = desk.post("/console/queue/decide", {"id": first, "action": "approve", "revision": "1"}, **JSON)
    assert (refused.status_code, refused.json["said"]) == (
        409,
        "Its author edited it meanwhile. It comes back as it is now.",
    )


def test_notes_are_shown_to_colleagues_and_kept_once(api, desk_for, waiting):
    desk = desk_for("moderate")
    (first, *_) = shown(desk.get("/console/queue"))
    for _ in range(2):
        desk.post("/console/queue/note", {"id": first, "text": "Third <b>time</b> today."}, op="note", **JSON)
    assert [note["text"] for note in api.get(f"/v1/comments/{first}/notes").json["items"]] == [
        "Third <b>time</b> today."
    ]
    assert "Third &lt;b&gt;time&lt;/b&gt; today." in desk.get(f"/console/comments/{first}").text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("decide", {"id": "c-00", "action": "burn"}),
        ("decide", {"action": "approve"}),
        ("decide", {"id": "c 1", "action": "approve"}),
        ("decide", {"id": "c-00", "action": "reject", "labels": "rude"}),
        ("decide", {"id": "c-00", "action": "reject", "revision": "0"}),
        ("decide", {"id": "c-00", "action": "reject", "note": "x" * 2001}),
        ("note", {"id": "c-00"}),
        ("note", {"id": "c-00", "text": "x" * 2001}),
        ("undo", {}),
        ("more", {"have": ["a b"]}),
        ("hold", {"reason": "nonsense"}),
    ],
)
def test_a_form_that_does_not_fit_is_422_and_changes_nothing(api, desk_for, waiting, path, form):
    desk = desk_for("moderate")
    assert desk.post(f"/console/queue/{path}", form).status_code == 422
    assert desk.post(f"/console/queue/{path}", form, **JSON).json["type"] == "urn:winnow:problem:invalid"
    assert status(api, "c-00") == "pending"


def test_a_comment_of_another_site_is_not_there(api, desk_for, waiting, store):
    Keys(store).create("rival", "admin", "eve")
    theirs = desk_for("admin", "eve", site="rival")
    assert theirs.get("/console/comments/c-00").status_code == 404
    answer = theirs.post("/console/queue/decide", {"id": "c-00", "action": "approve"}, **JSON)
    assert answer.json["said"] == "It was erased meanwhile."
    assert status(api, "c-00") == "pending"


def test_the_page_of_a_comment_decides_anew_and_takes_back(api, desk_for, waiting):
    ada, bob = desk_for("moderate", "ada"), desk_for("moderate", "bob")
    path = "/console/comments/c-00"
    ada.post(f"{path}/decide", {"action": "approve", "revision": "1"})
    assert status(api, "c-00") == "approved"
    refused = bob.post(f"{path}/decide", {"action": "reject"})
    assert "ada decided first: approved. That stands." in bob.get(refused.location).text
    bob.post(f"{path}/decide", {"action": "reject", "labels": "spam", "override": "1", "term": "4.2"})
    assert status(api, "c-00") == "rejected"
    assert "Rejected by bob as spam; rule 4.2" in bob.get(path).text
    assert "only they take it back" in ada.get(ada.post(f"{path}/undo").location).text
    bob.post(f"{path}/undo")
    assert status(api, "c-00") == "approved"
    assert ada.get("/console/comments/none").status_code == 404
