"""The documentation runs: its commands are executed, its answers compared, its lists checked against the code.

In a page, the fenced blocks named `console` are run, in one shell from the first to the last. A line that starts with
`$ ` is a command; it goes on behind a `\\` at its end, and on lines that start with `> `. What follows is what it prints.
In JSON, `"…"` stands for any value, and as a key or as the last of a list for more of them. Blocks named `sh` are for
reading only.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pytest

from model import ATTRIBUTES
from service.cli import COMMANDS
from service.moderation import openai
from service.moderation.judge import REASON_CODES
from service.schemas.events import EVENT_TYPES
from service.schemas.policy import PolicySchema
from service.store.retention import APPROVED_KEPT, DAY_MS, DECIDED_KEPT, EVENTS_KEPT
from tests.documentation.written import WRITTEN, brought_up_to_date

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXECUTED = (
    "README.md",
    "docs/quick-start.md",
    "docs/api.md",
    "docs/policy.md",
    "docs/commands.md",
    "docs/operating.md",
    "docs/webhooks.md",
    "docs/moderating.md",
    "docs/campaigns.md",
    "docs/figures.md",
    "docs/trying-a-policy.md",
    "docs/model.md",
    "docs/migrate/openai.md",
    "docs/migrate/coral.md",
)
PAGES = sorted(
    page
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md"))
    if DOCS / "site" not in page.parents
)

ADDRESS = "http://127.0.0.1:8080"
NAMES = {"submit": "website", "moderate": "ada", "admin": "editor"}
"""What the pages take for granted: the address, and keys of these names in $SUBMIT, $MODERATE and $ADMIN."""

BETWEEN = "\x1e"

VARIES = {
    *("claim", "digest", "key", "next_cursor", "oldest_seconds", "median", "p95"),
    *("scores", "category_scores", "score", "summaryScore", "thresholds", "threshold", "weight", "start", "end"),
}
"""What the clock, chance or the model that ships decides, and all that lies in it; types and names are compared."""

MODELS_LISTS = ("reasons", "spans")
MODELS_WORDS = {"attribute", "detail"}
"""Lists whose length, and in them what, depends on the model that ships."""

MADE_ANEW = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+Z"  # a time
    r"|\d{13}-\d+"  # an event's id
    r"|\d{4}\.\d\d\.\d\d-[0-9a-f]{6}"  # a model's version
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|\b[0-9a-f]{12}\b"  # a key's id
    r"|\b[a-z2-7]{52}\b"  # a key
)


@dataclass(frozen=True)
class Step:
    """A command and what the page says that it prints."""

    command: str
    printed: str


def steps(page: Path) -> Iterator[Step]:
    for block in re.findall(r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, printed = re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*\n?(?:> [^\n]*\n?)*)(.*)", part, re.DOTALL).groups()
            yield Step(re.sub(r"^> ", "", command, flags=re.MULTILINE).strip(), printed.strip())


def run_page(page: Path, service: Any) -> list[tuple[Step, str]]:
    """Each step with what it really printed, in one shell that ends at the first command that fails."""
    there = list(steps(page))
    script = "".join(f"{step.command}\nprintf '{BETWEEN}'\n" for step in there)
    script = "set -eu\n" + script.replace(ADDRESS, f"http://127.0.0.1:{service.port}")
    keys = {role.upper(): service.key(role, name) for role, name in NAMES.items()}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        env=service.environ() | keys | {"PATH": path},
        cwd=service.data.parent,
        capture_output=True,
        text=True,
    )
    printed = done.stdout.split(BETWEEN)
    assert done.returncode == 0, f"{there[len(printed) - 1].command}\n{printed[-1]}\n{done.stderr}"
    return list(zip(there, printed, strict=False))


@pytest.fixture
def running(service: Any) -> Any:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: the commands in the documentation need it")
    return service.start()


@pytest.mark.parametrize("name", EXECUTED)
def test_every_command_in_the_documentation_works_and_answers_what_is_printed(running, name):
    ran = run_page(ROOT / name, running)
    assert ran
    for step, printed in ran:
        if step.printed:
            compare(step, printed)


def compare(step: Step, printed: str) -> None:
    if step.printed.startswith(("{", "[")):
        differs = difference(orjson.loads(step.printed), orjson.loads(printed))
        assert not differs, f"{step.command}\n{differs}\nin {printed}"
    else:
        assert plain(printed).split() == plain(step.printed).split(), step.command


def difference(shown: Any, real: Any, at: str = "") -> str:
    """Where an answer is not what the page shows, in words; "" where it is."""
    if shown == "…":
        return ""
    if type(shown) is not type(real) and not {type(shown), type(real)} <= {int, float}:
        return f"{at} is {real!r}, not {shown!r}"
    if isinstance(shown, dict):
        return of_objects(shown, real, at)
    if isinstance(shown, list):
        return of_lists(shown, real, at)
    if VARIES & set(at.split(".")):
        return ""
    same = shown == real or (isinstance(shown, str) and MADE_ANEW.sub("*", shown) == MADE_ANEW.sub("*", real))
    return "" if same else f"{at} is {real!r}, not {shown!r}"


def of_objects(shown: dict[str, Any], real: dict[str, Any], at: str) -> str:
    if at.endswith(".by_attribute"):
        return "" if set(real) <= set(ATTRIBUTES) else f"{at} has {set(real)}"
    more = set(real) - set(shown)
    missing = set(shown) - set(real) - {"…"}
    if missing or (more and "…" not in shown):
        return f"{at or 'the answer'} has {sorted(more)} more and lacks {sorted(missing)}"
    found = (difference(one, real[key], f"{at}.{key}") for key, one in shown.items() if key != "…")
    return next(filter(None, found), "")


def of_lists(shown: list[Any], real: list[Any], at: str) -> str:
    if at.rpartition(".")[2] in MODELS_LISTS:
        forms = [
            {**one, **dict.fromkeys(MODELS_WORDS & one.keys(), "…")} if isinstance(one, dict) else one
            for one in shown
            if one != "…"
        ]
        odd = [one for one in real if all(difference(form, one, f"{at}.0") for form in forms)]
        return f"{at} has {odd}" if odd or bool(real) != bool(shown) else ""
    if shown and shown[-1] == "…":
        shown, real = shown[:-1], real[: len(shown) - 1]
    if len(shown) != len(real):
        return f"{at} has {len(real)} items, not {len(shown)}"
    found = (difference(one, other, f"{at}.{n}") for n, (one, other) in enumerate(zip(shown, real, strict=True)))
    return next(filter(None, found), "")


def plain(text: str) -> str:
    """Lines without what differs each time: times, ids, keys, figures."""
    return re.sub(r"\d+(\.\d+)?", "0", MADE_ANEW.sub("*", text))


def rows(page: Path, columns: int) -> list[list[str]]:
    """The rows of a page's tables with so many columns, their head left out, code marks taken off."""
    found = re.findall(r"^\| (.*) \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    cells = [[cell.strip().strip("`") for cell in row.split(" | ")] for row in found]
    return [row for row in cells if len(row) == columns and not set(row[0]) <= set("-")]


def test_every_category_of_openai_is_documented_with_what_answers_it():
    table = {row[0]: row[1] for row in rows(DOCS / "migrate" / "openai.md", 3) if row[0] not in ("", "category")}
    named = {category: said for names, said in table.items() for category in names.replace("`", "").split(", ")}
    told = {category: named[category] for category in openai.CATEGORIES}
    for category, attributes in (*openai.ANY_OF.items(), *openai.ALL_OF.items()):
        assert set(re.findall(r"`?(\w+)`?", told[category])) >= set(attributes), category
    assert {category for category, said in told.items() if said == "**never**"} == set(openai.UNANSWERED)


@pytest.mark.parametrize("page", WRITTEN)
def test_what_is_made_from_the_code_is_up_to_date(page):
    shown = (DOCS / page).read_text(encoding="utf-8")
    assert brought_up_to_date(page) == shown, "`python -m tests.documentation` writes it anew"


def test_every_field_of_the_policy_is_documented_and_no_other():
    documented = set(
        re.findall(r"(?:^|`)([a-z_]+)", "\n".join(row[0] for row in rows(DOCS / "policy.md", 3)), re.MULTILINE)
    )
    assert documented - {"field"} == set(PolicySchema().fields) - {"version"}


def test_every_command_is_documented_and_no_other():
    documented = re.findall(r"^## `winnow (\w+)`", (DOCS / "commands.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert documented == list(COMMANDS)


def test_every_direct_dependency_is_documented_and_no_other():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], *chain(*extras)]
    documented = re.findall(
        r"^- \*\*([\w-]+)\*\*", (DOCS / "dependencies.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(documented) == sorted(
        [*(re.match(r"[\w-]+", one)[0] for one in wanted), "swagger-ui-dist", "htmx", "Pico"]
    )


def test_every_reason_event_and_problem_is_documented():
    api = (DOCS / "api.md").read_text(encoding="utf-8")
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "service" / "api").glob("*.py"))
    problems = {f"urn:winnow:problem:{kind}" for kind in re.findall(r'(?:kind=|_plain\(\d+, )"([a-z-]+)"', sources)}
    assert len(problems) > 10
    documented = {row[0] for columns in (2, 3) for row in rows(DOCS / "api.md", columns)}
    assert {*REASON_CODES, *EVENT_TYPES, *problems} <= documented
    assert set(re.findall(r"urn:winnow:problem:[a-z-]+", api)) <= problems


def test_how_long_things_are_kept_is_documented():
    kept = dict(rows(DOCS / "operating.md", 2))
    assert kept["events"] == f"{EVENTS_KEPT // DAY_MS} days"
    assert kept["comments that the machine approved"] == f"{APPROVED_KEPT // DAY_MS} days from arrival"
    assert kept["comments that a person decided"] == f"{DECIDED_KEPT // DAY_MS} days from the decision"
    assert kept["comments that the machine rejected"] == f"{DECIDED_KEPT // DAY_MS} days from arrival"
    assert f"kept for {kept['events']}" in (DOCS / "api.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path = target.partition("#")[0]
        if path and "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / path).exists(), target


def test_no_key_of_redis_is_described_twice():
    keys = [row[0] for row in rows(DOCS / "architecture.md", 4)]
    assert len(keys) == len(set(keys))
