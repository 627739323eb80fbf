"""A server that is away is left alone for a while; one that refuses something is asked the next thing at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from service.store.connection import Store, StoreUnavailable, connect
from tests.support import wait_until

HOUR = 3600.0


@pytest.fixture
def resting(redis_url):
    """A store that lets an absent server rest for an hour."""
    return Store(connect(redis_url, patient=False), rests=HOUR)


@pytest.fixture
def full(server):
    """Redis itself, whose memory is full until the test is over."""
    with redis.Redis.from_url(server) as client:
        client.config_set("maxmemory", 1)
        yield client
        client.config_set("maxmemory", 0)


def keep(store, site="herald"):
    store.call(lambda client: client.set("{herald}:x", "y"), site)


@pytest.mark.usefixtures("full")
def test_a_server_whose_memory_is_full_still_reads_at_once(resting):
    with pytest.raises(StoreUnavailable, match="memory"):
        keep(resting)
    assert resting.call(lambda client: client.get("{herald}:x"), "herald") is None


def test_a_server_whose_replicas_are_away_still_reads_at_once(redis_url):
    alone = Store(connect(redis_url, patient=False, replicas=1), rests=HOUR)
    with pytest.raises(StoreUnavailable):
        keep(alone)
    assert alone.call(lambda client: client.get("{herald}:x"), "herald") == "y"


def test_a_server_that_is_away_is_not_asked_again_for_a_while(resting, cut_off, redis_url):
    keep(resting)
    cut_off()
    with pytest.raises(StoreUnavailable):
        keep(resting)
    with pytest.raises(StoreUnavailable, match="away a moment ago"):
        keep(resting)


def test_who_waits_for_replicas_of_a_server_that_becomes_one_is_told_not_now(redis_url):
    waiting = Store(connect(redis_url, replicas=1))
    with redis.Redis.from_url(redis_url) as client, ThreadPoolExecutor() as threads:
        kept = threads.submit(keep, waiting)
        wait_until(lambda: client.info("clients")["blocked_clients"] == 1)
        client.replicaof("127.0.0.1", 1)
        try:
            with pytest.raises(StoreUnavailable, match="UNBLOCKED"):
                kept.result(20)
        finally:
            client.replicaof("NO", "ONE")
