import math

import numpy as np
import pytest

from model.data import Example
from model.evaluate import biases, clean_held_at, evaluate, examine, f1, known, measure, measures, refit, slices

THRESHOLDS = {"toxicity": 0.5, "spam": 0.5}


def rows(*found):
    """Return examples and scores of toxicity from (text, label, score, source)."""
    examples = [Example(text, {"toxicity": label}, source, "en", "") for text, label, _, source in found]
    scores = np.full((len(found), 7), np.nan)
    scores[:, 0] = [score for _, _, score, _ in found]
    return examples, scores


def test_a_perfect_order_has_the_largest_area_and_holds_no_clean_comment():
    found = measure("ours", "spam", np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]), 0.5)
    assert (found.auc, found.f1, found.caught, found.clean_held, found.clean_held_at_85) == (1, 1, 1, 0, 0)


def test_what_needs_both_kinds_of_rows_is_none_without_them():
    found = measure("ours", "spam", np.array([0.1, 0.9]), np.array([False, False]), 0.5, rounds=100)
    assert (found.auc, found.average_precision, found.f1, found.caught) == (None, None, None, None)
    assert found.clean_held == 0.5
    assert set(found.intervals) == {"clean_held"}


def test_clean_comments_held_are_counted_where_enough_toxic_ones_are_caught():
    scores = np.array([0.1, 0.5, 0.7, 0.6, 0.8])
    truth = np.array([False, False, False, True, True])
    assert clean_held_at(scores, truth, 1.0) == pytest.approx(1 / 3)


def test_f1_by_hand():
    assert f1(np.array([True, True, False, False]), np.array([True, False, True, False])) == 0.5
    assert f1(np.zeros(2, dtype=bool), np.zeros(2, dtype=bool)) == 0


def test_every_figure_lies_in_its_interval():
    random = np.random.default_rng(3)
    truth = random.random(300) < 0.4
    scores = np.clip(0.3 + 0.3 * truth + random.normal(scale=0.2, size=300), 0, 1)
    found = measure("ours", "toxicity", scores, truth, 0.5, rounds=200)
    assert set(found.intervals) == {
        "calibration_error", "refitted_error", "auc", "average_precision", "f1", "clean_held_at_85", "clean_held", "caught",
    }  # fmt: skip
    for name in set(found.intervals) - {"calibration_error", "refitted_error"}:  # which a draw only makes larger
        low, high = found.intervals[name]
        assert low < getattr(found, name) < high


def test_scores_off_by_a_line_are_calibrated_once_refitted():
    random = np.random.default_rng(4)
    logits = random.normal(size=4000) * 2
    truth = random.random(4000) < 1 / (1 + np.exp(-logits))
    found = measure("ours", "toxicity", 1 / (1 + np.exp(-(logits / 2 + 2))), truth, 0.5)
    assert found.calibration_error > 0.2
    assert found.refitted_error < 0.03


def test_too_few_rows_are_not_refitted():
    assert refit(np.linspace(0, 1, 20), np.arange(20) < 10) is None


def test_a_model_is_measured_by_source_and_attribute(tiny, tiny_examples):
    found = evaluate(tiny, [*tiny_examples, Example("Hm", {"spam": 0}, "other", "en", "")])
    assert {(m.source, m.attribute) for m in found} >= {("tiny", "toxicity"), ("tiny", "spam"), ("other", "spam")}
    assert next(m for m in found if (m.source, m.attribute) == ("tiny", "toxicity")).auc > 0.95
    assert not any(m.intervals for m in found)


def test_a_row_without_a_label_or_without_a_score_is_not_measured():
    examples, scores = rows(("a", 1, 0.9, "x"), ("b", 0, math.nan, "x"), ("c", 0, 0.2, "x"))
    examples.append(Example("d", {}, "x", "en", ""))
    scores = np.vstack([scores, np.full(7, 0.5)])
    (only,) = known(examples, scores)
    assert (only.rows.tolist(), only.truth.tolist()) == ([0, 2], [True, False])
    assert measures(examples, scores, THRESHOLDS)[0].rows == 2


def test_slices_with_rows_enough_are_measured_in_order_unless_there_is_one():
    short = [("short", k % 2, 0.3 + 0.4 * (k % 2), "x") for k in range(60)]
    long = [("long " * 300, k % 2, 0.3, "x") for k in range(60)]
    middling = [("y" * 100, 0, 0.1, "x") for _ in range(5)]
    found = slices(*rows(*long, *short, *middling), THRESHOLDS)
    assert [(one.slice, one.rows, one.auc) for one in found] == [
        ("under 50 characters", 60, 1),
        ("1000 characters or more", 60, 0.5),
    ]


def test_groups_of_people_are_compared_where_they_are_mentioned_often_enough():
    plain = [(f"gay {k}", 0, 0.9, "x") for k in range(20)] + [(f"deaf {k}", 0, 0.1, "x") for k in range(20)]
    rare = [(f"sikh {k}", 0, 0.9, "x") for k in range(5)]
    (found,) = biases(*rows(*plain, *rare, ("oaf", 1, 0.8, "x"), ("lout", 1, 0.7, "x")), THRESHOLDS)
    assert [(term.term, term.false_positive_rate, term.bpsn_auc) for term in found.terms] == [
        ("deaf", 0, 1),
        ("gay", 1, 0),
    ]


def test_an_evaluation_holds_what_a_report_needs(tiny, tiny_examples):
    found = examine(tiny, tiny_examples, 100)
    assert found.version == tiny.version
    assert found.scores.shape == (len(tiny_examples), 7)
    assert all("auc" in one.intervals for one in found.measures)
