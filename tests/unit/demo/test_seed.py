from datetime import UTC, datetime, timedelta

import pytest

from service.demo.client import WinnowClient
from service.demo.desk import Desk
from service.demo.exchange import WinnowRefused, WinnowUnavailable
from service.demo.first_day import CONTESTS, DECISIONS, REPORTS
from service.demo.samples import read_samples
from service.demo.seed import seed

from .conftest import Contract

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_seeding_posts_the_hundred_and_counts_where_they_stand(
    client: WinnowClient, desk: Desk, contract: Contract
) -> None:
    counts = seed(client, desk, NOW)
    assert counts.approved + counts.pending + counts.rejected == len(contract.stored) == 100
    assert counts.existing == 0


def test_samples_are_dated_back_from_now(client: WinnowClient, desk: Desk, contract: Contract) -> None:
    seed(client, desk, NOW)
    assert all(datetime.fromisoformat(kept["posted_at"]) < NOW for kept in contract.stored.values())


def test_the_counts_are_of_where_samples_stand_after_the_first_day(
    client: WinnowClient, desk: Desk, contract: Contract
) -> None:
    contract.stored["ledger-1"] = {"id": "ledger-1", "status": "approved"}
    counts = seed(client, desk, NOW)
    stands = [kept["status"] for kept in contract.stored.values() if kept["id"] != "ledger-1"]
    assert counts.rejected == stands.count("rejected") == sum(one.action == "reject" for one in DECISIONS) - 1
    assert counts.approved == stands.count("approved")


def test_on_the_first_day_somebody_decided_reported_and_appealed(
    client: WinnowClient, desk: Desk, contract: Contract
) -> None:
    seed(client, desk, NOW)
    assert [one["id"] for one in contract.decisions] == [one.comment_id for one in DECISIONS]
    assert len(contract.reports) == len(REPORTS)
    (contest,) = CONTESTS
    assert contract.stored[contest.comment_id]["appeal"]["statement"] == contest.statement


def test_seeding_twice_adds_nothing_and_takes_back_nothing(
    client: WinnowClient, desk: Desk, contract: Contract
) -> None:
    first = seed(client, desk, NOW)
    assert seed(client, desk, NOW) == first
    (contest,) = CONTESTS
    contested = contract.stored[contest.comment_id]
    contested["appeal"] |= {"outcome": "reversed", "decided_at": "2026-11-24T06:00:00.000Z"}
    contested["status"] = "approved"
    again = seed(client, desk, NOW + timedelta(days=1))
    assert (again.existing, contested["status"]) == (100, "approved")
    assert again.approved == first.approved + 1
    assert len(contract.stored) == 100


def test_the_first_day_is_about_samples_that_there_are() -> None:
    there = {sample.id for sample in read_samples()}
    assert {one.comment_id for one in (*DECISIONS, *REPORTS, *CONTESTS)} <= there
    assert {one.comment_id for one in CONTESTS} <= {one.comment_id for one in DECISIONS if one.action == "reject"}


def test_each_reader_reports_a_comment_once() -> None:
    assert len({(one.comment_id, one.reader_id) for one in REPORTS}) == len(REPORTS)


def test_what_is_refused_for_another_reason_is_not_passed_over(
    client: WinnowClient, desk: Desk, contract: Contract
) -> None:
    contract.refuse(403)
    with pytest.raises(WinnowRefused):
        seed(client, desk, NOW)


def test_seeding_without_winnow_says_so(client: WinnowClient, desk: Desk, contract: Contract) -> None:
    contract.refuse(503)
    with pytest.raises(WinnowUnavailable):
        seed(client, desk, NOW)
