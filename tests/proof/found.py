"""The figures of long runs, as they are kept beside the tests and shown in the documentation."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import machine

HERE = Path(__file__).parent
FIGURES = HERE / "figures"

UNITS = {"ms": "ms", "s": "s", "mib": "MiB", "bytes": "bytes"}
"""What a figure's name may end with, as it is shown."""


@dataclass(frozen=True, slots=True)
class Proved:
    """One test of a module: its name, what it found, how long it took (s), and when and on which machine that was."""

    test: str
    found: dict[str, int | float]
    seconds: int
    on: dict[str, Any]


def here() -> dict[str, Any]:
    """Today, and this machine."""
    return {name: said for name, said in machine("").items() if name != "model"}


def record(name: str, proved: Proved) -> None:
    """Keeps what a test's long run found, in place of what the one before it did."""
    _keep(name, _kept(name) | {proved.test: {"found": proved.found, "seconds": proved.seconds, "on": proved.on}})


def forget(name: str, test: str) -> None:
    """Keeps nothing of a test any more: its last long run failed."""
    tests = _kept(name)
    if tests.pop(test, None):
        _keep(name, tests)


def promise(name: str) -> str:
    """What a module promises: the first line of it."""
    return _source(name).partition("\n")[0].strip('".')


def kept(name: str) -> list[Proved]:
    """What a module's tests found in their last long runs; nothing where none passed yet."""
    return [Proved(test, **one) for test, one in sorted(_kept(name).items())]


def _source(name: str) -> str:
    return (HERE / f"test_{name}.py").read_text(encoding="utf-8")


def _kept(name: str) -> dict[str, Any]:
    """What is kept of the tests that the module still has."""
    path = FIGURES / f"{name}.json"
    tests: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    there = {one.name for one in ast.parse(_source(name)).body if isinstance(one, ast.FunctionDef)}
    return {test: one for test, one in tests.items() if test.partition("[")[0] in there}


def _keep(name: str, tests: dict[str, Any]) -> None:
    FIGURES.mkdir(exist_ok=True)
    content = json.dumps(dict(sorted(tests.items())), indent=2, ensure_ascii=False)
    (FIGURES / f"{name}.json").write_text(f"{content}\n", encoding="utf-8")


def table(*names: str) -> str:
    """Promises, figures and commands as Markdown, each with the day of the oldest of its figures."""
    rows = ["| promise | figures | command |", "| --- | --- | --- |"]
    for name in names:
        tests = kept(name)
        figures = "; ".join(", ".join(_shown(what, n) for what, n in one.found.items()) for one in _together(tests))
        days = [one.on["date"] for one in tests]
        when = f" ({sum(one.seconds for one in tests):,} s, {min(days)})" if tests else ""
        found = figures or "no long run has passed yet"
        rows.append(f"| {promise(name)} | {found} | `pytest tests/proof/test_{name}.py --long`{when} |")
    return "\n".join(rows)


def _together(tests: list[Proved]) -> list[Proved]:
    """With what one test found for several roles or engines as one: counts are added up."""
    found: dict[str, Proved] = {}
    for one in tests:
        name = one.test.partition("[")[0]
        before = found.get(name, Proved(name, {}, 0, one.on))
        added = {what: before.found.get(what, 0) + n if isinstance(n, int) else n for what, n in one.found.items()}
        found[name] = Proved(name, added, before.seconds + one.seconds, before.on)
    return list(found.values())


def _shown(what: str, value: float) -> str:
    """A figure in words; `worst_ms` is so many ms worst."""
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"
    name, _, unit = what.rpartition("_")
    words = f"{UNITS[unit]} {name}" if name and unit in UNITS else what
    return f"{number} {words.replace('_', ' ')}"
