from datetime import UTC, datetime, timedelta

import pytest

from service.demo.client import WinnowClient, WinnowUnavailable
from service.demo.seed import Counts, seed

from .conftest import Contract

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_seeding_posts_the_hundred_and_counts_where_they_stand(client: WinnowClient, contract: Contract) -> None:
    counts = seed(client, NOW)
    assert counts.approved + counts.pending + counts.rejected == len(contract.stored) == 100
    assert counts.existing == 0


def test_samples_are_dated_back_from_now(client: WinnowClient, contract: Contract) -> None:
    seed(client, NOW)
    assert all(datetime.fromisoformat(kept["posted_at"]) < NOW for kept in contract.stored.values())


def test_seeding_twice_adds_nothing(client: WinnowClient, contract: Contract) -> None:
    first = seed(client, NOW)
    assert seed(client, NOW) == first
    assert seed(client, NOW + timedelta(days=1)) == Counts(0, 0, 0, existing=100)
    assert len(contract.stored) == 100


def test_seeding_without_winnow_says_so(client: WinnowClient, contract: Contract) -> None:
    contract.refuse(503)
    with pytest.raises(WinnowUnavailable):
        seed(client, NOW)
