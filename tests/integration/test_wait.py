"""What is acknowledged with WINNOW_REDIS_WAIT is on a replica, and what is not there is not acknowledged, ever."""

import re
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

import service
from service.app import create_app
from service.monitoring.census import Census
from service.settings import load_settings
from service.store.connection import Store, StoreUnavailable, connect
from service.store.keys import Keys
from service.store.pieces import Piece, write
from service.store.servers.client import READING
from service.store.sites import Sites
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


@contextmanager
def full(server):
    """A server whose memory is full."""
    server.ask("CONFIG", "SET", "maxmemory", 1)
    try:
        yield
    finally:
        server.ask("CONFIG", "SET", "maxmemory", 0)


def test_a_server_that_is_full_still_erases_and_answers_for_it_once_a_replica_has_it(api, watched):
    assert post(api, "c-1").status_code == 201
    with full(watched.primary()):
        assert post(api, "c-2").status_code == 503
        with stopped(watched.replicas()):
            assert api.delete("/v1/comments/c-1").status_code == 503
        wait_until(lambda: api.delete("/v1/comments/c-1").status_code == 204)
    assert api.get("/v1/comments/c-1").status_code == 410
    wait_until(watched.whole, 40)


def test_a_site_that_is_erased_leaves_no_mark(api, store, watched):
    post(api, "c-1")
    assert watched.primary().ask("EXISTS", "{herald}:waited") == 1
    list(Sites(store, settles=0).erase("herald", "op", "olga"))
    assert watched.primary().ask("KEYS", "{herald}*") == []


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


def test_of_all_commands_in_the_code_those_that_read_are_known_to_and_no_others(redis_url):
    room = Path(service.__file__).parent
    python = "".join(path.read_text() for path in room.rglob("*.py"))
    lua = "".join(path.read_text() for path in room.rglob("*.lua"))
    met = {*re.findall(r"\b(?:client|pipeline)\.([a-z_]+)\(", python), *re.findall(r"redis\.p?call\('(\w+)'", lua)}
    names = sorted({one.replace("_", "|").lower() for one in met} | {one.lower() for one in READING})
    (told,) = connect(redis_url).lines.ask([("COMMAND", "INFO", *names, "xinfo")])
    flags = {one[0].partition("|")[0].upper(): set(map(str, one[2])) for one in told if one and one[2]}
    assert len(flags) > 60
    assert {one for one, said in flags.items() if "readonly" in said} - READING == set()
    assert {one for one, said in flags.items() if "write" in said} & READING == set()


def test_what_is_brought_back_is_on_a_replica_for_each_site(store, watched):
    pieces = [Piece("string", f"{{{site}}}:salt".encode(), [b"1"]) for site in ("herald", "post")]
    assert sum(write(store, pieces)) == 2 * len(pieces)
    assert watched.primary().ask("EXISTS", "{herald}:waited", "{post}:waited") == 2
    with stopped(watched.replicas()), pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
        list(write(store, pieces))
    wait_until(watched.whole, 40)


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
    app = create_app(load_settings(environ=environ), redis_url)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "0 replicas" in answer.json["problems"][0]
    parts = app.extensions["winnow"]
    census = Census(parts.store, parts.models, allow_volatile=False, replicas=1)
    assert b"\nwinnow_ready 0.0\n" in census.count()
