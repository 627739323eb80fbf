"""Bare connections: an answer is its own question's, and a broken one is not handed on."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.store import lines as room
from service.store.connection import connect
from service.store.lines import AllInUse, pack_command
from tests.support import wait_until


@pytest.fixture
def hasty(redis_url):
    """Connections that wait half a second for an answer, and repeat nothing."""
    return connect(redis_url, patient=False)


def test_errors_of_the_server_come_back_in_their_places(hasty):
    first, wrong, last = hasty.lines.ask([("ECHO", "a"), ("EVALSHA", "0" * 40, 0), ("ECHO", "b")])
    assert (first, last) == ("a", "b")
    assert isinstance(wrong, ResponseError)


def test_connections_that_were_closed_while_idle_are_replaced_unnoticed(hasty, redis_url):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: hasty.lines.ask([("ECHO", n)]), range(64)))
    connect(redis_url).client.client_kill_filter(_type="normal", skipme=True)
    assert [hasty.lines.ask([("ECHO", n)]) for n in range(20)] == [[str(n)] for n in range(20)]


def test_an_answer_that_comes_too_late_is_never_taken_for_the_next_one(hasty):
    hasty.lines.ask([("ECHO", "warm")])
    hasty.client.client_pause(900, all=True)
    with pytest.raises(RedisTimeoutError):
        hasty.lines.ask([("ECHO", "late")])
    answers = []
    wait_until(lambda: answers.append(hasty.lines.ask([("ECHO", "next")])) or True)
    assert answers == [["next"]]


def test_more_callers_than_seats_wait_for_one(monkeypatch, redis_url):
    monkeypatch.setattr(room, "MOST", 2)
    lines = connect(redis_url).lines
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda n: lines.ask([("ECHO", n)]), range(400)))
    assert answers == [[str(n)] for n in range(400)]
    assert lines._idle.qsize() <= 2


def test_where_none_comes_free_that_is_said_once_and_those_in_use_go_on(monkeypatch, redis_url):
    monkeypatch.setattr(room, "MOST", 1)
    monkeypatch.setattr(room, "PATIENCE", 0.2)
    lines = connect(redis_url).lines
    lines.ask([("PING",)])
    with ThreadPoolExecutor(1) as threads:
        line = lines._take()
        mine = line.ask(pack_command(("CLIENT", "ID")), 1, raw=False)
        with pytest.raises(AllInUse, match="all 1 connections are in use"):
            threads.submit(lines.ask, [("PING",)]).result()
        lines._idle.put(line)
    assert lines.ask([("CLIENT", "ID")]) == mine


def test_a_script_that_the_server_forgot_is_told_again_in_its_place(store):
    store.run("release", "herald")
    store.call(lambda client: client.script_flush())
    assert store.run_all("release", "herald", [(), ()]) == [0, 0]
