import numpy as np
import pytest

from model.data import Example
from model.evaluate import clean_held_at, evaluate, measure


def test_a_perfect_order_has_the_largest_area_and_holds_no_clean_comment():
    found = measure("ours", "spam", np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]), 0.5)
    assert (found.auc, found.f1, found.caught, found.clean_held, found.clean_held_at_85) == (1, 1, 1, 0, 0)


def test_what_needs_both_kinds_of_rows_is_none_without_them():
    found = measure("ours", "spam", np.array([0.1, 0.9]), np.array([False, False]), 0.5)
    assert (found.auc, found.average_precision, found.f1, found.caught) == (None, None, None, None)
    assert found.clean_held == 0.5


def test_clean_comments_held_are_counted_where_enough_toxic_ones_are_caught():
    scores = np.array([0.1, 0.5, 0.7, 0.6, 0.8])
    truth = np.array([False, False, False, True, True])
    assert clean_held_at(scores, truth, 1.0) == pytest.approx(1 / 3)


def test_a_model_is_measured_by_source_and_attribute(tiny, tiny_examples):
    measures = evaluate(tiny, [*tiny_examples, Example("Hm", {"spam": 0}, "other", "en", "")])
    assert {(m.source, m.attribute) for m in measures} >= {("tiny", "toxicity"), ("tiny", "spam"), ("other", "spam")}
    assert next(m for m in measures if (m.source, m.attribute) == ("tiny", "toxicity")).auc > 0.95
