"""A backup of a cluster has the sites of every node, and comes back into a cluster and into one server."""

from types import SimpleNamespace

import pytest
from redis.crc import key_slot

from service.backups.saving import Backup
from service.settings import load_settings
from service.store.keys import Keys
from service.store.snapshots import NoSnapshot, connections_to
from tests.integration.test_backup import lasting, other, restore, save, used  # noqa: F401  # fixtures
from tests.servers import HOST

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


def on_the_way(cluster, site, target):
    """Begins to move a site to another node; what is returned ends it."""
    source, slot = cluster.owner(site), key_slot(f"{{{site}}}".encode())
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.ask("CLUSTER", "MYID"))
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.ask("CLUSTER", "MYID"))

    def arrive() -> None:
        for key in source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1000):
            source.ask("MIGRATE", HOST, target.port, key, 0, 5000)
        for one in (target, source, *cluster.primaries()):
            one.ask("CLUSTER", "SETSLOT", slot, "NODE", target.ask("CLUSTER", "MYID"))

    return arrive


@pytest.fixture(params=[1, -1], ids=["onwards", "back"])
def nodes(request, cluster, redis_url):
    """Two nodes: the first that is copied and the next, or the other way round."""
    order = [one.port for one in connections_to(redis_url)]
    return sorted(cluster.primaries(), key=lambda one: order.index(one.port))[:2][:: request.param]


def test_a_site_that_moves_between_two_nodes_copies_is_neither_lost_nor_doubled(
    cluster, nodes, store, redis_url, tmp_path
):
    source, target = nodes
    site = next(name for n in range(100) if cluster.owner(name := f"site-{n}") is source)
    Keys(store).create(site, "submit", "website")
    begun = []

    def move(what: str, size: int) -> None:
        if not begun:  # the first node's moment is over, the second's has not come
            begun.append(on_the_way(cluster, site, target))
            begun[0]()

    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path)})
    with pytest.raises(NoSnapshot, match="moved"):
        Backup(settings, redis_url, move).save(tmp_path / "b", None)
    assert list(tmp_path.glob("b*")) == []
    arrive = on_the_way(cluster, site, source)
    with pytest.raises(NoSnapshot, match="on their way"):
        save(redis_url, tmp_path / "b")
    arrive()
    assert save(redis_url, tmp_path / "b").sites[site]["keys"]["salt"] == 1
