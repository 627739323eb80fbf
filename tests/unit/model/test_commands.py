import json

import pytest
from click.testing import CliRunner

from model.classifier import Classifier
from service.commands.model import model
from service.commands.score import score


@pytest.fixture
def run(tiny_model):
    def runner(command, *arguments, stdin=None):
        return CliRunner().invoke(command, [*map(str, arguments)], input=stdin, env={"WINNOW_MODEL": str(tiny_model)})

    return runner


@pytest.fixture
def data(tmp_path, tiny_examples):
    path = tmp_path / "tiny.jsonl"
    rows = [{"text": f"{e.text} {n}", "labels": e.labels} for e in tiny_examples for n in ("today", "again", "here")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_texts_are_scored_for_a_reader(run):
    result = run(score, "You are a silly fool", "You are a wise host")
    assert result.exit_code == 0
    assert result.stdout.count("toxicity") == 4  # severe_toxicity too


def test_an_explanation_shows_the_parts_that_pushed_up(run):
    assert "  fool" in run(score, "--explain", "You are a silly fool").stdout


def test_json_lines_come_back_in_order_with_scores_and_all_else(run, tiny_model):
    rows = [{"text": f"You are a silly fool {n}", "id": n} for n in range(3000)]
    result = run(score, "--jsonl", stdin="".join(json.dumps(row) + "\n" for row in rows))
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["id"], row["text"]) for row in found] == [(row["id"], row["text"]) for row in rows]
    assert found[7]["scores"] == pytest.approx(Classifier.load(tiny_model).score([rows[7]["text"]])[0].scores)


def test_spans_are_added_to_json_lines_on_request(run):
    found = json.loads(run(score, "--jsonl", "--explain", stdin='{"text": "You are a silly fool"}\n').stdout)
    assert {"start", "end", "attribute", "weight"} == set(found["spans"][0])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("{", "line 2: not JSON"), ("[1]", 'line 2: no object with a "text"'), ('{"text": 1}', "line 2: no object")],
)
def test_a_bad_line_is_named_after_the_good_ones_are_written(run, line, complaint):
    result = run(score, "--jsonl", stdin='{"text": "hello"}\n' + line + "\n")
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_neither_texts_nor_lines_is_wrong_usage(run):
    assert run(score).exit_code == 2


def test_a_model_that_is_none_fails_with_one_line(run, tmp_path):
    result = run(score, "--model", tmp_path, "hello")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_a_model_is_trained_measured_and_described(run, data, tmp_path):
    out = tmp_path / "made"
    result = run(model, "train", data, "--news", data, "--no-contrast", "--out", out)
    assert result.exit_code == 1  # every row is also a news row, and so may not be trained on
    assert "nothing is left to train on" in result.stderr
    assert run(model, "train", data, "--no-contrast", "--out", out).exit_code == 0
    measures = [json.loads(line) for line in run(model, "evaluate", data, "--model", out, "--json").stdout.splitlines()]
    assert {measure["attribute"] for measure in measures} == set(Classifier.load(out).attributes)
    assert "AUC" in run(model, "evaluate", data, "--model", out).stdout
    assert "What it was trained on" in run(model, "card", "--model", out).stdout


def test_too_little_data_makes_no_model(run, tmp_path):
    path = tmp_path / "few.jsonl"
    path.write_text('{"text": "a", "labels": {"toxicity": 1}}\n{"text": "b", "labels": {"toxicity": 0}}\n')
    result = run(model, "train", path, "--no-contrast", "--out", tmp_path / "made")
    assert result.exit_code == 1
    assert "too few labelled comments" in result.stderr


def test_a_source_that_must_not_ship_is_named_while_training(run, tmp_path):
    path = tmp_path / "tweets.jsonl"
    path.write_text('{"text": "a", "labels": {"toxicity": 1}, "source": "davidson_tweets"}\n', encoding="utf-8")
    result = run(model, "train", path, "--no-contrast", "--out", tmp_path / "made")
    assert "must not train what ships" in result.stdout
    assert result.exit_code == 1
