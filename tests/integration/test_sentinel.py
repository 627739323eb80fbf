"""One store on a real Sentinel set: it follows the primary, and never writes to a former one."""

import signal

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from service.store.connection import Store, StoreUnavailable, connect
from service.store.health import problems_of
from service.store.keys import Keys
from service.store.retention import Retention
from service.store.sites import Sites
from tests.support import wait_until


@pytest.fixture
def store(watched):
    watched.heal()
    watched.primary().ask("FLUSHALL")
    return Store(connect(watched.url))


def sites(store):
    """What is there, once the store can be reached; nothing but `StoreUnavailable` may come before."""
    found = []

    def there():
        try:
            found.append(Keys(store).sites())
        except StoreUnavailable:
            return False
        return True

    wait_until(there, 30)
    return found[-1]


def made(store, site):
    """Makes a site, repeating it while the store is away, as a client does."""

    def done():
        try:
            Keys(store).create(site, "admin", "ada")
        except StoreUnavailable:
            return False
        return True

    wait_until(done, 30)


def test_scripts_and_commands_go_to_the_primary(store, watched):
    made(store, "herald")
    assert watched.primary().ask("SMEMBERS", "{winnow}:sites") == ["herald"]
    assert store.run("release", "herald") == 0
    assert problems_of(store, allow_volatile=False) == []


def test_after_the_primary_was_killed_the_store_is_on_the_new_one(store, watched):
    made(store, "herald")
    wait_until(lambda: all(one.ask("SMEMBERS", "{winnow}:sites") == ["herald"] for one in watched.replicas()))
    old = watched.primary()
    old.end()
    made(store, "gazette")
    assert sites(store) == ["gazette", "herald"]
    watched.rejoin(old)


def test_while_a_primary_hangs_calls_end_and_its_lines_are_left_when_there_is_another(store, watched):
    made(store, "herald")
    wait_until(lambda: all(one.ask("SMEMBERS", "{winnow}:sites") == ["herald"] for one in watched.replicas()))
    old = watched.primary()
    old.process.send_signal(signal.SIGSTOP)
    try:
        made(store, "gazette")
    finally:
        old.process.send_signal(signal.SIGCONT)
    watched.rejoin(old)
    assert sites(store) == ["gazette", "herald"]


def test_a_primary_that_was_demoted_is_left_although_it_lives(store, watched):
    made(store, "herald")
    old = watched.primary()
    watched.sentinels[0].ask("SENTINEL", "FAILOVER", "winnow")
    wait_until(lambda: old.ask("ROLE")[0] == "slave", 30)
    made(store, "gazette")
    assert "gazette" in watched.primary().ask("SMEMBERS", "{winnow}:sites")
    wait_until(watched.whole, 40)


def test_a_server_that_only_copies_is_never_written_to(store, watched):
    made(store, "herald")
    primary, other = watched.primary(), watched.replicas()[0]
    primary.ask("REPLICAOF", "127.0.0.1", other.port)  # keeps its connections, and the Sentinels still name it
    try:
        with pytest.raises(StoreUnavailable):
            Keys(store).create("gazette", "admin", "ada")
    finally:
        primary.ask("REPLICAOF", "NO", "ONE")
    made(store, "post")
    assert set(sites(store)) == {"herald", "post"}


def test_a_sentinel_that_is_down_is_passed(watched):
    first, *_ = watched.sentinels
    first.process.send_signal(signal.SIGSTOP)
    try:
        assert Store(connect(watched.url)).call(lambda client: client.ping())
    finally:
        first.process.send_signal(signal.SIGCONT)


def test_a_primary_that_no_sentinel_knows_is_named(watched):
    lines = connect(watched.url.replace("/winnow", "/weekly"), patient=False).lines
    with pytest.raises(RedisConnectionError, match="knows no primary weekly"):
        lines.ask([("PING",)])


def erased(store, watched):
    """Makes a site of which something was erased; no server has rewritten its file since."""
    made(store, "herald")
    for one in watched.servers:
        one.ask("CONFIG", "RESETSTAT")
    store.call(lambda client: client.set("{herald}:erased", 1))


def rewrote(server):
    """Whether it was told to once."""
    return "cmdstat_bgrewriteaof:calls=1," in server.ask("INFO", "commandstats")


def test_what_was_erased_leaves_the_files_of_the_replicas_too(store, watched):
    erased(store, watched)
    assert Retention(store).rewrite_after_erasures("herald")
    assert all(map(rewrote, watched.servers))
    wait_until(watched.whole, 40)


def test_a_replica_that_is_gone_but_still_listed_has_nobody_rewrite_again_and_again(store, watched):
    erased(store, watched)
    gone, other = watched.replicas()
    gone.end()
    try:
        port = str(gone.port)
        wait_until(lambda: all("s_down" in flags_of(one, port) for one in watched.sentinels))
        retention = Retention(store)
        assert retention.rewrite_after_erasures("herald")
        assert not retention.rewrite_after_erasures("herald")
        assert rewrote(watched.primary())
        assert rewrote(other)
    finally:
        watched.rejoin(gone)


def flags_of(sentinel, port):
    """How a Sentinel sees the replica on a port."""
    listed = [dict(zip(one[::2], one[1::2], strict=True)) for one in sentinel.ask("SENTINEL", "REPLICAS", "winnow")]
    return next(one["flags"] for one in listed if one["port"] == port)


def test_a_replica_that_hangs_keeps_no_other_server_from_being_told_to_rewrite(store, watched):
    erased(store, watched)
    hangs, other = watched.replicas()
    hangs.process.send_signal(signal.SIGSTOP)
    try:
        Sites(store).rewrite("herald")  # the Sentinels may have it for dead by now, or not
        assert rewrote(watched.primary())
        assert rewrote(other)
    finally:
        hangs.process.send_signal(signal.SIGCONT)
    wait_until(watched.whole, 40)
