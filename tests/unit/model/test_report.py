import json
from itertools import pairwise

import pytest

from model.data import Example
from model.evaluate import evaluate
from model.report import card, measured


@pytest.fixture(scope="module")
def unseen(tiny_examples):
    return [
        *tiny_examples,
        *(Example(one.text, one.labels, "a | strange\nname", "en", "") for one in tiny_examples),
        Example("Hm", {"spam": 0}, "clean only", "en", ""),
    ]


@pytest.fixture(scope="module")
def found(tiny, unseen):
    baseline = [
        {"source": "tiny", "attribute": "toxicity", "intervals": {"auc": [0.5, 0.7]}, "auc": 0.6, "caught": 0.5}
        | dict.fromkeys(("clean_held", "clean_held_at_85", "calibration_error", "refitted_error"))
    ]
    return measured(tiny, unseen, baseline, {"tiny"}, rounds=100)


def described(tiny, found):
    return card({**tiny.manifest, "metrics": {**tiny.manifest["metrics"], "measured": found}})


def test_what_was_measured_survives_the_manifest(found):
    assert json.loads(json.dumps(found)) == found


def test_figures_are_those_of_an_evaluation_with_intervals_round_them(tiny, unseen, found):
    for one in evaluate(tiny, unseen):
        row = next(r for r in found["sources"] if (r["source"], r["attribute"]) == (one.source, one.attribute))
        assert row["rows"] == one.rows
        if one.auc is None:
            assert row["auc"] is None
        else:
            value, low, high = row["auc"]
            assert low <= value <= high
            assert value == pytest.approx(one.auc, abs=1e-4)


def test_a_card_sets_the_model_beside_the_baseline(tiny, found):
    assert "| tiny * | toxicity | 135 (40 bad) | 0.600 (0.500-0.700) | 1.000 (" in described(tiny, found)


def test_a_card_says_how_groups_of_people_fare_even_where_nothing_else_was_measured(tiny):
    alone = described(tiny, measured(tiny, []))
    assert "| our own sentences | toxicity | 68 |" in alone
    assert "On comments it was never trained on" not in alone
    assert "BPSN" in alone


def test_a_card_names_what_costs_too_much(tiny, found):
    row = next(r for r in found["sources"] if (r["source"], r["attribute"]) == ("tiny", "toxicity"))
    dear = {**row, "clean_held": [0.31, 0.2, 0.4], "caught": [0.62, 0.5, 0.7]}
    assert "- tiny: it holds 31% of the clean comments to catch 62%." in described(tiny, {**found, "sources": [dear]})


def test_a_name_does_not_break_a_table(tiny, found):
    lines = described(tiny, found).splitlines()
    rows = [line for line in lines if "strange" in line]
    assert rows
    assert all(line.startswith("| a / strange name | ") for line in rows)
    for before, line in pairwise(lines):
        if before.startswith("| ") and line.startswith("| "):
            assert before.count(" | ") == line.count(" | ")


def test_a_card_without_measures_is_still_one(tiny):
    metrics = {name: value for name, value in tiny.manifest["metrics"].items() if name != "measured"}
    assert "## What it was trained on" in card({**tiny.manifest, "metrics": metrics})
