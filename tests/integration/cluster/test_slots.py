"""Keys that move from node to node, and nodes that fail: nothing is done twice, halfway, or in the wrong place."""

import contextlib

import pytest
from redis.crc import key_slot
from redis.exceptions import ResponseError

from service.store.connection import Store, StoreUnavailable, connect
from service.store.health import problems_of
from service.store.keys import Keys
from tests.servers import HOST
from tests.support import wait_until

SITES = ("herald", "post", "gazette")


@pytest.fixture
def store(redis_url):
    found = Store(connect(redis_url))
    for site in SITES:
        Keys(found).create(site, "admin", "ada")
    return found


def post(api, comment_id):
    body = {"id": comment_id, "body": f"On {comment_id}", "author": {"id": "u"}, "article": {"id": "a"}}
    return api.post("/v1/comments", body).status_code


def begin_to_move(slot, source, target):
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.ask("CLUSTER", "MYID"))
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.ask("CLUSTER", "MYID"))
    return source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1000)


def move(keys, source, target):
    for key in keys:
        with contextlib.suppress(ResponseError):  # it ran out meanwhile
            source.ask("MIGRATE", HOST, target.port, key, 0, 5000, "REPLACE")


def hand_over(cluster, site, target):
    """Moves the slot of a site, or ends such a move that was begun."""
    source, slot = cluster.owner(site), key_slot(f"{{{site}}}".encode())
    if source is not target:
        move(begin_to_move(slot, source, target), source, target)
        for one in (target, source, *cluster.primaries()):
            one.ask("CLUSTER", "SETSLOT", slot, "NODE", target.ask("CLUSTER", "MYID"))
        wait_until(lambda: cluster.owner(site) is target)


def test_reads_of_several_sites_come_back_in_their_order(store):
    def build(pipeline):
        for n in range(300):
            pipeline.exists(f"{{{SITES[n % 3]}}}:salt" if n % 2 else f"{{{SITES[n % 3]}}}:nothing")

    assert store.together(build) == [n % 2 for n in range(300)]


@pytest.mark.parametrize("site", SITES)
def test_what_has_no_key_goes_to_the_server_of_the_site(store, cluster, site):
    cluster.owner(site).ask("SET", f"{{{site}}}:only-here", 1)
    names, cursor = [], 0
    while True:
        cursor, page = store.call(lambda client, at=cursor: client.scan(at, match=f"{{{site}}}:only*"), site)
        names += page
        if not cursor:
            break
    assert names == [f"{{{site}}}:only-here"]


def test_health_names_the_node_that_is_badly_set(store, cluster):
    assert problems_of(store, allow_volatile=False) == []
    bad = cluster.owner("gazette")
    bad.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        (problem,) = problems_of(store, allow_volatile=False)
    finally:
        bad.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert problem.startswith(f"{HOST}:{bad.port}: Redis may evict")


def test_a_node_that_is_taken_for_the_one_server_is_told_from_it(cluster):
    node = Store(connect(f"redis://{HOST}:{cluster.owner('herald').port}"))
    assert any("redis+cluster" in one for one in problems_of(node, allow_volatile=False))


def test_a_slot_on_its_way_puts_its_site_off_and_no_other_and_nothing_is_halfway(cluster, key_for, store):
    api, other = key_for("admin", site="post"), key_for("admin", site="herald")
    assert post(api, "c-1") == 201
    source, slot = cluster.owner("post"), key_slot(b"{post}")
    target = next(one for one in cluster.primaries() if one is not source)
    try:
        keys = begin_to_move(slot, source, target)
        move(keys[: len(keys) // 2], source, target)
        assert post(api, "c-2") == 503
        assert post(api, "c-1") == 503
        assert post(other, "c-2") == 201
        assert store.call(lambda client: client.exists("{post}:salt")) == 1  # a plain read is followed
        hand_over(cluster, "post", target)
        assert post(api, "c-2") == 201
        assert post(api, "c-1") == 200
    finally:
        hand_over(cluster, "post", target)
        hand_over(cluster, "post", source)


def test_after_a_planned_change_of_primaries_nothing_but_the_node_differs(cluster, key_for):
    api = key_for("admin", site="gazette")
    assert post(api, "c-1") == 201
    old = cluster.owner("gazette")
    (replica,) = cluster.replicas_of(old)
    replica.ask("CLUSTER", "FAILOVER")
    wait_until(lambda: old.ask("ROLE")[0] == "slave")
    wait_until(lambda: post(api, "c-2") in (200, 201))
    assert post(api, "c-1") == 200
    wait_until(cluster.whole, 40)


def test_a_primary_that_was_killed_is_replaced_and_the_new_one_is_told_the_scripts_again(cluster, key_for):
    api = key_for("admin", site="herald")
    assert post(api, "c-1") == 201
    old = cluster.owner("herald")
    wait_until(lambda: cluster.replicas_of(old)[0].ask("DBSIZE") == old.ask("DBSIZE"))
    old.end()
    statuses = []
    wait_until(lambda: statuses.append(post(api, "c-2")) or statuses[-1] in (200, 201), 30)
    assert set(statuses) <= {503, 200, 201}
    assert post(api, "c-1") == 200
    old.start()
    wait_until(cluster.whole, 40)


def test_a_store_that_cannot_reach_any_node_says_so():
    with pytest.raises(StoreUnavailable, match="no node tells of the cluster"):
        Store(connect("redis+cluster://127.0.0.1:1")).run("release", "herald")
