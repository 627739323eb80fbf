"""Builds a release so that whoever has the commit and the lock file can build the same bytes."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

from supply.licences import licence_of
from supply.locked import ROOT, at_run_time, pins, project

UMASK: Final = 0o022


def release(out: Path, root: Path = ROOT) -> list[Path]:
    """Builds the commit that is checked out, and nothing else that lies about; says what was written.

    :raises CalledProcessError: the build or git failed; their own words are on stderr.
    """
    out.mkdir(parents=True, exist_ok=True)
    epoch = int(_git(root, "log", "-1", "--format=%ct"))
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        source = Path(folder)
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "HEAD"))) as archive:
            archive.extractall(source, filter="data")
        files = build(source, out.absolute(), epoch)
    bill = out / f"winnow-{project()['version']}.cdx.json"
    bill.write_text(json.dumps(bill_of_materials(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    files.append(bill)
    sums = out / "SHA256SUMS"
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    sums.write_text("".join(f"{digests[name]}  {name}\n" for name in sorted(digests)), encoding="utf-8")
    return [*files, sums]


def build(source: Path, out: Path, epoch: int) -> list[Path]:
    """Builds wheel and sdist of a folder with the backend of this environment, dated `epoch` (seconds since 1970)."""
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(epoch),
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(out)]
    before = set(out.iterdir())
    subprocess.run(command, cwd=source, env=environment, check=True, stdout=subprocess.DEVNULL, umask=UMASK)  # noqa: S603
    version = project()["version"]
    names = (f"winnow-{version}-py3-none-any.whl", f"winnow-{version}.tar.gz")
    files = [out / name for name in names]
    unexpected = set(out.iterdir()) - before - set(files)
    if unexpected:
        raise RuntimeError(f"the build wrote {sorted(unexpected)}")
    return files


def bill_of_materials() -> dict[str, Any]:
    """What runs in production, as CycloneDX: names, versions, digests, licences; without time or serial number."""
    wanted = at_run_time()
    locked = pins()
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        lines = Path(folder) / "run-time.txt"
        lines.write_text("\n".join(locked[name].lines for name in sorted(wanted)) + "\n", encoding="utf-8")
        done = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "cyclonedx_py", "requirements", str(lines)),
                *("--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--of", "JSON", "-o", "-"),
            ],
            check=True,
            capture_output=True,
        )
    bill: dict[str, Any] = json.loads(done.stdout)
    for component in bill["components"]:
        component.pop("description")  # the line of the lock file again
        component["licenses"] = [{"expression": licence_of(component["name"])}]
    return bill


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603, S607
