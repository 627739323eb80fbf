"""A released wheel carries all that the service needs, and runs far from the checkout on what the lock file pins."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from supply.locked import at_run_time, pins
from supply.release import build
from tests.support import Service

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `winnow` of a new environment with a wheel of this tree and, by their hashes, what it needs to run."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "out").mkdir()
    wheel = build(REPOSITORY, folder / "out", 1_700_000_000)[0]
    lines = folder / "run-time.txt"
    locked = pins()
    lines.write_text("".join(f"{locked[name].lines}\n" for name in sorted(at_run_time())))
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)} | proxies()
    for wanted in (["--require-hashes", "--requirement", str(lines)], ["--no-deps", str(wheel)]):
        done = subprocess.run([*pip, *wanted], capture_output=True, cwd=folder, env=environment)
        assert done.returncode == 0, done.stderr.decode()
    return folder / "venv" / "bin" / "winnow"


def proxies() -> dict[str, str]:
    """What pip may need of the environment to reach its index."""
    import os

    return {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "http"))}


def test_an_installed_winnow_scores_takes_comments_and_shows_its_documentation(program, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    service = Service(data, program=(str(program),))
    scored = service.command("score", "--jsonl", input=b'{"text": "Thanks"}\n').stdout
    assert b'"toxicity"' in scored
    service.start()
    try:
        answer = service.raw("POST", "/v1/comments", service.key("submit"), {"body": "You stupid, worthless idiot."})
        assert (answer.status, answer.json()["status"]) == (201, "pending")
        assert service.raw("GET", "/docs/").status == 200
        assert service.raw("GET", "/docs/static/swagger-ui-bundle.js").status == 200
        assert str(REPOSITORY) not in service.printed()
        assert "service.processes.web" in " ".join(service.part("processes.web").cmdline())
        assert str(program.parent) in service.part("processes.web").cmdline()[0]
    finally:
        service.stop()


def test_serving_loads_nothing_that_only_training_needs():
    code = "import service.processes.web, sys; print(sorted({'sklearn', 'matplotlib', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=REPOSITORY, text=True)
    assert done.stdout.strip() == "[]", done.stderr
