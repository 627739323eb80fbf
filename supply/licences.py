"""The licences of all that Winnow stands on, as a page, and whether each may be shipped beside Apache-2.0."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from supply.locked import ROOT, at_run_time, pins

PAGE: Final = ROOT / "docs" / "licences.md"
HERE: Final = Path(__file__).parent

SAYS: Final = {
    "0BSD": "0BSD",
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD-2-Clause": "BSD-2-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT": "MIT",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "MPL-2.0": "MPL-2.0",
    "MPL-2.0 AND MIT": "MPL-2.0 AND MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages write into their metadata, as SPDX has it. "BSD License" is not here: it does not say which."""

READ: Final = {
    "alabaster": "BSD-3-Clause",
    "atheris": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "docutils": "BSD-2-Clause AND LicenseRef-PublicDomain",
    "google-re2": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "kiwisolver": "BSD-3-Clause",
    "matplotlib": "LicenseRef-Matplotlib",
    "numba": "BSD-2-Clause",
    "scipy": "BSD-3-Clause",
    "sphinxcontrib-applehelp": "BSD-2-Clause",
    "sphinxcontrib-devhelp": "BSD-2-Clause",
    "sphinxcontrib-htmlhelp": "BSD-2-Clause",
    "sphinxcontrib-jsmath": "BSD-2-Clause",
    "sphinxcontrib-qthelp": "BSD-2-Clause",
    "sphinxcontrib-serializinghtml": "BSD-2-Clause",
    "tzdata": "Apache-2.0",
    "uvloop": "MIT",
    "valkey": "MIT",
}
"""What their metadata does not say in one word, from the licence itself."""

FREE: Final = frozenset(
    (
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0"),
        *("Unicode-DFS-2016", "Zlib", "ZPL-2.1", "LicenseRef-Matplotlib", "LicenseRef-PublicDomain"),
        "Apache-2.0 WITH LLVM-exception",
    )
)
"""What may be shipped beside Apache-2.0 for as long as its notices stay, which are in each package."""

MPL: Final = "MPL-2.0"
NOTE: Final = "we use it unchanged; who changes its files publishes those files"
"""What follows from the Mozilla Public License 2.0, which holds file by file."""


def licence_of(name: str) -> str:
    """The licence of an installed package, as SPDX has it; "unknown" where that cannot be told."""
    canonical = canonicalize_name(name)
    if canonical in READ:
        return READ[canonical]
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return "unknown"
    for expression in about.get_all("License-Expression", []):
        return str(expression)
    classified = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier", []) if one.startswith("License ::")]
    for said in (*about.get_all("License", []), *classified):
        if said in SAYS:
            return SAYS[said]
    return "unknown"


def may_ship(expression: str) -> bool:
    """Whether a licence, or one of those that may be chosen, goes with Apache-2.0."""
    text = expression.replace("(", "").replace(")", "")
    every = (re.split(r" OR ", part) for part in text.split(" AND "))
    return all(any(one.strip() in FREE or one.strip() == MPL for one in choice) for choice in every)


def vendored() -> list[Mapping[str, Any]]:
    """Files of others that are in our own tree."""
    return _read("vendored")


def inside() -> list[Mapping[str, Any]]:
    """What packages bring along under another licence than their own."""
    return _read("inside")


def problems() -> list[str]:
    """What may not be shipped with us or is not known, in words; only what runs in production is shipped."""
    said = {name: licence_of(name) for name in sorted(at_run_time())}
    found = [
        f"{name}: {licence} does not go with Apache-2.0" for name, licence in said.items() if not may_ship(licence)
    ]
    texts = [one for one in vendored() if not (ROOT / one["text"]).is_file() or not (ROOT / one["where"]).exists()]
    return found + [f"{one['name']}: no file {one['text']} or {one['where']}" for one in texts]


def page() -> str:
    """The page as it should be."""
    locked, runs = pins(), at_run_time()
    production = [(name, locked[name].version, licence_of(name), _note(licence_of(name))) for name in sorted(runs)]
    development = [(name, locked[name].version, licence_of(name)) for name in sorted(set(locked) - runs)]
    parts = [
        HEAD,
        table(("package", "version", "licence", "what follows"), production),
        INSIDE,
        table(
            ("what", "in", "licence", "what follows"),
            [_row(one, "name", "inside", "licence", "says") for one in inside()],
        ),
        VENDORED,
        table(
            ("what", "version", "licence", "its text", "what for"),
            [_row(one, "name", "version", "licence", "text", "says") for one in vendored()],
        ),
        DEVELOPMENT,
        table(("package", "version", "licence"), development),
    ]
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(one: Mapping[str, Any], *names: str) -> list[str]:
    return [f"`{one[name]}`" if name == "text" else one[name] for name in names]


def _note(expression: str) -> str:
    return NOTE if MPL in expression else "its notice stays with it"


def _read(name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return found


HEAD = """# Licences

Winnow is under Apache-2.0. This page is written by `python -m supply licences` from what is installed, and compared by
the tests. Licences are named as [SPDX](https://spdx.org/licenses/) has them, and each package brings the text of its
own along.

## What runs in production
All that `requirements.lock` pins for the service with its extras `fast` and `sso`, on Linux with Python 3.11; other
systems and newer Pythons get other versions of some. No package here is under the GPL, the LGPL or the AGPL.
"""

INSIDE = """## What these packages bring along
Under another licence than their own.
"""

VENDORED = """## In our own tree
Files of others that the wheel holds.
"""

DEVELOPMENT = """The model that ships was trained on data sets that `model/sources.json` lists, each with its licence
there; it holds weights, none of their texts. [Training](training.md) says more. The extra `teacher` (MiniLM and
transformers under Apache-2.0, PyTorch under BSD-3-Clause) is for one command, offline.

## For development and tests only
Not shipped.
"""
