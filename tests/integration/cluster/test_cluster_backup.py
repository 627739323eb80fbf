"""A backup of a cluster has the sites of every node, and comes back into a cluster and into one server."""

from types import SimpleNamespace

import pytest

from tests.integration.test_backup import lasting, other, restore, save, used  # noqa: F401  # fixtures

SITES = ("herald", "post", "gazette")


def lasting_of_all(store):
    """What a backup has, from every node."""
    nodes = store.each(lambda client: SimpleNamespace(_client=client)).values()
    return sorted(line for node in nodes for line in lasting(node))


@pytest.fixture
def newsrooms(used, key_for):  # noqa: F811
    """A site on each node."""
    for site in SITES[1:]:
        api = key_for("admin", site=site)
        answer = api.post("/v1/comments", {"id": "c-1", "body": f"What the {site} was told"})
        assert answer.status_code == 201


def test_a_backup_of_all_nodes_comes_back_into_one_server(newsrooms, store, redis_url, other, tmp_path):  # noqa: F811
    manifest = save(redis_url, tmp_path / "b")
    assert set(SITES) <= manifest.sites.keys()
    restore(other, tmp_path / "b")
    assert lasting_of_all(store) == sorted(lasting(other))


def test_a_backup_comes_back_into_an_emptied_cluster(newsrooms, cluster, store, redis_url, tmp_path):
    save(redis_url, tmp_path / "b")
    before = lasting_of_all(store)
    for one in cluster.primaries():
        one.ask("FLUSHALL")
    restore(store, tmp_path / "b")
    assert lasting_of_all(store) == before
