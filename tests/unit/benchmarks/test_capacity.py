import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.capacity import Costs, Machines, Prices, Wanted, of_one_site, plan, rough

COSTS = Costs(
    web=0.001, primary=0.0005, replica=0.0002, memory=2000, file=3000, store_network=5000, reader_network=1500
)
MACHINES, PRICES = Machines(), Prices()


def planned(wanted, **costs):
    return plan(wanted, replace(COSTS, **costs), MACHINES, PRICES)


def test_ten_times_the_comments_take_ten_times_the_memory_and_the_network():
    few, many = planned(Wanted(1000)), planned(Wanted(10_000))
    assert many.held_in_memory == pytest.approx(10 * few.held_in_memory)
    assert many.network == pytest.approx(10 * few.network)
    assert many.written_a_day == pytest.approx(10 * few.written_a_day)
    assert 9 * few.money < many.money <= 10 * few.money


def test_what_is_kept_shorter_takes_less_memory_and_no_less_rate():
    long, short = planned(Wanted(1000)), planned(Wanted(1000, decided_days=30))
    assert short.held_in_memory < long.held_in_memory / 2
    assert (short.hosts, short.for_rate) == (long.hosts, long.for_rate)


def test_there_are_as_many_shards_as_the_scarcer_of_rate_and_memory_takes():
    found = planned(Wanted(10_000, approved_days=0.01, decided_days=0.01))
    assert found.shards == found.for_rate == 9  # 10,000 of 0.5 ms each are 5 cores, 60 % busy
    assert planned(Wanted(10_000)).shards == planned(Wanted(10_000)).for_memory > 9


def test_two_hosts_and_a_shard_are_the_least():
    found = planned(Wanted(1))
    assert (found.hosts, found.shards) == (2, 1)


def test_a_site_has_what_one_primary_takes():
    by_rate, by_memory = of_one_site(Wanted(0), COSTS, MACHINES)
    assert by_rate == pytest.approx(1200)
    assert planned(Wanted(by_rate * 0.999)).for_rate == 1
    assert planned(Wanted(by_memory * 0.999)).for_memory == 1
    assert planned(Wanted(by_memory * 1.001)).for_memory == 2


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (0.44, "0.4"), (9.04, "9.0"), (86.4, "86"), (3362, "3,400"), (291_234, "290,000")]
)
def test_figures_have_two_digits(value, shown):
    assert rough(value) == shown


def test_the_command_says_what_the_page_shows():
    page = (Path(__file__).parents[3] / "docs" / "scaling.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- shorter: begin -->\n```text\n")[2].partition("```")[0]
    options = ["--per-second", "1000", "--approved-days", "2", "--decided-days", "30"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.capacity", *options],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout == shown, done.stderr
