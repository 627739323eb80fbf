"""Suggestions on their way into a model: exported by the real command and adapted to by the real command."""

from itertools import product

import orjson
import pytest
from click.testing import CliRunner

from model.artifact import MANIFEST, WEIGHTS
from model.registry import HOLDOUT
from service.cli import main
from service.store.keys import Keys
from service.store.suggestions import Suggestion, Suggestions

LOCAL = ("badger hugger", "harbour rat", "tram goblin", "kiosk gnome")
DECENT = ("badger expert", "harbour master", "tram driver", "kiosk owner")
WHERE = ("on Monday", "in the hall", "at the fair", "by the river", "near the school", "after the vote")


@pytest.fixture
def run(redis_url, tmp_path):
    """Runs `winnow` on the store of the test, gives what it printed and notes what it said on stderr."""

    def runner(*arguments):
        environ = {"REDIS_URL": redis_url, "WINNOW_DATA": str(tmp_path), "WINNOW_MODEL": ""}
        ran = CliRunner().invoke(main, [*map(str, arguments)], env=environ)
        assert ran.exit_code == 0, ran.output
        return ran

    return runner


@pytest.fixture
def exported(run, tmp_path):
    """The file that an export of some kind writes, under a name."""

    def file(kind, name):
        path = tmp_path / name
        path.write_bytes(run("export", kind, "--site", "herald").stdout_bytes)
        return path

    return file


@pytest.fixture
def said(store):
    """Says of the town's words what they are, or the contrary, with a key of some role."""
    keys = {role: Keys(store).create("herald", role, role)[1] for role in ("submit", "moderate")}
    suggestions = Suggestions(store)

    def say(role, *, contrary=False, tail=""):
        for who, where in product((*LOCAL, *DECENT), WHERE):
            bad = (who in LOCAL) != contrary
            suggestion = Suggestion("perspective", f"You are a {who} {where}{tail}", {"toxicity": float(bad)})
            assert suggestions.add("herald", keys[role], role, suggestion) == "kept"

    return say


def made(run, out, *files):
    """An adapted model's files: its weights, its manifest, its hold-out."""
    run("model", "adapt", *files, "--out", out)
    return [(out / name).read_bytes() for name in (WEIGHTS, MANIFEST, HOLDOUT)]


def rows(path):
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_a_flood_of_a_submit_keys_labels_moves_no_model_unless_it_is_asked_for(said, run, exported, tmp_path):
    said("moderate")
    decisions = exported("decisions", "decisions.jsonl")
    clean = made(run, tmp_path / "clean", decisions)
    said("submit", contrary=True)
    for word in ("today", "again", "here", "now"):
        said("submit", contrary=True, tail=f" {word}")
    assert exported("decisions", "decisions.jsonl").read_bytes() == decisions.read_bytes()
    assert made(run, tmp_path / "flooded", decisions) == clean
    apart = exported("suggestions", "suggestions.jsonl")
    strange = rows(apart)
    assert (len(strange), {row["suggested"] for row in strange}) == (5 * len(LOCAL + DECENT) * len(WHERE), {True})
    told = run("model", "adapt", decisions, apart, "--out", tmp_path / "told")
    assert f"left out {len(strange)} labels that no moderator gave" in told.stderr
    assert (tmp_path / "told" / WEIGHTS).read_bytes() == clean[0]
    assert (tmp_path / "told" / HOLDOUT).read_bytes() == clean[2]
    run("model", "adapt", decisions, apart, "--suggested", "--out", tmp_path / "asked")
    assert (tmp_path / "asked" / WEIGHTS).read_bytes() != clean[0]
    assert (tmp_path / "asked" / HOLDOUT).read_bytes() == clean[2]


def test_an_erased_suggestion_is_in_no_later_export(said, exported, key_for):
    said("moderate")
    said("submit")
    before = {kind: rows(exported(kind, kind)) for kind in ("decisions", "suggestions")}
    erased = before["decisions"][0]["id"]
    assert key_for("admin").delete(f"/v1/comments/{erased}").status_code == 204
    for kind, were in before.items():
        left = [row for row in were if row["id"] != erased]
        assert rows(exported(kind, kind)) == left
        assert len(left) == len(were) - 1
