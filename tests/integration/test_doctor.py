"""What `winnow doctor` says of a real server that is not as it should be."""

import subprocess

import pytest
import redis

from service.commands.doctor import _standing, _webhooks
from service.store.connection import Store, connect
from service.store.keys import Keys
from tests.support import wait_until


def found(findings):
    return [(part, ok) for part, ok, _ in findings]


@pytest.fixture
def replica(server, tmp_path):
    """A server that was told to follow one that is not there."""
    with redis.Redis.from_url(server) as client:
        program = client.info("server")["executable"]
    path = tmp_path / "replica.sock"
    command = [program, "--port", "0", "--unixsocket", str(path), "--dir", str(tmp_path), "--save", ""]
    process = subprocess.Popen([*command, "--replicaof", "127.0.0.1", "1"], stdout=subprocess.DEVNULL)
    wait_until(path.exists)
    yield Store(connect(f"unix://{path}"))
    process.terminate()
    process.wait(10)


def test_a_primary_without_followers_is_well_and_told_of(store):
    (replicas, memory) = _standing(store)
    assert replicas[:2] == ("replicas", True)
    assert "none follow" in replicas[2]
    assert memory[:2] == ("memory", True)


def test_a_replica_is_refused_with_the_way_out(replica):
    (said, _) = _standing(replica)
    assert said[:2] == ("replicas", False)
    assert "does not reach" in said[2]
    assert "REDIS_URL" in said[2]


def test_a_server_that_is_nearly_full_is_found(store):
    used = store.call(lambda client: client.info("memory"))["used_memory"]
    store.call(lambda client: client.config_set("maxmemory", int(used * 1.1)))
    try:
        assert found(_standing(store)) == [("replicas", True), ("memory", False)]
    finally:
        store.call(lambda client: client.config_set("maxmemory", 0))


def test_deliveries_that_were_given_up_are_told_of(store, key_for):
    key_for("admin")
    assert list(_webhooks(store)) == []
    hook = key_for("admin").post("/v1/webhooks", {"url": "https://newsroom.example/hook"}).json["id"]
    store.call(lambda client: client.zadd(f"{{herald}}:webhook:{hook}:parked", {"1-000001": 1}))
    assert found(_webhooks(store)) == [("webhooks", True)]
    assert Keys(store).sites() == ["herald"]
