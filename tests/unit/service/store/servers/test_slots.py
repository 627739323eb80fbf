import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as RedisConnectionError

from service.store.connection import site_key
from service.store.lines import HOME
from service.store.servers.address import Address
from service.store.servers.client import key_of
from service.store.servers.slots import SLOTS, Owner, SlotMap, owners_from, slot_of

SITES = st.from_regex(r"[a-z0-9-]{1,63}", fullmatch=True)


@given(site=SITES, parts=st.lists(st.text(max_size=20), max_size=4))
def test_all_keys_of_a_site_are_in_one_slot(site, parts):
    assert slot_of(site_key(site, *parts)) == slot_of(site_key(site)) < SLOTS


def test_slots_are_those_of_the_specification():
    assert slot_of("123456789") == 12739  # the cluster specification's own example of its CRC16
    assert slot_of("{winnow}:keys") == slot_of("winnow")


def test_a_command_goes_to_its_first_key_and_without_one_to_the_home():
    assert key_of(("HGET", "{herald}:policy", "head"), HOME) == "{herald}:policy"
    assert key_of(("EVALSHA", "0" * 40, 1, "{herald}", "x"), HOME) == "{herald}"
    assert key_of(("CONFIG", "GET", "save"), HOME) == HOME
    assert key_of(("XINFO", "STREAM", b"{herald}:events"), HOME) == "{herald}:events"


def test_whoever_waits_for_the_map_shares_that_no_node_told():
    asked = 0

    def silent(listener):
        nonlocal asked
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                asked += 1
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(21) as threads:
        threads.submit(silent, listener)
        slots = SlotMap(Address.parse(f"redis+cluster://127.0.0.1:{listener.getsockname()[1]}"))
        together = threading.Barrier(20)

        def ask(_):
            together.wait()
            with pytest.raises(RedisConnectionError, match="no node tells of the cluster: 127"):
                slots.ask_anew()

        list(threads.map(ask, range(20)))
        listener.shutdown(socket.SHUT_RDWR)
    assert asked == 1


@given(cuts=st.lists(st.integers(1, SLOTS - 1), unique=True, min_size=1, max_size=20).map(sorted))
def test_every_slot_has_the_owner_that_the_cluster_told(cuts):
    spans = list(zip([0, *cuts], [*cuts, SLOTS], strict=True))
    told = [[a, b - 1, ["", 7000 + n, "id"], ["r", n, "id"]] for n, (a, b) in enumerate(spans)]
    owners = owners_from(told, ("asked", 1))
    for n, (a, b) in enumerate(spans):
        assert set(owners[a:b]) == {Owner(("asked", 7000 + n), (("r", n),))}


def test_a_slot_that_nobody_has_has_no_owner():
    owners = owners_from([[1, 2, ["h", 1, "id"]]], ("asked", 1))
    assert owners[0] is None
    assert owners[3] is None
