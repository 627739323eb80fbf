"""The fixtures of the other tests, on a real cluster of six nodes in place of one server."""

from collections.abc import Iterator

import pytest

from tests.servers import Clustered, clustered


@pytest.fixture(scope="session", params=["valkey", "redis"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Clustered]:
    """A cluster of each engine for the whole session."""
    with clustered(request.param) as found:
        yield found


@pytest.fixture(scope="session")
def server(cluster: Clustered) -> str:
    """Its URL."""
    return cluster.url


@pytest.fixture
def redis_url(cluster: Clustered) -> str:
    """The URL of an empty cluster, whatever the test before left of it."""
    cluster.heal()
    for one in cluster.primaries():
        one.ask("FLUSHALL")
    return cluster.url
