"""The figures of long runs, as they are kept beside the tests and shown in the documentation."""

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import machine

HERE = Path(__file__).parent
FIGURES = HERE / "figures"

UNITS = {"ms": "ms", "s": "s", "mib": "MiB", "bytes": "bytes"}
"""What a figure's name may end with, as it is shown."""


@dataclass(frozen=True, slots=True)
class Proved:
    """One test of a module: its name, what it found, and how long it took (s)."""

    test: str
    found: dict[str, int | float]
    seconds: int


def record(name: str, promise: str, proved: Proved) -> None:
    """Keeps what a long run found, in place of what the one before it did."""
    path = FIGURES / f"{name}.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    tests = kept.get("tests", {}) | {proved.test: {"found": proved.found, "seconds": proved.seconds}}
    on = {name: said for name, said in machine("").items() if name != "model"}
    content = {"promise": promise, "tests": dict(sorted(tests.items())), "on": on}
    FIGURES.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def kept(name: str) -> tuple[str, list[Proved], str]:
    """A module's promise, what its tests found, and the date of the last run; nothing where no long run passed yet."""
    path = FIGURES / f"{name}.json"
    if not path.exists():
        return (HERE / f"test_{name}.py").read_text().partition("\n")[0].strip('".'), [], ""
    content = json.loads(path.read_text())
    tests = [Proved(test, one["found"], one["seconds"]) for test, one in content["tests"].items()]
    return content["promise"], tests, content["on"]["date"]


def table(*names: str) -> str:
    """Promises, figures and commands as Markdown."""
    rows = ["| promise | figures | command |", "| --- | --- | --- |"]
    for name in names:
        promise, tests, day = kept(name)
        figures = "; ".join(", ".join(_shown(what, n) for what, n in one.found.items()) for one in _together(tests))
        when = f" ({sum(one.seconds for one in tests):,} s, {day})" if tests else ""
        found = figures or "no long run has passed yet"
        rows.append(f"| {promise} | {found} | `pytest tests/proof/test_{name}.py --long`{when} |")
    return "\n".join(rows)


def _together(tests: list[Proved]) -> list[Proved]:
    """With what one test found for several roles or engines as one: counts are added up."""
    found: dict[str, Proved] = {}
    for one in tests:
        name = one.test.partition("[")[0]
        before = found.get(name, Proved(name, {}, 0))
        added = {what: before.found.get(what, 0) + n if isinstance(n, int) else n for what, n in one.found.items()}
        found[name] = Proved(name, added, before.seconds + one.seconds)
    return list(found.values())


def _shown(what: str, value: float) -> str:
    """A figure in words; `worst_ms` is so many ms worst."""
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"
    name, _, unit = what.rpartition("_")
    words = f"{UNITS[unit]} {name}" if name and unit in UNITS else what
    return f"{number} {words.replace('_', ' ')}"
