"""The event feed: in order, waited for, without a word of a reader."""

import threading
import time

from tests.support import events


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
