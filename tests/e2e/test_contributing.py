"""CONTRIBUTING.md leads from a clone to a merged change: its words are there, and its commands do what it says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documentation.blocks import blocks
from tests.documentation.shell import commands

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
WALK = [words for block in blocks(PAGE, PAGE.name) if block.language == "sh" for words in commands(block.text)]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_word_of_the_makefile_is_explained_and_no_other():
    explained = re.findall(r"^\| `make (\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    there = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split()
    assert sorted(explained) == sorted(there)
    assert all(re.search(rf"^{word}:", MAKEFILE, re.MULTILINE) for word in there)


def test_what_the_machine_runs_is_what_the_page_says_that_it_runs():
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert {"make lint", "make docs", "make test"} <= set(re.findall(r"^make \w+", run, re.MULTILINE))
    needed = set(re.findall(r"[a-z][\w-]+", re.search(r"--no-install-recommends \\\n(.+?)>", run, re.DOTALL)[1]))
    said = PAGE.read_text(encoding="utf-8").partition("Some tests are skipped")[2].partition("\n\n")[0]
    assert needed - {"make", "curl", "chromium", "fonts-dejavu-core"} <= set(re.findall(r"`([\w-]+)`", said))


def test_the_way_through_git_goes_from_a_clone_to_a_branch_to_be_merged(tmp_path):
    steps = [words for words in WALK if words[0] in {"git", "cd"}]
    git = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "HOME": str(tmp_path)}
    git |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", "PATH": os.environ["PATH"]}
    begin = """
        git init --quiet --initial-branch main seed && cd seed
        echo 'one' > file && git add file && git commit --quiet --message 'Begin'
        cd .. && git clone --quiet --bare seed newsroom.git && git clone --quiet --bare seed you.git
    """
    steps.insert([words[:2] for words in steps].index(["git", "commit"]), ["sh", "-c", "echo two > file"])
    walk = "\n".join(shlex.join(words) for words in steps)
    walk = walk.replace("git@git.example:you/winnow.git", f"{tmp_path}/you.git winnow")
    walk = walk.replace("git@git.example:newsroom/winnow.git", f"{tmp_path}/newsroom.git")
    done = subprocess.run(["bash", "-euc", begin + walk], cwd=tmp_path, env=git, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    branch = next(words for words in steps if words[:2] == ["git", "push"])[-1]
    pushed = subprocess.run(
        ["git", "log", "--format=%s", branch], cwd=tmp_path / "you.git", capture_output=True, text=True, check=True
    )
    assert pushed.stdout.splitlines() == ["Release a lease when its comment is erased", "Begin"]


@pytest.mark.parametrize("words", [one for one in WALK if one[0] == ".venv/bin/pytest"], ids=" ".join)
def test_every_run_of_tests_finds_some(words):
    collect = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", *words[1:]]
    done = subprocess.run(collect, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
