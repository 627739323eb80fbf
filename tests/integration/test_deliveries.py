"""Deliveries to real servers: what is sent, in which order, how often, and what becomes of what fails."""

import random
import threading
import time
from hashlib import sha1
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from service.store import connection
from service.store.connection import Store, connect
from service.store.events import Events
from service.store.keys import Keys
from service.store.retention import now_ms
from service.store.webhooks import AT_ONCE, Act, Settlement, Webhooks
from service.webhooks.addresses import Networks
from service.webhooks.delivery import Deliverer
from service.webhooks.schedule import Schedule
from service.webhooks.sending import Sender
from service.webhooks.signing import new_secret
from tests.endpoints import always, serving
from tests.support import events, hold_everything, wait_until

LOOPBACK = Networks.parse("127.0.0.0/8")
AT_ONCE_AGAIN = Schedule(waits=(0.0,) * 6)
OPS = count()


@pytest.fixture
def webhooks(store, key_for):
    key_for("admin")  # makes the site
    return Webhooks(store)


@pytest.fixture
def endpoint():
    with serving() as one:
        yield one


@pytest.fixture
def other():
    with serving() as one:
        yield one


@pytest.fixture
def window(monkeypatch):
    """So few deliveries may be under way at once, and be parked; what ships takes a test too long to fill."""
    shipped = connection._source

    def source(name):
        text, _, changing = shipped(name)
        text = text.replace("local WINDOW = 500 ", "local WINDOW = 20 ")
        text = text.replace("local GIVEN_UP = 10000 ", "local GIVEN_UP = 20 ")
        return text, sha1(text.encode(), usedforsecurity=False).hexdigest(), changing

    assert "local WINDOW = 500 " in shipped("take_delivery")[0]
    monkeypatch.setattr(connection, "_source", source)
    return 20


def act():
    return Act(f"op-{next(OPS)}", "ada")


def hook(webhooks, endpoint, types=None, site="herald"):
    """Makes a webhook, and says its id and secret."""
    return webhooks.create(site, act(), endpoint.url, types, new_secret())


def deliverer(store, schedule=AT_ONCE_AGAIN, **sender):
    return Deliverer(Keys(store), Webhooks(store), Sender(LOOPBACK, **sender), schedule)


def serve(one, hook_id):
    """Delivers all that is due now, in as many turns as it takes; says how many attempts that were."""
    attempts = 0
    while made := one.serve("herald", hook_id):
        attempts += made
    return attempts


def happen(store, *happenings, site="herald"):
    """Events as scripts write them: of a comment, or of none."""
    for kind, comment in happenings:
        fields = {"type": kind, "at": now_ms(), "comment": comment, "data": '{"revision":1}'}
        store._client.xadd(f"{{{site}}}:events", fields)


def let_time_pass(store, hook_id):
    """Makes every wait and every lease of a webhook end now, as if the time had passed."""
    base = f"{{herald}}:webhook:{hook_id}"
    for name, kept in store._client.hgetall(f"{base}:state").items():
        tries, _, rest = kept.split(" ", 2)
        store._client.hset(f"{base}:state", name, f"{tries} 1 {rest}")
    store._client.hset(base, "next", 0)
    store._client.delete(f"{base}:held")


def test_a_delivery_is_the_event_signed_as_the_specification_says(api, store, webhooks, endpoint):
    hook_id, secret = hook(webhooks, endpoint)
    api.post("/v1/comments", {"id": "c-1", "body": "You stupid, worthless idiot."})
    assert serve(deliverer(store), hook_id) == 1
    (got,), (event,) = endpoint.got, events(api)
    assert got.json == {
        "type": "comment.held",
        "timestamp": event["at"],
        "data": {"id": event["id"], "comment_id": "c-1", "data": event["data"]},
    }
    assert Webhook(secret).verify(got.body, got.headers) == got.json
    assert got.headers["Content-Type"] == "application/json"
    assert b"idiot" not in got.body
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(got.body, got.headers)


def test_only_what_happens_after_it_was_made_and_of_its_types_is_delivered(store, webhooks, endpoint):
    happen(store, ("comment.held", "before"))
    hook_id, _ = hook(webhooks, endpoint, ["comment.held", "model.published"])
    happen(store, ("comment.held", "a"), ("comment.approved", "a"), ("model.published", ""), ("comment.held", "b"))
    serve(deliverer(store), hook_id)
    assert endpoint.told() == [("comment.held", "a"), ("model.published", None), ("comment.held", "b")]
    assert "comment_id" not in endpoint.got[1].json["data"]
    assert webhooks.ready("herald") == []


def test_after_a_rotation_both_secrets_verify_and_after_a_day_the_new_one_alone(store, webhooks, endpoint):
    hook_id, old = hook(webhooks, endpoint)
    new, until = webhooks.rotate("herald", act(), hook_id, new_secret())
    assert until - now_ms() == pytest.approx(24 * 3_600_000, abs=60_000)
    happen(store, ("comment.held", "a"))
    serve(deliverer(store), hook_id)
    store._client.hset(f"{{herald}}:webhook:{hook_id}", "old_until", 1)
    happen(store, ("comment.held", "b"))
    serve(deliverer(store), hook_id)
    both, later = endpoint.got
    for secret in (old, new):
        Webhook(secret).verify(both.body, both.headers)
    Webhook(new).verify(later.body, later.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later.body, later.headers)
    assert old not in store._client.hgetall(f"{{herald}}:webhook:{hook_id}").values()


def test_retries_wait_as_the_schedule_says_and_keep_their_id(store, webhooks, endpoint):
    endpoint.answer = always(500)
    hook_id, secret = hook(webhooks, endpoint)
    happen(store, ("comment.held", "a"))
    one = deliverer(store, Schedule())
    for waits in (5, 300, 1800, 7200, 18000, 36000):
        assert serve(one, hook_id) == 1
        assert serve(one, hook_id) == 0
        ((_, kept),) = store._client.hgetall(f"{{herald}}:webhook:{hook_id}:state").items()
        due = int(kept.split(" ")[1])
        assert waits - 30 <= (due - now_ms()) / 1000 <= waits * 1.2
        let_time_pass(store, hook_id)
    assert serve(one, hook_id) == 1
    found = webhooks.get("herald", hook_id)
    assert (found.waiting, found.parked, found.failure, found.failure_status) == (0, 1, "status", 500)
    assert len({got.headers["webhook-id"] for got in endpoint.got}) == 1
    assert len(endpoint.got) == 7
    for got in endpoint.got:
        Webhook(secret).verify(got.body, got.headers)


def test_a_later_event_of_a_comment_waits_for_an_earlier_one_and_other_comments_do_not(store, webhooks, endpoint):
    endpoint.answer = lambda got: (500 if got.comment == "a" else 204, {})
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, ("comment.held", "a"), ("comment.held", "b"), ("comment.approved", "a"), ("comment.approved", "b"))
    one = deliverer(store, Schedule())
    serve(one, hook_id)
    assert endpoint.told() == [("comment.held", "a"), ("comment.held", "b"), ("comment.approved", "b")]
    endpoint.answer = always(200)
    let_time_pass(store, hook_id)
    serve(one, hook_id)
    assert endpoint.told()[3:] == [("comment.held", "a"), ("comment.approved", "a")]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(comments=st.lists(st.sampled_from("abc"), min_size=1, max_size=15), seed=st.integers(0, 999))
def test_whatever_fails_no_event_is_lost_and_none_of_a_comment_overtakes_another(store, webhooks, comments, seed):
    dice = random.Random(seed)
    with serving() as endpoint:
        endpoint.answer = lambda _: (dice.choice([204, 204, 500, 302]), {})
        hook_id, _ = hook(webhooks, endpoint)
        happen(store, *[("comment.edited", one) for one in comments])
        workers = [deliverer(store, Schedule(waits=(0.0,) * 99)) for _ in range(3)]
        threads = [threading.Thread(target=one.serve, args=("herald", hook_id)) for one in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_until(lambda: workers[0].serve("herald", hook_id) == 0 and webhooks.get("herald", hook_id).waiting == 0)
        webhooks.drop("herald", act(), hook_id)
    for comment in "abc":
        seen = list(dict.fromkeys(got.event for got in endpoint.got if got.comment == comment))
        assert len(seen) == comments.count(comment)
        order = [got.event for got in endpoint.got if got.comment == comment]
        assert order == sorted(order, key=lambda one: [int(part) for part in one.split("-")])


def test_several_workers_share_the_work_and_deliver_each_event_once(store, redis_url, webhooks, endpoint):
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, *[("comment.edited", f"c-{n % 7}") for n in range(60)])
    workers = [deliverer(Store(connect(redis_url))) for _ in range(3)]
    threads = [threading.Thread(target=serve, args=(one, hook_id)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    serve(workers[0], hook_id)
    assert len(endpoint.got) == len({got.event for got in endpoint.got}) == 60


def test_what_is_given_up_is_parked_and_replayed(api, store, webhooks, endpoint):
    endpoint.answer = always(503)
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, *[("comment.held", f"c-{n}") for n in range(5)])
    one = deliverer(store)
    serve(one, hook_id)
    path = f"/v1/webhooks/{hook_id}"
    parked = api.get(f"{path}/parked?limit=3").json
    rest = api.get(f"{path}/parked?limit=3&cursor={parked['next_cursor']}").json
    items = parked["items"] + rest["items"]
    assert [one["comment_id"] for one in items] == [f"c-{n}" for n in range(5)]
    assert {(one["type"], one["attempts"], one["status"]) for one in items} == {("comment.held", 7, 503)}
    assert rest["next_cursor"] is None

    endpoint.answer = always(204)
    endpoint.got.clear()
    named = {"ids": [items[3]["id"], items[1]["id"], "1-1"]}
    for _ in range(2):
        assert api.post(f"{path}/replay", named, Idempotency_Key="k").json == {"replayed": 2}
    serve(one, hook_id)
    assert [got.comment for got in endpoint.got] == ["c-1", "c-3"]
    assert api.post(f"{path}/replay", {"all": True}).json == {"replayed": 3}
    serve(one, hook_id)
    assert [got.comment for got in endpoint.got] == ["c-1", "c-3", "c-0", "c-2", "c-4"]
    assert api.get(f"{path}/parked").json["items"] == []
    assert store._client.hlen(f"{{herald}}:webhook:{hook_id}:state") == 0


def test_a_redirect_is_not_followed(store, webhooks, endpoint, other):
    endpoint.answer = always(307, Location=other.url)
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, ("comment.held", "a"))
    serve(deliverer(store, Schedule()), hook_id)
    assert (len(endpoint.got), other.got) == (1, [])
    assert webhooks.get("herald", hook_id).failure_status == 307


def test_410_stops_a_webhook_and_what_waits_goes_when_it_is_started_again(api, store, webhooks, endpoint):
    endpoint.answer = always(410)
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, ("comment.held", "a"), ("comment.held", "b"))
    one = deliverer(store)
    serve(one, hook_id)
    shown = api.get(f"/v1/webhooks/{hook_id}").json
    assert (shown["enabled"], shown["disabled"], len(endpoint.got)) == (False, "gone", 1)
    assert webhooks.ready("herald") == []
    endpoint.answer = always(200)
    happen(store, ("comment.held", "c"))
    assert api("PATCH", f"/v1/webhooks/{hook_id}", {"enabled": True}).json["disabled"] is None
    serve(one, hook_id)
    assert [got.comment for got in endpoint.got[1:]] == ["a", "b", "c"]


def test_an_endpoint_may_ask_to_be_left_alone(store, webhooks, endpoint):
    endpoint.answer = always(429, Retry_After="600")
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, ("comment.held", "a"))
    serve(deliverer(store, Schedule()), hook_id)
    ((_, kept),) = store._client.hgetall(f"{{herald}}:webhook:{hook_id}:state").items()
    assert int(kept.split(" ")[1]) - now_ms() == pytest.approx(600_000, abs=30_000)


def test_a_worker_that_is_gone_in_the_middle_loses_nothing(store, webhooks, endpoint):
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, ("comment.held", "a"), ("comment.approved", "a"), ("comment.held", "b"))
    for token in ("first", "second"):
        assert webhooks.take("herald", hook_id, token).event.type == "comment.held"  # and then it is killed
    assert serve(deliverer(store), hook_id) == 0  # both are leased
    let_time_pass(store, hook_id)
    serve(deliverer(store), hook_id)
    assert endpoint.told() == [("comment.held", "a"), ("comment.approved", "a"), ("comment.held", "b")]


def test_a_repeated_take_leases_the_same_delivery_and_a_stale_settlement_counts_for_nothing(store, webhooks, endpoint):
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, ("comment.held", "a"), ("comment.held", "b"))
    first, again = (webhooks.take("herald", hook_id, "token") for _ in range(2))
    assert first.event == again.event
    let_time_pass(store, hook_id)
    taken_over = webhooks.take("herald", hook_id, "another")
    assert taken_over.event == first.event
    failed = Settlement("retry", 5000, 0, "connection")
    assert not webhooks.settle("herald", first, failed)
    assert webhooks.settle("herald", taken_over, failed)
    assert not webhooks.settle("herald", taken_over, failed)


def test_one_webhook_has_a_number_of_deliveries_on_their_way_at_the_most(store, webhooks, endpoint):
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, *[("comment.held", f"c-{n}") for n in range(10)])
    taken = [webhooks.take("herald", hook_id, f"token-{n}") for n in range(10)]
    assert [one is not None for one in taken] == [True] * AT_ONCE + [False] * (10 - AT_ONCE)
    assert webhooks.ready("herald") == []


def test_a_dead_endpoint_fills_a_bounded_set_and_loses_nothing(store, webhooks, endpoint, window):
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, *[("comment.held", f"c-{n}") for n in range(window + 30)])
    base = f"{{herald}}:webhook:{hook_id}"
    store._client.hset(base, "streak", 9)
    taken = 0
    while (dead := webhooks.take("herald", hook_id, f"token-{taken}")) is not None:
        webhooks.settle("herald", dead, Settlement("retry", 3_600_000, 500, "status"))
        taken += 1
    assert store._client.zcard(f"{base}:owed") == window
    assert webhooks.ready("herald") == []  # it waits, and new events do not wake it
    happen(store, ("comment.held", f"c-{window + 30}"))
    assert webhooks.ready("herald") == []

    endpoint.answer = always(204)
    endpoint.got.clear()
    store._client.hset(base, mapping={"next": 0, "failed": 0})  # five minutes later
    serve(deliverer(store), hook_id)
    assert [got.comment for got in endpoint.got] == [f"c-{n}" for n in range(window + 31)]


def test_a_dead_endpoint_is_tried_every_five_minutes_beside_the_schedule(store, webhooks, endpoint):
    endpoint.answer = always(500)
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, *[("comment.held", f"c-{n}") for n in range(6)])
    one = deliverer(store, Schedule())
    assert serve(one, hook_id) == 6
    for _ in range(9):
        store._client.hset(f"{{herald}}:webhook:{hook_id}", "failed", now_ms() - 300_001)
        assert serve(one, hook_id) == 1
    assert {got.comment for got in endpoint.got[6:]} == {"c-0"}
    states = store._client.hvals(f"{{herald}}:webhook:{hook_id}:state")
    assert [kept.split(" ")[0] for kept in states] == ["1"] * 6  # no attempt beside the schedule counts
    endpoint.answer = always(204)
    store._client.hset(f"{{herald}}:webhook:{hook_id}", "failed", now_ms() - 300_001)
    assert serve(one, hook_id) == 6  # it is there again, and all that waited goes at once


def test_events_that_were_dropped_before_their_delivery_are_said_to_be(api, store, webhooks, endpoint):
    hook_id, _ = hook(webhooks, endpoint)
    endpoint.answer = always(500)
    happen(store, ("comment.held", "parked"))
    one = deliverer(store)
    serve(one, hook_id)
    happen(store, ("comment.held", "waits"))
    serve(deliverer(store, Schedule()), hook_id)
    happen(store, ("comment.held", "unread"))
    time.sleep(0.005)
    Events(store).drop_before("herald", now_ms())
    happen(store, ("comment.held", "kept"))
    assert webhooks.forget_dropped("herald") == 2
    endpoint.answer = always(204)
    endpoint.got.clear()
    let_time_pass(store, hook_id)
    while serve(one, hook_id) or webhooks.ready("herald"):
        pass
    assert [got.comment for got in endpoint.got] == ["kept"]
    shown = api.get(f"/v1/webhooks/{hook_id}").json
    assert (shown["parked"], shown["waiting"]) == (0, 0)
    assert shown["missed_until"] is not None


def test_endpoints_that_hang_hold_up_no_other_webhook(store, webhooks, endpoint, other, key_for):
    key_for("admin", site="rival")
    released = threading.Event()
    endpoint.answer = lambda _: ((released.wait(30) and 204) or 204, {})
    for site in ("herald", "rival"):
        for _ in range(5):
            hook(webhooks, endpoint, site=site)
    quick, _ = hook(webhooks, other)
    happen(store, *[("comment.held", f"c-{n}") for n in range(50)])
    happen(store, *[("comment.held", f"c-{n}") for n in range(50)], site="rival")
    one = deliverer(store, Schedule())
    running = threading.Thread(target=one.run)
    running.start()
    try:
        wait_until(lambda: len(endpoint.got) >= 10)
        wait_until(lambda: len(other.got) == 50)
        wait_until(lambda: webhooks.get("herald", quick).waiting == 0)  # the last answer is settled after it came
    finally:
        one.end()
        released.set()
        running.join(30)
    assert not running.is_alive()


def test_a_real_decisions_events_come_in_order(api, store, webhooks, endpoint):
    hold_everything(api)
    hook_id, _ = hook(webhooks, endpoint)
    api.post("/v1/comments", {"id": "c-1", "body": "Thanks"})
    api.post("/v1/comments/c-1/decision", {"action": "approve"})
    api.delete("/v1/comments/c-1")
    serve(deliverer(store), hook_id)
    assert [kind for kind, _ in endpoint.told()] == [one["type"] for one in events(api)]


def test_parked_deliveries_are_bounded_and_the_oldest_go_first(store, webhooks, endpoint, window):
    hook_id, _ = hook(webhooks, endpoint)
    happen(store, *[("comment.held", f"c-{n}") for n in range(window + 5)])
    taken = 0
    while (dead := webhooks.take("herald", hook_id, f"token-{taken}")) is not None:
        webhooks.settle("herald", dead, Settlement("park", 0, 500, "status"))
        taken += 1
        if taken == 10:
            assert webhooks.replay("herald", act(), hook_id, None) == 10
    # Ten were parked twice; of all that were given up, the newest are left.
    parked = [one.comment_id for one in webhooks.parked("herald", hook_id, "", 100)]
    assert parked == [f"c-{n}" for n in range(window + 5)][-window:]
    assert webhooks.get("herald", hook_id).missed_until is not None
    assert store._client.hlen(f"{{herald}}:webhook:{hook_id}:state") == window
