"""The parts of the documentation that are written from the code."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import capacity
from benchmarks.capacity import Machines, Prices, Wanted, words
from benchmarks.figures import figures_of, markdown
from benchmarks.scaling import KEPT
from service.settings import explained
from tests.proof.found import table

PROVED = {
    "reliability.md": (
        *("kills", "retries", "one_decision", "no_500", "bounded", "slow_clients", "full", "deploys"),
        *("failover", "backup"),
    ),
    "security.md": ("tenants", "no_way_in", "hook_addresses", "bad_models"),
}
"""By page: the modules of tests/proof whose long runs it shows."""

DOCS = Path(__file__).parents[2] / "docs"


def settings() -> str:
    """Every setting as a row of a table."""
    rows = ["| variable | TOML key | default | meaning |", "| --- | --- | --- | --- |"]
    rows += [f"| `{one.variable}` | `{one.name}` | `{one.default}` | {one.meaning} |" for one in explained()]
    return "\n".join(rows)


def costs() -> str:
    """What one comment costs each part, as it was measured last."""
    return markdown(*figures_of(KEPT.read_text(encoding="utf-8")))


def planned(*options: float, **more: float) -> Callable[[], str]:
    """What `python -m benchmarks.capacity` says of so many comments a second, as a block."""
    return lambda: f"```text\n{words(Wanted(*options, **more), Machines(), Prices())}\n```"


WRITTEN: dict[str, dict[str, Callable[[], str]]] = {
    "settings.md": {"settings": settings},
    "scaling.md": {
        "costs": costs,
        "capacity": capacity.table,
        "thousand": planned(1000),
        "shorter": planned(1000, decided_days=30, approved_days=2),
    },
    **{page: {"proofs": partial(table, *names)} for page, names in PROVED.items()},
}
"""By page: what stands between `<!-- <name>: begin -->` and `<!-- <name>: end -->`."""


def brought_up_to_date(page: str) -> str:
    """A page as it has to be.

    :raises ValueError: it has not both markers of a part, once each.
    """
    content = (DOCS / page).read_text(encoding="utf-8")
    for name, text in WRITTEN[page].items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        if [content.count(begin), content.count(end)] != [1, 1]:
            raise ValueError(f"docs/{page} needs {begin.strip()} and {end}, once each")
        before, _, rest = content.partition(begin)
        content = f"{before}{begin}{text()}\n{end}{rest.partition(end)[2]}"
    return content


def write() -> None:
    """Writes them all into the pages."""
    for page in WRITTEN:
        (DOCS / page).write_text(brought_up_to_date(page), encoding="utf-8")
