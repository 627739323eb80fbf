import gzip
import shutil
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import orjson
import pytest

from model.artifact import CARD, MANIFEST, SEAL, WEIGHTS, Artifact, write
from model.classifier import DEFAULT, Classifier
from model.contrast import contrast_examples, suite_examples
from model.data import Example
from model.features import columns
from model.identity import identity_examples
from model.intervals import Interval
from model.registry import ENOUGH, HOLDOUT, examine, gate, worse

ADAPTED = {"decisions": 400, "held_out": 100, "learned": {"spam": {"strength": 1.0, "gain": 0.02, "error": 0.01}}}


@pytest.fixture(scope="module")
def holdout():
    """Two hundred comments of a kind that the shipped model tells apart well."""
    rude = [f"{e.text} Signed, reader {k}" for k, (_, e) in enumerate(identity_examples()) if e.labels["toxicity"]]
    plain = [f"{e.text} Signed, reader {k}" for k, (_, e) in enumerate(identity_examples()) if not e.labels["toxicity"]]
    return [
        Example(text, {"toxicity": label}, "newsroom:herald", "en", "")
        for texts, label in ((rude[::9][:60], 1.0), (plain[::10][:140], 0.0))
        for text in texts
    ]


def changed(model, weights=None, **manifest):
    table = model.table if weights is None else weights
    return Classifier(Artifact(MappingProxyType({**model.manifest, **manifest}), "0" * 64, table))


def calibrated(model, attribute, line):
    lines = {code: dict(row) for code, row in model.manifest["calibration"].items()}
    lines["en"][attribute] = line(lines["en"][attribute])
    return changed(model, calibration=lines)


def refusals(checks):
    return {check.name: check.message for check in checks if not check.passed}


def written(folder, model, table=None):
    manifest = {key: value for key, value in model.manifest.items() if key not in {"files", "format"}}
    write(folder, manifest, model.table if table is None else table, "card\n")
    return folder


def test_the_same_model_again_passes_every_check(shipped, holdout):
    checks = gate(shipped, shipped, holdout)
    assert not refusals(checks)
    assert [check.name for check in checks] == [
        "integrity",
        "attributes",
        "training",
        "calibration",
        "hold-out",
        "hold-out calibration",
        "contrast suite",
        "attack suite",
        "identity slices",
    ]


@pytest.mark.parametrize("name", [WEIGHTS, MANIFEST, SEAL, CARD])
def test_a_flipped_bit_is_refused_and_the_file_named(tmp_path, shipped, name):
    folder = shutil.copytree(DEFAULT, tmp_path / "model")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    (check,) = examine(folder, shipped)
    assert (check.name, check.passed) == ("integrity", False)
    assert "manifest" in check.message if name == SEAL else name in check.message


def test_numbers_that_are_none_are_refused_on_disk_and_in_memory(tmp_path, shipped):
    table = np.array(shipped.table)
    table[7, 0] = np.nan
    assert "NaN" in refusals(examine(written(tmp_path, shipped, table), shipped))["integrity"]
    assert refusals(gate(changed(shipped, table), shipped)) == {"integrity": "1 weights are no numbers"}


def test_a_table_of_another_shape_is_refused(tmp_path, shipped):
    folder = written(tmp_path, shipped, np.array(shipped.table[:-1]))
    assert str(shipped.table[:-1].shape) in refusals(examine(folder, shipped))["integrity"]


def test_a_candidate_that_forgot_an_attribute_is_refused(shipped):
    lines = {code: dict(row) for code, row in shipped.manifest["calibration"].items()}
    del lines["en"]["threat"]
    assert (
        "threat is no longer known in en" in refusals(gate(changed(shipped, calibration=lines), shipped))["attributes"]
    )


def test_shuffled_weights_are_refused_by_everything_that_looks_at_order(shipped, holdout):
    table = np.array(shipped.table)
    table[:, :-1] = np.random.default_rng(7).permutation(table[:, :-1])
    found = refusals(gate(changed(shipped, table), shipped, holdout))
    assert {"hold-out", "contrast suite", "attack suite", "identity slices"} <= set(found)
    assert "toxicity on 200 rows of newsroom:herald: AUC -0." in found["hold-out"]


@pytest.mark.parametrize("by", [2.0, -4.0])
def test_a_moved_intercept_is_refused_though_it_changes_no_order(shipped, holdout, by):
    candidate = calibrated(shipped, "toxicity", lambda line: (line[0], line[1] + by))
    found = refusals(gate(candidate, shipped, holdout))
    assert {"calibration"} <= set(found) <= {"calibration", "hold-out calibration", "identity slices"}
    assert "toxicity of" in found["calibration"]


def test_a_slope_that_turns_the_order_round_is_refused(shipped):
    candidate = calibrated(shipped, "spam", lambda line: (-line[0], line[1]))
    assert (
        f"the slope of spam in en is {-shipped.manifest['calibration']['en']['spam'][0]:.3f}"
        in refusals(gate(candidate, shipped))["calibration"]
    )


def test_a_candidate_that_learned_to_dislike_one_group_is_refused_and_the_group_named(shipped):
    table = np.array(shipped.table)
    with_term, without = (
        set(next(columns([text], shipped.spec)).tolist()) for text in ("I met a Sikh man", "I met a man")
    )
    place = shipped.manifest["weightings"].index("english_toxicity")
    rows = sorted(with_term - without)
    table[rows, place] += 30 * np.sqrt(table[rows, -1]) / len(rows) ** 0.5
    found = refusals(gate(changed(shipped, table), shipped))
    assert "ikh" in found["identity slices"]


@pytest.mark.parametrize(
    ("sources", "adapted", "said"),
    [
        ([{"comments": 120}], None, "trained on 120 comments, at least 1,000 are needed"),
        ([{"comments": 9000}], ADAPTED | {"decisions": 40}, "learned from 40 decisions, at least 100 are needed"),
        ([{"comments": 9000}], ADAPTED | {"learned": {}}, "no correction was better than none"),
    ],
)
def test_a_candidate_that_was_trained_on_too_little_is_refused(shipped, sources, adapted, said):
    manifest = {"sources": sources} | ({"adapted": adapted} if adapted else {})
    assert said in refusals(gate(changed(shipped, **manifest), shipped))["training"]


def test_the_hold_out_beside_the_candidate_is_used(tmp_path, shipped, holdout):
    folder = written(tmp_path, shipped)
    rows = [orjson.dumps({"text": e.text, "labels": e.labels, "source": "newsroom:herald"}) for e in holdout]
    (folder / HOLDOUT).write_bytes(gzip.compress(b"\n".join(rows)))
    (check,) = (check for check in examine(folder, shipped) if check.name == "hold-out")
    assert "toxicity on 200 rows of newsroom:herald" in check.message


def test_a_hold_out_that_is_too_small_says_so_and_refuses_nothing(shipped, holdout):
    few = [row for row in holdout if row.labels["toxicity"]][: ENOUGH - 1] + holdout[-50:]
    (check,) = (check for check in gate(shipped, shipped, few) if check.name == "hold-out")
    assert check.passed
    assert "nothing was measured" in check.message


def test_newsrooms_are_measured_apart(shipped, holdout):
    both = [*holdout, *(replace(row, source="newsroom:post") for row in holdout)]
    (check,) = (check for check in gate(shipped, shipped, both) if check.name == "hold-out")
    assert check.message.count("on 200 rows") == 2


@pytest.mark.parametrize(
    ("interval", "refused"),
    [
        (Interval(-0.004, -0.007, -0.001), True),  # small, but surely a loss
        (Interval(-0.02, -0.045, 0.005), True),  # large, and hardly chance
        (Interval(-0.02, -0.07, 0.03), False),  # may well be chance
        (Interval(-0.003, -0.012, 0.006), False),
        (Interval(0.0, 0.0, 0.0), False),
    ],
)
def test_a_loss_is_refused_when_it_is_sure_or_large_and_likely(interval, refused):
    assert worse(interval, 0.01) is refused


def test_nothing_that_the_gate_asks_is_trained_on():
    trained = {example.text for example in contrast_examples()}
    assert not trained & {example.text for example in suite_examples()}
    assert not trained & {example.text for _, example in identity_examples()}


def test_the_suite_has_both_kinds_of_what_it_measures():
    for attribute in ("toxicity", "obscene", "threat", "insult", "identity_attack", "spam"):
        labels = [example.labels[attribute] for example in suite_examples() if attribute in example.labels]
        assert min(labels.count(0), labels.count(1)) > 5
