"""The commands that retrain, as a newsroom uses them: adapt, then gate."""

import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner

from model.artifact import MANIFEST, REFERENCE, WEIGHTS, read, write
from model.classifier import DEFAULT, Classifier
from model.registry import HOLDOUT
from service.cli import main
from tests.unit.model.test_adapt import newsroom


def run(*arguments):
    return CliRunner().invoke(main, ["model", *map(str, arguments)])


@pytest.fixture
def decisions(tmp_path):
    """A file as `winnow export decisions` writes it."""
    path = tmp_path / "decisions.jsonl"
    rows = [
        {
            "text": row.text,
            "labels": row.labels,
            "source": row.source,
            "language": "en",
            "action": "reject" if row.labels["toxicity"] else "approve",
            "decided_at": row.decided_at,
            "probability": 1 if number % 2 else None,
        }
        for number, row in enumerate(newsroom())
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_adapting_writes_an_artifact_a_card_and_the_newest_decisions(tmp_path, tiny_model, decisions):
    ran = run("adapt", decisions, "--base", tiny_model, "--out", tmp_path / "out")
    assert ran.exit_code == 0, ran.output
    adapted = Classifier.load(tmp_path / "out")
    assert "english_toxicity" in ran.output
    assert adapted.version in ran.output
    held = [json.loads(line) for line in gzip.decompress((tmp_path / "out" / HOLDOUT).read_bytes()).splitlines()]
    assert len(held) == adapted.manifest["adapted"]["held_out"]
    assert min(row["decided_at"] for row in held) > "2026-10"
    card = run("card", "--model", tmp_path / "out").output
    assert "What it was adapted to" in card
    assert f"{adapted.manifest['adapted']['decisions']} decisions" in card


def test_an_adapted_model_saw_what_its_base_did(tmp_path, tiny_model, decisions):
    made, saw = read(tiny_model), Classifier.load(compiled=False).reference
    write(tmp_path / "base", made.manifest, np.array(made.weights), "card\n", saw)
    ran = run("adapt", decisions, "--base", tmp_path / "base", "--out", tmp_path / "out")
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "out" / REFERENCE).read_bytes() == (tmp_path / "base" / REFERENCE).read_bytes()
    assert Classifier.load(tmp_path / "out").reference == saw


def test_adapting_twice_gives_the_same_bytes(tmp_path, tiny_model, decisions):
    for name in ("one", "two"):
        run("adapt", decisions, "--base", tiny_model, "--out", tmp_path / name)
    for name in (WEIGHTS, MANIFEST, HOLDOUT):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_gate_says_what_it_refuses_and_ends_with_1(tmp_path, tiny_model, decisions):
    run("adapt", decisions, "--base", tiny_model, "--out", tmp_path / "out")
    ran = run("gate", tmp_path / "out", "--against", tiny_model)
    assert ran.exit_code == 1
    comments = sum(source["comments"] for source in Classifier.load(tmp_path / "out").manifest["sources"])
    assert f"REFUSED  training: trained on {comments} comments, at least 1,000 are needed" in ran.output
    assert "passed   hold-out: toxicity on 84 rows of newsroom:herald: AUC +0." in ran.output


def test_the_gate_lets_the_current_model_pass_against_itself(monkeypatch):
    monkeypatch.delenv("WINNOW_MODEL", raising=False)
    ran = run("gate", DEFAULT, "--json")
    assert ran.exit_code == 0, ran.output
    assert all(json.loads(line)["passed"] for line in ran.output.splitlines())


def test_a_probability_that_is_none_is_refused_with_its_place(tmp_path, tiny_model, decisions):
    decisions.write_text('{"text": "Hello", "labels": {"toxicity": 0}, "probability": 7}\n', encoding="utf-8")
    ran = run("adapt", decisions, "--base", tiny_model, "--out", tmp_path / "out")
    assert ran.exit_code == 1
    assert "row 1: the probability is not above 0 and at most 1" in ran.output


@pytest.fixture
def flood(tmp_path, decisions):
    """The contrary of every decision, as `winnow export suggestions` writes what strangers say."""
    path = tmp_path / "suggestions.jsonl"
    rows = [json.loads(line) for line in decisions.read_text(encoding="utf-8").splitlines()]
    told = [
        {**row, "text": f"{row['text']} {n}x", "labels": {"toxicity": 1 - row["labels"]["toxicity"]}, "suggested": True}
        for n, row in enumerate(rows)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")
    return path


def test_what_strangers_said_is_left_out_of_adapting_with_a_count(tmp_path, tiny_model, decisions, flood):
    run("adapt", decisions, "--base", tiny_model, "--out", tmp_path / "clean")
    ran = run("adapt", decisions, flood, "--base", tiny_model, "--out", tmp_path / "same")
    assert f"left out {len(newsroom())} labels that no moderator gave" in ran.output
    for name in (WEIGHTS, HOLDOUT):
        assert (tmp_path / "clean" / name).read_bytes() == (tmp_path / "same" / name).read_bytes()


@pytest.mark.parametrize("command", ["evaluate", "compare", "train", "adapt"])
def test_strangers_words_alone_are_nothing_to_work_with(tmp_path, tiny_model, flood, command):
    more = {
        "evaluate": [flood, "--model", tiny_model],
        "compare": [tiny_model, tiny_model, "--data", flood],
        "train": [flood, "--no-contrast", "--out", tmp_path / "out"],
        "adapt": [flood, "--out", tmp_path / "out"],
    }[command]
    ran = run(command, *more)
    assert ran.exit_code == 1
    assert f"left out {len(newsroom())} labels that no moderator gave" in ran.output
    if command in {"evaluate", "compare"}:
        ran = run(command, *more, "--suggested", "--rounds", 100)
        assert (ran.exit_code, f"{len(newsroom())} labels that no moderator gave are among them" in ran.output) == (
            0,
            True,
        )


def test_the_gate_measures_on_strangers_words_only_when_told(tmp_path, tiny_model, decisions, flood):
    run("adapt", decisions, "--base", tiny_model, "--out", tmp_path / "out")
    ran = run("gate", tmp_path / "out", "--against", tiny_model, "--holdout", flood)
    assert f"left out {len(newsroom())} labels that no moderator gave" in ran.output
    assert "toxicity on 84 rows of newsroom:herald" in ran.output
    ran = run("gate", tmp_path / "out", "--against", tiny_model, "--holdout", flood, "--suggested")
    assert f"toxicity on {84 + len(newsroom())} rows of newsroom:herald" in ran.output
