from dataclasses import replace

import pytest

from model.artifact import read, write
from model.classifier import Classifier
from model.compare import compare


def variant(tiny_model, folder, change):
    """Write the tiny model with its weights or its manifest changed."""
    artifact = read(tiny_model)
    manifest = {key: value for key, value in artifact.manifest.items() if key not in {"files", "format"}}
    manifest, weights = change(manifest, artifact.weights.copy())
    write(folder, manifest, weights, "")
    return Classifier.load(folder)


def found(first, second, examples, attribute="toxicity"):
    return next(one for one in compare(first, second, examples, 200) if one.attribute == attribute)


def test_a_model_is_no_better_than_itself(tiny, tiny_examples):
    one = found(tiny, tiny, tiny_examples)
    assert one.verdict == "no difference shown"
    assert one.auc.first == one.auc.second
    assert (one.auc.difference.low, one.auc.difference.value, one.auc.difference.high) == (0, 0, 0)
    assert one.rows == len(tiny_examples)


@pytest.fixture
def backwards(tiny_model, tmp_path):
    def turned(manifest, weights):
        weights[:, :-1] *= -1
        return manifest, weights

    return variant(tiny_model, tmp_path / "backwards", turned)


def test_a_model_that_orders_backwards_is_worse_and_the_other_way_round_better(tiny, backwards, tiny_examples):
    worse, better = found(tiny, backwards, tiny_examples), found(backwards, tiny, tiny_examples)
    assert (worse.verdict, better.verdict) == ("worse", "better")
    assert worse.auc.difference.high < 0 < better.auc.difference.low
    assert worse.auc.difference.value == pytest.approx(worse.auc.second - worse.auc.first)
    assert better.clean_held_at_85.difference.value < 0


def test_each_model_is_judged_at_its_own_threshold(tiny, tiny_model, tmp_path, tiny_examples):
    def unreachable(manifest, weights):
        return {**manifest, "thresholds": {**manifest["thresholds"], "toxicity": 1.0}}, weights

    one = found(tiny, variant(tiny_model, tmp_path / "strict", unreachable), tiny_examples)
    assert one.thresholds == (tiny.thresholds["toxicity"], 1.0)
    assert one.verdict == "no difference shown"
    assert one.caught.first > 0.9
    assert one.caught.second == 0
    assert one.caught.difference.high < 0


def test_rows_that_only_one_model_knows_are_counted_and_not_compared(tiny, tiny_model, tmp_path, tiny_examples):
    def also_german(manifest, weights):
        lines = manifest["calibration"]
        return {**manifest, "calibration": {**lines, "de": lines["en"]}}, weights

    other = variant(tiny_model, tmp_path / "other", also_german)
    mixed = [*tiny_examples, *(replace(one, language="de") for one in tiny_examples[:30])]
    one = found(tiny, other, mixed)
    assert (one.rows, one.first_only, one.second_only) == (len(tiny_examples), 0, 30)
    assert found(other, tiny, mixed).first_only == 30


def test_one_kind_of_rows_is_too_few(tiny, tiny_examples):
    clean = [one for one in tiny_examples if not one.labels["toxicity"]]
    one = found(tiny, tiny, clean)
    assert (one.verdict, one.auc, one.positives) == ("too few rows", None, 0)
