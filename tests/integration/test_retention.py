"""What goes when its time is over, what never goes, and what an erasure still owes."""

import itertools
import sys
import threading

import pytest

from service.commands.export import decided
from service.monitoring.metrics import Metrics
from service.processes.worker import Chore, Worker, chores
from service.store.events import Events
from service.store.keys import Keys
from service.store.retention import Retention
from tests.support import events, everything, hold_everything, wait_until

DAY_MS = 86_400_000


def do(store, name, site="herald"):
    """Does one of the worker's chores for the site."""
    (chore,) = [chore for chore in chores(store) if chore.name == name]
    return chore.do(site)


def age(store, comment_id, days):
    """Sets back when a comment came in, as if so many days had passed."""
    client, back = store._client, -round(days * DAY_MS)
    comment = f"{{herald}}:comment:{comment_id}"
    client.hincrby(comment, "received", back)
    for key in client.scan_iter("{herald}:list:*"):
        if not key.endswith(":decided") and client.zscore(key, comment_id) is not None:
            client.zincrby(key, back, comment_id)


def age_decision(store, comment_id, days):
    """Sets back when a comment was decided."""
    store._client.zincrby("{herald}:list:decided", -round(days * DAY_MS), comment_id)


def await_rewrite(store):
    """Waits until the server rewrites nothing: it refuses a second rewrite at the same time."""
    flags = ("aof_rewrite_in_progress", "aof_rewrite_scheduled")
    wait_until(lambda: not any(store._client.info("persistence")[flag] for flag in flags))


def post(api, comment_id, **more):
    comment = {"id": comment_id, "body": f"A great read, thanks ({comment_id})", "language": "en"}
    placed = {"author": {"id": "u-1"}, "article": {"id": "a-1"}}
    return api.post("/v1/comments", comment | placed | more).json["status"]


def listed(api, query=""):
    return [one["id"] for one in api.get(f"/v1/comments?{query}").json["items"]]


def reject_everything(api):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"mode": "post", "thresholds": {"toxicity": {"hold": 0.0, "reject": 0.0}}})


def test_what_the_machine_approved_goes_after_seven_days_and_not_before(api, store):
    for comment_id, days in (("old", 7.1), ("young", 6.9)):
        assert post(api, comment_id) == "approved"
        age(store, comment_id, days)
    assert do(store, "retention") == 1
    assert api.get("/v1/comments/old").status_code == 404
    assert api.get("/v1/comments/young").status_code == 200
    assert do(store, "retention") == 0


def test_what_the_machine_rejected_goes_after_half_a_year_and_not_before(api, store):
    reject_everything(api)
    for comment_id, days in (("old", 183.1), ("young", 182.9)):
        assert post(api, comment_id) == "rejected"
        age(store, comment_id, days)
    assert do(store, "retention") == 1
    assert listed(api) == ["young"]


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_what_a_human_decided_goes_half_a_year_after_the_decision_and_not_before(api, store, action):
    for comment_id, days in (("old", 183.1), ("young", 182.9)):
        post(api, comment_id)
        age(store, comment_id, 400)
        api.post(f"/v1/comments/{comment_id}/decision", {"action": action})
        age_decision(store, comment_id, days)
    assert do(store, "retention") == 1
    assert listed(api) == ["young"]
    assert [line["id"] for line in decided(store, "herald", 0)] == ["young"]


def test_pending_comments_never_go_however_old(api, store):
    hold_everything(api)
    for comment_id in ("waiting", "claimed", "escalated"):
        post(api, comment_id)
    api.post("/v1/comments/escalated/decision", {"action": "escalate"})
    api.post("/v1/queue/claims", {"limit": 1})
    for comment_id in ("waiting", "claimed", "escalated"):
        age(store, comment_id, 4000)
    assert do(store, "retention") == 0
    assert sorted(listed(api, "status=pending")) == ["claimed", "escalated", "waiting"]
    assert api.get("/v1/queue/counts").json["pending"] == 3


def test_the_lists_and_counts_of_authors_and_articles_follow(api, store):
    for comment_id in ("old", "young"):
        post(api, comment_id)
    age(store, "old", 8)
    do(store, "retention")
    assert listed(api, "author_id=u-1") == listed(api, "article_id=a-1") == ["young"]
    assert store._client.hgetall("{herald}:author:u-1") == {"approved": "1"}
    age(store, "young", 8)
    do(store, "retention")
    assert store._client.exists("{herald}:author:u-1") == 0


def test_nothing_of_what_went_is_left_but_its_event(api, store):
    secret = "a very particular sentence"
    post(api, "c-1", body=secret)
    api.put("/v1/comments/c-1", {"body": secret + " twice", "author": {"id": "u-1"}})
    age(store, "c-1", 8)
    assert do(store, "retention") == 1
    kept = everything(store)
    assert secret not in kept
    assert "u-1" not in kept
    assert {event["comment_id"] for event in events(api)} == {"c-1"}


def test_more_go_at_once_than_one_call_looks_at_and_those_between_stay(api, store):
    comments = [{"id": f"r-{n:04}", "body": f"Number {n}"} for n in range(700)]
    for start in (0, 350):
        api.post("/v1/comments/batch", {"comments": comments[start : start + 350]})
    ids = listed(api, "status=approved&limit=1000")
    kept = ids[::7]
    api.post("/v1/decisions", {"decisions": [{"id": one, "action": "approve"} for one in kept]})
    client = store._client
    client.zadd("{herald}:list:approved", dict.fromkeys(ids, 1))
    for one in ids:
        client.hset(f"{{herald}}:comment:{one}", "received", 1)
    assert do(store, "retention") == len(ids) - len(kept)
    assert sorted(listed(api, "status=approved&limit=1000")) == sorted(kept)


def test_one_sites_retention_leaves_anothers_comments(api, key_for, store):
    rival = key_for("admin", site="rival")
    assert post(api, "c-1") == "approved"
    rival.post("/v1/comments", {"id": "theirs", "body": "Thanks"})
    age(store, "c-1", 8)
    store._client.hset("{rival}:comment:theirs", "received", 1)
    store._client.zadd("{rival}:list:approved", {"theirs": 1})
    assert do(store, "retention") == 1
    assert rival.get("/v1/comments/theirs").status_code == 200


def test_the_append_only_file_is_rewritten_once_after_an_erasure(api, store):
    await_rewrite(store)
    retention = Retention(store)
    assert not retention.rewrite_after_erasures("herald")
    post(api, "c-1")
    api.delete("/v1/comments/c-1")
    assert retention.rewrite_after_erasures("herald")
    await_rewrite(store)
    assert not retention.rewrite_after_erasures("herald")
    assert store._client.get("{herald}:rewritten") == store._client.get("{herald}:erased")


def test_an_erasure_on_any_site_has_the_file_rewritten(api, key_for, store):
    rival = key_for("admin", site="rival")
    rival.post("/v1/comments", {"id": "c-1", "body": "Thanks"})
    rival.delete("/v1/comments/c-1")
    await_rewrite(store)
    do(store, "rewrite", "rival")
    assert store._client.get("{rival}:rewritten") == store._client.get("{rival}:erased")


def test_events_are_kept_for_a_week_and_a_cursor_behind_them_is_told(api, store):
    client = store._client
    client.xadd("{herald}:events", {"type": "comment.held", "at": 1, "comment": "c-0", "data": "{}"}, id="1-0")
    post(api, "c-1")
    assert do(store, "events") == 1
    assert [event["comment_id"] for event in events(api)] == ["c-1"]
    assert api.get("/v1/events?after=0-5").status_code == 410
    assert [event["comment_id"] for event in events(api, after="1-0")] == ["c-1"]
    assert Events(store).drop_before("herald", 1) == 0


def test_leases_that_ran_out_are_given_back_without_anybody_asking(api, store):
    hold_everything(api)
    post(api, "c-1")
    api.post("/v1/queue/claims", {"limit": 1})
    assert do(store, "leases") == 1
    store._client.zadd("{herald}:leases", {"c-1": 1})
    assert do(store, "leases") == 0
    assert store._client.hget("{herald}:comment:c-1", "claim") is None


def test_a_chore_is_done_for_every_site_until_the_worker_ends(key_for, store):
    done = []
    for site in ("herald", "rival"):
        key_for("submit", site=site)
    worker = Worker(Keys(store), [], Metrics().background)

    def do(site):
        done.append(site)
        if len(done) == 2:
            worker.end()

    worker._chores.append(Chore("note", 3600, do))
    worker.run()
    assert done == ["herald", "rival"]


@pytest.mark.parametrize("line", range(1, 5))
def test_the_worker_can_be_ended_by_a_signal_on_whichever_line_it_is(store, line):
    worker, lines = Worker(Keys(store), [], Metrics().background), itertools.count(1)

    def trace(_frame, event, _argument):
        if event == "line" and next(lines) == line:
            worker.end()
        return trace

    def run():
        sys.settrace(trace)
        worker.run()

    running = threading.Thread(target=run, daemon=True)
    running.start()
    running.join(20)
    assert not running.is_alive()


def test_a_chore_that_meets_what_is_damaged_stops_no_other(key_for, store):
    key_for("submit")
    done = []

    def damaged(_site):
        raise ValueError

    worker = Worker(Keys(store), [Chore("damaged", 3600, damaged)], Metrics().background)
    worker._chores.append(Chore("end", 3600, lambda _site: (done.append(1), worker.end())))
    worker.run()
    assert done == [1]
