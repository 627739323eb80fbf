"""What is acknowledged with WINNOW_REDIS_WAIT is on a replica, and what is not there is not acknowledged, ever."""

import signal
from contextlib import contextmanager

import pytest

from service.app import create_app
from service.settings import load_settings
from service.store.connection import Store, StoreUnavailable, connect
from service.store.keys import Keys
from tests.support import Api, wait_until


@pytest.fixture
def store(watched):
    watched.heal()
    watched.primary().ask("FLUSHALL")
    return Store(connect(watched.url, replicas=1))


@pytest.fixture
def api(store, watched, tmp_path):
    environ = {"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error", "WINNOW_REDIS_WAIT": "1"} | {
        "REDIS_URL": watched.url
    }
    app = create_app(load_settings(environ=environ), watched.url)
    key, _ = Keys(store).create("herald", "admin", "ada")
    return Api(app.test_client(), key)


@contextmanager
def stopped(servers):
    for one in servers:
        one.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in servers:
            one.process.send_signal(signal.SIGCONT)


def post(api, comment_id):
    body = {"id": comment_id, "body": f"On {comment_id}", "author": {"id": "u"}, "article": {"id": "a"}}
    return api.post("/v1/comments", body)


def test_what_no_replica_took_over_is_503_and_a_repeat_is_acknowledged_once_one_has(api, watched):
    assert post(api, "c-1").status_code == 201
    with stopped(watched.replicas()):
        refused = post(api, "c-2")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        assert post(api, "c-2").status_code == 503  # done before, and still on no replica
        assert api.get("/v1/comments/c-1").status_code == 200  # reads wait for nobody
    wait_until(watched.whole, 40)
    assert post(api, "c-2").status_code in (200, 201)
    assert api.get("/v1/comments?limit=10").json["items"][0]["id"] == "c-2"
    assert len(api.get("/v1/comments?limit=10").json["items"]) == 2


def test_one_replica_of_two_is_enough_and_it_is_the_one_that_takes_over(api, watched):
    late, quick = watched.replicas()
    old = watched.primary()
    with stopped([late]):
        old.ask("CLIENT", "KILL", "TYPE", "replica")  # the other comes back at once; what is on its way is lost with it
        wait_until(lambda: watched.online() == 1)
        for n in range(20):
            assert post(api, f"c-{n}").status_code == 201
        old.end()
    wait_until(lambda: watched.primary() is not old, 30)
    assert watched.primary() is quick
    wait_until(lambda: api.get("/v1/comments/c-0").status_code == 200, 30)
    assert all(api.get(f"/v1/comments/c-{n}").status_code == 200 for n in range(20))
    watched.rejoin(old)


def test_what_was_done_before_and_changes_nothing_now_waits_as_if_it_did(store, watched):
    with stopped(watched.replicas()):
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
                store.call(lambda client: client.sadd("{herald}:things", "one"))
    wait_until(watched.whole, 40)
    assert store.call(lambda client: client.sadd("{herald}:things", "one")) == 0


def test_plain_commands_wait_too_and_reads_do_not(store, watched):
    with stopped(watched.replicas()):
        with pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
            store.call(lambda client: client.set("{herald}:a", 1))
        assert store.call(lambda client: client.get("{herald}:a")) == "1"
        with pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
            store.run("release", "herald")


def test_where_there_is_no_replica_at_all_nothing_is_acknowledged(redis_url):
    with pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
        Keys(Store(connect(redis_url, replicas=1))).create("herald", "admin", "ada")


def test_it_is_not_ready_with_fewer_replicas_than_it_waits_for(redis_url, tmp_path):
    environ = {
        "WINNOW_DATA": str(tmp_path),
        "WINNOW_LOG_LEVEL": "error",
        "WINNOW_REDIS_WAIT": "1",
        "REDIS_URL": redis_url,
    }
    answer = create_app(load_settings(environ=environ), redis_url).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "0 replicas" in answer.json["problems"][0]
