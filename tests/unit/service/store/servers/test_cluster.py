"""Lines to the nodes of a cluster, and to a primary: threads share them, and being busy is no fault of theirs."""

from types import SimpleNamespace

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from service.store import lines as room
from service.store.lines import AllInUse
from service.store.servers.address import Address
from service.store.servers.cluster import Cluster
from service.store.servers.sentinel import PrimaryLines, Sentinels

RETRY = Retry(NoBackoff(), 3, (RedisConnectionError,))
NODE = ("127.0.0.1", 1)


@pytest.fixture
def cluster():
    return Cluster(Address.parse("redis+cluster://127.0.0.1:1"), {}, RETRY)


@pytest.fixture
def busy(monkeypatch):
    """All connections are in use."""
    monkeypatch.setattr(room, "MOST", 0)
    monkeypatch.setattr(room, "PATIENCE", 0.01)


def test_lines_are_let_go_by_one_thread_while_another_makes_some(cluster):
    class Meanwhile:
        def __contains__(self, node):
            cluster._lines_to((node[0], node[1] + 1))  # as another thread does between two looks
            return node != NODE

    cluster._map = SimpleNamespace(nodes=Meanwhile)
    cluster._lines_to(NODE)
    cluster._forget_others()
    assert list(cluster._lines) == [("127.0.0.1", 2)]


@pytest.mark.usefixtures("busy")
def test_a_node_all_of_whose_lines_are_in_use_is_not_left(cluster):
    with pytest.raises(AllInUse):
        cluster._answers(NODE, [("PING",)], raw=False)
    assert cluster._lines_to(NODE)._era == 0


@pytest.mark.usefixtures("busy")
def test_a_primary_all_of_whose_lines_are_in_use_is_not_left():
    address = Address.parse("redis+sentinel://127.0.0.1:1/winnow")
    lines = PrimaryLines(Sentinels(address, {}), RETRY)
    with pytest.raises(AllInUse):
        lines.ask([("PING",)])
    assert lines._era == 0
