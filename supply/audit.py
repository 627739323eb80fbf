"""Known vulnerabilities of what the lock file pins, by pip-audit, which is believed only when it truly looked.

pip-audit is content when it finds nothing about a package, also where the service has nothing to say at all. So it is
first asked about a package whose vulnerabilities have been known for years.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from supply.locked import ROOT

CANARY: Final = "requests==2.19.0"
"""CVE-2018-18074 and more are known of it."""

Vulnerabilities = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found: ids by `name version`, and what was not looked at, by name, or why nothing was."""

    vulnerable: Vulnerabilities
    skipped: Sequence[str]
    blind: str = ""

    @property
    def status(self) -> int:
        """0 looked and found nothing, 1 found something, 2 did not look at all of it."""
        return 1 if self.vulnerable else 2 if self.skipped or self.blind else 0

    def lines(self) -> list[str]:
        """For people."""
        found = [f"VULNERABLE  {name}: {', '.join(ids)}" for name, ids in sorted(self.vulnerable.items())]
        if self.blind:
            return [f"NOT LOOKED  {self.blind}", "Nothing is known of vulnerabilities from this run."]
        found += [f"NOT LOOKED  {name}" for name in sorted(self.skipped)]
        return found or ["Looked at all that requirements.lock pins: no known vulnerabilities."]


def audit(service: str, osv_url: str | None = None) -> Audit:
    """Asks a service about all that is locked."""
    options = ["--vulnerability-service", service, *(["--osv-url", osv_url] if osv_url else [])]
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text(f"{CANARY}\n", encoding="utf-8")
        known = _asked([str(canary), "--no-deps"], options)
    if known is None or not read(known).vulnerable:
        return Audit({}, (), f"the service {service} says nothing of {CANARY}, of which much is known")
    found = _asked([str(ROOT / "requirements.lock")], options)
    return Audit({}, (), f"the service {service} stopped answering") if found is None else read(found)


def read(report: Mapping[str, Any]) -> Audit:
    """What pip-audit's report in JSON says."""
    every = report["dependencies"]
    looked = [one for one in every if "skip_reason" not in one]
    vulnerable = {f"{one['name']} {one['version']}": [v["id"] for v in one["vulns"]] for one in looked if one["vulns"]}
    return Audit(vulnerable, [one["name"] for one in every if "skip_reason" in one])


def _asked(what: Sequence[str], options: Sequence[str]) -> dict[str, Any] | None:
    """pip-audit's report, or None where it has none."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run([*command, *options, "--requirement", *what], capture_output=True, check=False)  # noqa: S603
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None
    return report
