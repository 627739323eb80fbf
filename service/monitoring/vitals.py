"""The service's processes as an operator sees them: their memory, age, files and restarts, as Prometheus' metrics.

prometheus_client leaves its own process metrics out where several processes count together. The supervisor writes down
which parts run; whoever answers a scrape reads that and Linux' /proc.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector

from service.monitoring.counts import counter_of
from service.monitoring.metrics import written

FILE: Final = "parts.json"

PARTS: Final = {"web": "arbiter", "worker": "background"}
"""The supervisor's names of its children as the documentation calls them, where these differ."""

Process = tuple[str, int, int]
"""What it is, its number among those that are the same, its id."""


@dataclass(frozen=True, slots=True)
class Part:
    """A child of the supervisor: its process now, and how often it was started again."""

    pid: int
    restarts: int


def write_down(folder: Path, supervisor: int, parts: Mapping[str, Part]) -> None:
    """Writes down the supervisor's process id and its children's; in one step, since readers do not wait."""
    known = {name: [part.pid, part.restarts] for name, part in parts.items()}
    aside = folder / f"{FILE}.new"
    aside.write_bytes(orjson.dumps({"supervisor": supervisor, "parts": known}))
    aside.replace(folder / FILE)


def exposition(folder: Path) -> bytes:
    """Prometheus' text format; empty where no supervisor runs."""
    try:
        known = orjson.loads((folder / FILE).read_bytes())
    except FileNotFoundError:
        return b""
    parts = {PARTS.get(name, name): Part(*part) for name, part in known["parts"].items()}
    restarts = CounterMetricFamily(
        "winnow_part_restarts", "How often the supervisor started a part again", labels=["part"]
    )
    for name, part in parts.items():
        restarts.add_metric([name], part.restarts)
    families: dict[str, Metric] = {}
    for process in _processes(known["supervisor"], parts, folder):
        for family in _of_one(process):
            if family.name in families:
                families[family.name].samples += family.samples
            else:
                families[family.name] = family
    return written([restarts, *families.values()])


def _processes(supervisor: int, parts: Mapping[str, Part], folder: Path) -> Iterator[Process]:
    yield "supervisor", 0, supervisor
    for name, part in parts.items():
        yield name, 0, part.pid
    arbiter = parts.get("arbiter")
    if arbiter:
        for number, pid in enumerate(_children(arbiter.pid, folder)):
            yield "web", number, pid


def _children(parent: int, folder: Path) -> list[int]:
    """Processes that count in this folder and have this parent, by id."""
    counted = {counter_of(file) for file in folder.glob("*.db")}
    return sorted(pid for pid in counted if _parent(pid) == parent)


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return None


def _of_one(process: Process) -> Iterator[Metric]:
    """What prometheus_client says of a process, with labels that say which it is."""
    name, number, pid = process
    labels = {"process": name, "number": str(number)}
    for family in ProcessCollector(namespace="winnow", pid=lambda: pid, registry=None).collect():
        family.samples = [sample._replace(labels=labels) for sample in family.samples]
        yield family
