"""Who did what, and when: every act of a moderator, an administrator and an operator leaves one line."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from service.processes.worker import chores
from service.store.audit import Audit, Wanted
from service.store.connection import LUA
from service.store.keys import Keys
from tests.support import hold_everything


def lines(api, query=""):
    """The log as (who, act, on), oldest first."""
    items = api.get(f"/v1/audit?limit=1000&{query}").json["items"]
    return [(one["by"], one["act"], one["on"]) for one in reversed(items)]


def test_every_act_on_a_comment_is_one_line_with_its_doer(api, bob, held):
    before = len(lines(api))
    bob.post("/v1/comments/h-0/decision", {"action": "approve", "note": "a word to colleagues"})
    bob.post("/v1/comments/h-0/decision", {"action": "approve", "note": "a word to colleagues"})
    api.post("/v1/comments/h-0/decision", {"action": "reject", "labels": ["spam"], "override": True})
    bob.post("/v1/comments/h-1/decision", {"action": "escalate"})
    api.delete("/v1/comments/h-0/decision")
    api.post("/v1/decisions", {"decisions": [{"id": one, "action": "approve"} for one in ("h-2", "h-3")]})
    api.post("/v1/queue/claims", {"limit": 2})
    api.delete("/v1/comments/h-4")
    api.delete("/v1/comments/h-4")
    assert lines(api)[before:] == [
        ("bob", "decision.made", "h-0"),
        ("ada", "decision.overridden", "h-0"),
        ("bob", "comment.escalated", "h-1"),
        ("ada", "decision.undone", "h-0"),
        ("ada", "decision.made", "h-2"),
        ("ada", "decision.made", "h-3"),
        ("ada", "comment.erased", "h-4"),
    ]
    assert "a word to colleagues" not in api.get("/v1/audit").text
    overridden = api.get("/v1/audit?act=decision.overridden").json["items"][0]
    assert overridden["data"] == {"revision": 1, "action": "reject", "labels": ["spam"], "by": "ada"}


def test_policies_models_and_keys_are_written_down(api, key_for, store):
    hold_everything(api)
    _, key = Keys(store).create("herald", "moderate", "eve", by="olga")
    assert Keys(store).revoke(key.id, by="olga")
    assert lines(api)[-3:] == [
        ("ada", "policy.saved", None),
        ("olga", "key.created", None),
        ("olga", "key.revoked", None),
    ]
    made = api.get("/v1/audit?act=key.created&by=olga").json["items"][0]
    assert made["data"]["key"] == key.id
    assert (made["data"]["role"], made["data"]["name"]) == ("moderate", "eve")
    version = api.get("/v1/model").json["version"]
    api.post("/v1/model", {"version": version, "reason": "stay with it"})
    assert lines(api)[-1] == ("ada", "model.published", None)


def test_a_page_goes_on_where_the_last_one_ended_newest_first(api, held):
    api.post("/v1/decisions", {"decisions": [{"id": one, "action": "approve"} for one in held]})
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/audit?act=decision.made&limit=3{cursor and '&cursor=' + cursor}").json
        found += [one["on"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert found == held[::-1]


def test_a_filter_looks_at_so_many_lines_a_call_and_says_so(api, store, monkeypatch):
    monkeypatch.setattr("service.store.audit.SEARCHED_AT_MOST", 2)
    for n in range(3):
        Audit(store).note("herald", f"op-{n}", "olga", "site.closed", {})
    page = api.get("/v1/audit?by=nobody").json
    assert (page["items"], page["searched"]) == ([], 2)
    assert api.get(f"/v1/audit?by=nobody&cursor={page['next_cursor']}").json["searched"] == 2


def test_a_time_range_takes_its_start_and_leaves_its_end(store):
    client = store._client
    for ms in (1000, 2000, 3000):
        client.xadd("{herald}:audit", {"at": ms, "by": "b", "act": "a", "on": "", "data": "{}"}, id=f"{ms}-0")
    found = Audit(store).find("herald", Wanted(since=2000, until=3000), 10, None)
    assert [act.at for act in found.items] == [2000]
    assert [act.at for act in Audit(store).since("herald", 2000)] == [2000, 3000]


def test_times_outside_what_is_kept_are_clipped(api, held):
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert lines(api, "from=0001-01-01T00:00:00Z&to=" + tomorrow)
    assert lines(api, "from=" + tomorrow) == []
    assert lines(api, "to=0001-01-01T00:00:00Z") == lines(api, "cursor=0-0") == []


def test_a_repeated_note_of_one_operation_is_one_line(api, store):
    for _ in range(2):
        Audit(store).note("herald", "op-1", "olga", "site.closed", {"why": 1})
    assert [act for _, act, _ in lines(api)].count("site.closed") == 1


def test_lines_go_after_400_days_and_not_before(store):
    client = store._client
    now = client.time()[0] * 1000
    for days in (401, 399):
        at = now - days * 86_400_000
        client.xadd("{herald}:audit", {"at": at, "by": "b", "act": str(days), "on": "", "data": "{}"}, id=f"{at}-0")
    (chore,) = [chore for chore in chores(store) if chore.name == "audit"]
    assert chore.do("herald") == 1
    assert [act.act for act in Audit(store).since("herald", 0)] == ["399"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_of_the_api_changes_the_log(api, method):
    assert api(method, "/v1/audit").status_code == 405


def test_no_script_takes_a_line_out_of_the_log_or_edits_one():
    for script in LUA.glob("*.lua"):
        for command in re.findall(r"redis\.call\('(\w+)', key\('audit'\)", script.read_text()):
            assert command in ("XADD", "XREVRANGE"), script.name
