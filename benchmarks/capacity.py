"""What a number of comments a second takes: services, shards of Redis, memory, disk, network, and about what it costs.

    python -m benchmarks.capacity --per-second 1000 [--held 0.1] [--approved-days 7] [--decided-days 183] [--quiet 0.33]

It multiplies what `benchmarks.scaling` measured on two cores (`benchmarks/scaling.json`). That is arithmetic, no trial:
nothing larger than one machine was run.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks.figures import Figure, figures_of
from benchmarks.scaling import FILE, FROM_WEB, KEPT, MEMORY, PRIMARY, READER, REPLICA, STREAM, TO_WEB, WEB

RESULTS = Path(__file__).with_name("results.json")
DAY = 86_400
GB = 1e9
RATES = (100, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a cloud asks a month, in US dollars: assumptions, to be replaced by your own."""

    core: float = 25.0  # one virtual core
    memory: float = 3.5  # one GB of memory
    disk: float = 0.10  # one GB of disk


@dataclass(frozen=True, slots=True)
class Wanted:
    """What there is to take in.

    `quiet` is how much of the highest rate comes in on average, day and night. `held` is the share of comments that a
    person decides on or the machine rejects; they are kept `decided_days`, all others `approved_days`.
    """

    per_second: float
    held: float = 0.1
    approved_days: float = 7.0
    decided_days: float = 183.0
    quiet: float = 0.33

    @property
    def days(self) -> float:
        """How long a comment is kept on average."""
        return self.held * self.decided_days + (1 - self.held) * self.approved_days


@dataclass(frozen=True, slots=True)
class Machines:
    """What machines are like, and how far they are used."""

    cores: int = 8  # of a host of services
    per_core: float = 2.0  # GB of memory that such a host has for each core
    busy: float = 0.6  # share of its cores, and of a primary's one, that is used at the highest rate
    copies: int = 3  # servers of a shard: a primary and two replicas
    redis_cores: int = 2  # of a server of Redis: one for commands, one for its file and its replicas
    memory: float = 64.0  # GB of a server of Redis
    full: float = 0.7  # share of that memory that is used: a rewrite of the file copies pages that change


@dataclass(frozen=True, slots=True)
class Costs:
    """What one comment costs each part: seconds of a core, and bytes."""

    web: float
    primary: float
    replica: float
    memory: float
    file: float
    store_network: float
    reader_network: float

    @classmethod
    def measured(cls) -> Costs:
        """As `benchmarks/scaling.json` has it, the medians."""
        found, _ = figures_of(KEPT.read_text(encoding="utf-8"))
        median = {one.name: one.median for one in found}
        return cls(
            median[WEB] / 1e6,
            median[PRIMARY] / 1e6,
            median[REPLICA] / 1e6,
            median[MEMORY],
            median[FILE],
            median[FROM_WEB] + median[TO_WEB] + (Machines().copies - 1) * median[STREAM],
            median[READER],
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What it takes; memory and disk in GB, network in Mbit/s at the highest rate, money a month."""

    hosts: int
    cores: int
    for_rate: int  # shards that the rate takes
    for_memory: int  # shards that the memory takes
    held_in_memory: float
    written_a_day: float
    network: float
    money: float

    @property
    def shards(self) -> int:
        """As many as either takes."""
        return max(self.for_rate, self.for_memory)


def plan(wanted: Wanted, costs: Costs, machines: Machines, prices: Prices) -> Plan:
    """Multiplies."""
    web = wanted.per_second * costs.web / machines.busy
    hosts = max(2, ceil(web / machines.cores))
    kept = wanted.per_second * wanted.quiet * DAY * wanted.days * costs.memory / GB
    for_rate = max(1, ceil(wanted.per_second * costs.primary / machines.busy))
    for_memory = max(1, ceil(kept / (machines.memory * machines.full)))
    servers = machines.copies * max(for_rate, for_memory)
    memory = machines.copies * max(kept / machines.full, 1.0)  # as large as it must be, not as it is sold
    disk = 3 * machines.copies * kept  # the file, twice that before it is rewritten, and the new one beside it
    cores = hosts * machines.cores + servers * machines.redis_cores
    return Plan(
        hosts,
        cores,
        for_rate,
        for_memory,
        kept,
        wanted.per_second * wanted.quiet * DAY * costs.file / GB,
        8 * wanted.per_second * (costs.reader_network + costs.store_network) / 1e6,
        cores * prices.core
        + memory * prices.memory
        + disk * prices.disk
        + machines.per_core * hosts * machines.cores * prices.memory,
    )


def of_one_site(wanted: Wanted, costs: Costs, machines: Machines) -> tuple[float, float]:
    """Comments a second at the most that one site can have, for it has one primary: by its rate, and by its memory."""
    each = wanted.quiet * DAY * wanted.days * costs.memory / GB
    return machines.busy / costs.primary, machines.memory * machines.full / each


def of_transformer(costs: Costs) -> tuple[float, float, float]:
    """Against a BERT-base on one core: its seconds a comment, ours for the score alone, and ours for all of it."""
    known = {one.name: one for one in figures_of(RESULTS.read_text(encoding="utf-8"))[0]}
    ours = known["one score of 300 characters, compiled"].median / 1e6
    ratio: Figure = known["one score of 300 characters against BERT-base"]
    return ratio.median * ours, ours, costs.web + costs.primary + 2 * costs.replica


def table(rates: tuple[float, ...] = RATES) -> str:
    """The plans for these rates as Markdown, and what they rest on."""
    costs, machines, prices = Costs.measured(), Machines(), Prices()
    rows = [
        f"| comments a second, at the most | hosts of {machines.cores} cores | shards, each {machines.copies} servers |"
        " GB in memory | GB written a day | Mbit/s | $ a month |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rate in rates:
        found = plan(Wanted(rate), costs, machines, prices)
        why = "rate" if found.for_rate >= found.for_memory else "memory"
        shards = f"{found.shards:,} ({why})" if found.shards > 1 else "1"
        rows.append(
            f"| {rate:,} | {found.hosts:,} | {shards} | {rough(found.held_in_memory)} | {rough(found.written_a_day)} |"
            f" {rough(found.network)} | {rough(found.money)} |"
        )
    return "\n".join(rows)


def rough(value: float) -> str:
    """Two digits: more would be a lie."""
    if value == 0:
        return "0"
    digits = 1 - len(f"{value:.0f}") + 1
    return f"{round(value, digits):,.0f}" if value >= 10 else f"{value:.1f}"


def words(wanted: Wanted, machines: Machines, prices: Prices) -> str:
    """One plan, a line each, and its assumptions."""
    costs = Costs.measured()
    found = plan(wanted, costs, machines, prices)
    bert, score, all_of_it = of_transformer(costs)
    by_rate, by_memory = of_one_site(wanted, costs, machines)
    return "\n".join(
        [
            f"{wanted.per_second:,.0f} comments a second at the most, {wanted.quiet:.0%} of that on average",
            f"kept {wanted.days:.1f} days on average: {wanted.held:.0%} for {wanted.decided_days:g}, the others for"
            f" {wanted.approved_days:g}",
            f"hosts      {found.hosts:,} of {machines.cores} cores, {machines.busy:.0%} busy",
            f"shards     {found.shards:,} of {machines.copies} servers: the rate takes {found.for_rate:,}, the memory"
            f" {found.for_memory:,}",
            f"memory     {rough(found.held_in_memory)} GB of comments, in each copy",
            f"disk       {rough(found.written_a_day)} GB a day is written, by each copy",
            f"network    {rough(found.network)} Mbit/s, readers' requests and Redis together",
            f"money      {rough(found.money)} $ a month, at {prices.core:g} $ a core, {prices.memory:g} $ a GB of"
            f" memory, {prices.disk:g} $ a GB of disk",
            f"one site   has one primary: at most {rough(by_rate)} a second by the rate, {rough(by_memory)} by the"
            f" memory of {machines.memory:g} GB",
            f"processor  {rough(1e6 * all_of_it)} µs a comment in all; for the score alone ours takes"
            f" {rough(1e6 * score)}, BERT-base {rough(1e6 * bert)}",
        ]
    )


def main() -> None:
    """Compute and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own = Wanted(0)
    parser.add_argument("--per-second", type=float, required=True, help="comments a second at the busiest time")
    parser.add_argument("--quiet", type=float, default=own.quiet, help="the average rate, as a share of that")
    parser.add_argument("--held", type=float, default=own.held, help="share that is decided by a person or rejected")
    parser.add_argument("--approved-days", type=float, default=own.approved_days)
    parser.add_argument("--decided-days", type=float, default=own.decided_days)
    given = parser.parse_args()
    print(words(Wanted(**vars(given)), Machines(), Prices()))


if __name__ == "__main__":
    main()
