"""What the lock file pins, and which of it runs in production."""

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]

EXTRAS: Final = ("fast", "sso")
"""Extras that a production service may have. `teacher` is for one command, offline, and is not in the lock file."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A locked package; `lines` is its part of the lock file, hashes included."""

    name: str
    version: str
    lines: str


def project() -> dict[str, Any]:
    """The `project` table of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)["project"]
    return table


def pins(lock: str | None = None) -> dict[str, Pin]:
    """All that is locked for this machine's system and Python, by canonical name."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8") if lock is None else lock
    found: dict[str, Pin] = {}
    for part in re.findall(r"^[A-Za-z0-9][^\n]*(?:\n[ \t]+[^\n]*)*", text, re.MULTILINE):
        requirement = Requirement(re.split(r"\\|\n", part)[0])
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            name = canonicalize_name(requirement.name)
            found[name] = Pin(name, str(requirement.specifier).removeprefix("=="), part)
    return found


def at_run_time() -> set[str]:
    """The names of what production needs on this machine, extras in `EXTRAS` included, all the way down."""
    table = project()
    wanted = [*table["dependencies"], *(one for extra in EXTRAS for one in table["optional-dependencies"][extra])]
    waiting, found = [(Requirement(one), "") for one in wanted], set[tuple[str, str]]()
    while waiting:
        requirement, asked = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": asked}):
            continue
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) not in found:
                found.add((name, extra))
                waiting += [(Requirement(one), extra) for one in _needs(name)]
    return {name for name, _ in found}


def _needs(name: str) -> list[str]:
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        raise SystemExit(f"{name} is not installed: run this in the environment that `make` makes") from None
