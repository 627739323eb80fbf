"""A connection that keeps time: what is slow ends, what waits or moves does not."""

import socket
import threading
from itertools import repeat

import pytest

from service.api.problems import Problem
from service.processes.pacing import Paced

SHORT = 0.05
"""Seconds: a deadline that is to be missed."""

LONG = 0.5
"""A deadline that is to be kept."""

LATER = 2 * LONG
"""After the deadline."""


class Asked:
    """A request, as far as it is told that its connection ends."""

    closes = False

    def force_close(self):
        self.closes = True


@pytest.fixture
def ends():
    """The client's end, and the server's, with deadlines that are soon over."""
    client, server = socket.socketpair()
    with client, server:
        yield client, Paced(server, SHORT, SHORT)


@pytest.fixture
def kept():
    """Both ends, with deadlines that a busy machine keeps as well."""
    client, server = socket.socketpair()
    with client, server:
        yield client, Paced(server, LONG, LONG)


def trickle(client, until):
    """Sends a byte now and then, each well within the deadline."""

    def sends():
        while not until.wait(SHORT / 10):
            client.sendall(b"x")

    threading.Thread(target=sends, daemon=True).start()


def late(paced):
    with pytest.raises(Problem) as refused:
        all(paced.recv(1) for _ in repeat(None))
    assert refused.value.status == 408
    assert paced.recv(1) == b""


def test_a_request_may_take_its_time_to_begin(kept):
    client, paced = kept
    threading.Timer(LATER, client.sendall, [b"GET"]).start()
    assert paced.recv(3) == b"GET"


def test_a_head_that_trickles_is_late_however_steadily_it_comes(ends):
    client, paced = ends
    over = threading.Event()
    trickle(client, over)
    late(paced)
    over.set()


def test_a_body_that_trickles_is_late_and_its_connection_closes(ends):
    client, paced = ends
    over, asked = threading.Event(), Asked()
    paced.begins(asked)
    trickle(client, over)
    late(paced)
    over.set()
    assert asked.closes


def test_a_body_gets_more_time_by_what_came(kept):
    client, paced = kept
    client.sendall(b"x" * (128 << 10))
    paced.begins(Asked())
    assert len(paced.recv(128 << 10)) == 128 << 10
    threading.Timer(LATER, client.sendall, [b"y"]).start()
    assert paced.recv(1) == b"y"


def test_the_next_request_may_take_its_time_too(kept):
    client, paced = kept
    client.sendall(b"xy")
    assert paced.recv(1) == b"x"
    paced.begins(Asked())
    assert paced.recv(1) == b"y"
    paced.rests()
    threading.Timer(LATER, client.sendall, [b"z"]).start()
    assert paced.recv(1) == b"z"


def test_an_answer_that_nobody_takes_is_cut_off(ends):
    client, paced = ends
    with pytest.raises(BrokenPipeError):
        any(paced.sendall(b"x" * 10_000) for _ in repeat(None))
    assert paced.recv(1) == b""
    assert client.recv(1) == b"x"


@pytest.fixture
def taken():
    """A connection with room for next to nothing, whose client takes a byte now and then; half a second for an answer."""
    client, server = socket.socketpair()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    over = threading.Event()

    def takes():
        while not over.wait(SHORT / 10):
            client.recv(1)

    taker = threading.Thread(target=takes)
    taker.start()
    with server:
        yield Paced(server, 10 * SHORT, 10 * SHORT)
    over.set()
    taker.join()
    client.close()


def test_an_answer_in_many_pieces_has_no_more_time_than_one(taken):
    taken.begins(Asked())
    with pytest.raises(BrokenPipeError):
        any(taken.sendall(b"x") for _ in range(1000))


def test_each_answer_has_time_of_its_own(taken):
    for _ in range(200):
        taken.begins(Asked())
        taken.sendall(b"x")
        taken.rests()
