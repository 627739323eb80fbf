import contextlib
import json
import os
import pty
import subprocess
import sys

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


def test_a_model_is_trained_measured_and_described(run, data, tmp_path, tiny_examples):
    out, unseen = tmp_path / "made", tmp_path / "unseen.jsonl"
    rows = [{"text": f"{e.text} {n}", "labels": e.labels} for e in tiny_examples for n in ("today", "yesterday")]
    unseen.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = run(model, "train", data, "--news", data, "--no-contrast", "--out", out)
    assert result.exit_code == 1  # every row is also a news row, and so may not be trained on
    assert "nothing is left to train on" in result.stderr
    result = run(model, "train", data, "--measure", unseen, "--no-contrast", "--out", out)
    assert result.exit_code == 0
    assert f"skipped {len(tiny_examples)}: text occurs in an evaluation file" in result.stdout
    found = run(model, "evaluate", data, "--model", out, "--rounds", 100, "--json").stdout.splitlines()
    assert {json.loads(line)["attribute"] for line in found} == set(Classifier.load(out).attributes)
    assert "AUC" in run(model, "evaluate", data, "--model", out, "--rounds", 100).stdout
    card = run(model, "card", "--model", out).stdout
    assert "What it was trained on" in card
    assert f"| unseen | toxicity | {2 * len(tiny_examples)} (80 bad) |" in card


def test_a_trained_model_says_what_it_saw_of_news_and_of_rows_held_out(run, data, tmp_path, tiny_examples):
    news, german = tmp_path / "news.jsonl", tmp_path / "german.jsonl"
    rows = [{"text": f"{e.text} {n}", "labels": e.labels} for e in tiny_examples for n in ("now", "then")]
    news.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    rows = [{"text": f"{e.text} {n}", "labels": e.labels, "lang": "de"} for e in tiny_examples for n in range(8)]
    german.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = run(model, "train", data, german, "--news", news, "--no-contrast", "--out", tmp_path / "made")
    assert made.exit_code == 0, made.output
    found = Classifier.load(tmp_path / "made").reference
    assert found.scores["en"]["toxicity"].sample == 2 * len(tiny_examples)
    assert found.scores["de"]["spam"].sample >= 200
    assert sum(found.scores["de"]["spam"].shares) == pytest.approx(1, abs=1e-3)
    assert "insult" in found.scores["de"]
    assert found.words == {}


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


@pytest.fixture
def public(tmp_path, tiny_examples):
    """Return a folder with the tiny examples twice: as Jigsaw 2018, and as Civil Comments with a bad row at the end."""
    rude = [(e.text, e.labels["insult"]) for e in tiny_examples]
    jigsaw = ["id,comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate"]
    jigsaw += [f'{n},"{text} twice",{f"{bad:.0f}," * 5}{bad:.0f}' for n, (text, bad) in enumerate(rude)]
    civil = ["target,comment_text,severe_toxicity,obscene,threat,insult,identity_attack,sexual_explicit"]
    civil += [f'{bad * 0.8},"{text} once",{f"{bad * 0.6}," * 5}0' for text, bad in rude]
    for name, lines in (("jigsaw", jigsaw), ("civil", [*civil, "9,odd,0,0,0,0,0,0"])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_public_layouts_are_named_and_what_was_skipped_is_counted(run, public, tmp_path):
    found = run(model, "train", public / "jigsaw", public / "civil", "--no-contrast", "--out", tmp_path / "made")
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert f"{public / 'jigsaw' / 'train.csv'}: Jigsaw Toxic Comment Classification 2018" in lines
    assert f"{public / 'civil' / 'train.csv'}: Civil Comments" in lines
    place = f"{public / 'civil' / 'train.csv'}, row 136"
    assert f"skipped 1: a label is not between 0 and 1 (first: {place})" in lines
    manifest = Classifier.load(tmp_path / "made").manifest
    assert [row["source"] for row in manifest["sources"]] == ["civil_comments", "jigsaw_2018"]
    assert sorted(manifest["data"]) == ["civil/train.csv", "train.csv"]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl", b'{"text": "a", "labels": {"spam": 1}}\n{', "line 2: not JSON"),
        ("a.jsonl.gz", b"none", "after line 0: Not a gzipped file"),
        ("a.csv", b"text,spam\na,1\n\xff,1\n", "line 3: not UTF-8"),
        ("a.parquet", b"none", "a.parquet: "),
        ("a.csv", b"words,verdict\na,1\n", "it has the columns words, verdict"),
    ],
)
def test_a_damaged_file_ends_training_with_one_line(run, tmp_path, name, content, complaint):
    (tmp_path / name).write_bytes(content)
    found = run(model, "train", tmp_path / name, "--out", tmp_path / "made")
    assert found.exit_code == 1
    assert complaint in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert not (tmp_path / "made").exists()


def test_a_folder_without_a_file_of_comments_is_refused(run, tmp_path):
    found = run(model, "train", tmp_path, "--out", tmp_path / "made")
    assert found.exit_code == 1
    assert "no file of comments" in found.stderr


def test_progress_is_told_in_lines_where_there_is_no_terminal(run, data, tmp_path, monkeypatch):
    monkeypatch.setattr("service.commands.model.train._EVERY", 200)
    found = run(model, "train", data, "--no-contrast", "--out", tmp_path / "made")
    assert [line for line in found.stdout.splitlines() if "read" in line] == ["200 comments read", "400 comments read"]


def test_progress_is_a_bar_on_a_terminal(data, tmp_path):
    here, there = pty.openpty()
    command = [sys.executable, "-m", "service.cli", "model", "train", data, "--no-contrast", "--out", tmp_path / "made"]
    with subprocess.Popen([*map(str, command)], stdout=there, stderr=there, env=os.environ | {"TERM": "xterm"}):
        os.close(there)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal whose last writer is gone
            while piece := os.read(here, 4096):
                shown += piece
    os.close(here)
    assert b"reading" in shown
    assert b"100%" in shown
    assert b"version" in shown


def test_an_evaluation_tells_sources_slices_and_groups_apart(run, tmp_path):
    path = tmp_path / "groups.jsonl"
    rows = [
        {"text": f"{who} {'fool' if bad else 'host'} {n}", "labels": {"toxicity": bad}}
        for who in ("Gay", "Deaf", "Silly")
        for bad in (0, 1)
        for n in range(30)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    shown = run(model, "evaluate", path, "--rounds", 100).stdout
    assert "Slices of groups" in shown
    assert "groups, toxicity: 2 groups of people are mentioned often enough" in shown
    found = [json.loads(line) for line in run(model, "evaluate", path, "--rounds", 100, "--json").stdout.splitlines()]
    assert [row["slice"] for row in found if "slice" in row] == [
        "", "mentions a group of people", "mentions no group of people",
    ]  # fmt: skip
    assert [row["term"] for row in found if "term" in row] == ["deaf", "gay"]


def test_a_report_is_one_page(run, data, tmp_path):
    path = tmp_path / "report.html"
    assert run(model, "evaluate", data, "--rounds", 100, "--report", path).exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert run(model, "evaluate", data, "--rounds", 100, "--report", tmp_path / "no" / "such").exit_code == 1


def test_training_writes_a_report_on_rows_that_it_held_out_beside_the_model(run, data, tmp_path):
    assert run(model, "train", data, "--no-contrast", "--out", tmp_path / "made").exit_code == 0
    page = (tmp_path / "made" / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "report.html" not in Classifier.load(tmp_path / "made").manifest["files"]


def test_two_models_are_compared_in_plain_words(run, data, tiny_model):
    result = run(model, "compare", tiny_model, tiny_model, "--data", data, "--rounds", 100)
    assert result.exit_code == 0
    assert "B: no difference shown" in result.stdout
    rows = run(model, "compare", tiny_model, tiny_model, "--data", data, "--rounds", 100, "--json").stdout.splitlines()
    assert {"toxicity", "spam"} <= {json.loads(row)["attribute"] for row in rows}


def test_a_comparison_with_what_is_no_model_fails_with_one_line(run, data, tiny_model, tmp_path):
    result = run(model, "compare", tiny_model, tmp_path, "--data", data)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
