"""What `deploy/` has for Prometheus and Grafana, read for tests."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
DASHBOARD = DEPLOY / "grafana" / "winnow.json"

VARIABLES = {"$instance": ".*", "$__rate_interval": "1m"}
"""What Grafana puts in place of its variables."""


def program(name: str) -> str:
    """promtool or prometheus, or a skip."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian's package prometheus)")
    return found


def dashboard() -> dict[str, Any]:
    return orjson.loads(DASHBOARD.read_bytes())


def panels() -> list[dict[str, Any]]:
    """All panels but the rows' heads."""
    return [one for one in dashboard()["panels"] if one["type"] != "row"]


def expressions() -> Iterator[str]:
    """Each expression of the dashboard as Grafana would send it."""
    for panel in panels():
        for target in panel["targets"]:
            text = target["expr"]
            for name, value in VARIABLES.items():
                text = text.replace(name, value)
            assert "$" not in text, text
            yield text


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def names_in(expression: str) -> set[str]:
    """The metrics of ours that an expression asks for."""
    return set(re.findall(r"\bwinnow_\w+", expression))


def names_of(exposition: str) -> set[str]:
    """The names of all samples in Prometheus' text format."""
    return set(re.findall(r"^(\w+)[{ ]", exposition, re.MULTILINE))
