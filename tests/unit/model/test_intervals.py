import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from model.intervals import Interval, auc, auc_difference, average_precision, bootstrap, share


@pytest.fixture
def rows():
    random = np.random.default_rng(1)
    truth = random.random(400) < 0.2
    scores = np.round(random.normal(size=400) + 1.2 * truth, 1)  # with ties
    return truth, scores


def test_the_area_is_scikit_learns_ties_and_all(rows):
    assert auc(*rows) == pytest.approx(roc_auc_score(*rows), abs=1e-12)


def test_average_precision_is_scikit_learns_ties_and_all(rows):
    assert average_precision(*rows) == pytest.approx(average_precision_score(*rows), abs=1e-12)
    assert average_precision(np.array([True, False]), np.array([0.5, 0.5])) == 0.5
    assert np.isnan(average_precision(np.array([True]), np.array([0.5])))


def test_the_area_of_one_kind_of_rows_is_not_a_number():
    assert np.isnan(auc(np.array([True, True]), np.array([0.1, 0.2])))


def test_an_interval_holds_its_figure_and_is_the_same_every_time(rows):
    found = bootstrap(auc, *rows, rounds=200)
    assert found.low < found.value == auc(*rows) < found.high
    assert found == bootstrap(auc, *rows, rounds=200)
    assert found != bootstrap(auc, *rows, rounds=200, seed=8)


def test_nineteen_intervals_in_twenty_hold_the_true_area():
    random = np.random.default_rng(5)
    truth = np.arange(200) < 100
    hits = 0
    for _ in range(100):
        found = bootstrap(auc, truth, random.normal(size=200) + truth, rounds=200)
        hits += found.low <= 0.7602 <= found.high  # the normal distribution at 1 / sqrt(2)
    assert 88 <= hits <= 100


def test_every_draw_has_as_many_rows_of_each_kind(rows):
    found = bootstrap(lambda truth, _: float(truth.mean()), *rows, rounds=20)
    assert found.low == found.value == found.high


def test_a_difference_between_two_models_is_paired(rows):
    truth, first = rows
    second = first + 0.001 * truth  # hardly better, but on every row
    difference = bootstrap(auc_difference, truth, first, second, rounds=200)
    alone = bootstrap(auc, truth, first, rounds=200)
    assert difference.value > 0
    assert difference.high - difference.low < (alone.high - alone.low) / 4


def test_rows_of_one_kind_have_intervals_of_what_needs_no_other(rows):
    _, scores = rows
    found = bootstrap(lambda _, scores: float(scores.mean()), np.zeros(400, dtype=bool), scores, rounds=50)
    assert found.low < scores.mean() < found.high


def test_a_share_of_all_rows_is_not_certain():
    found = share(np.ones(10, dtype=bool))
    assert found.value == 1
    assert found.low == pytest.approx(0.7225, abs=1e-4)  # 1 / (1 + z**2 / n)


def test_an_interval_is_written_for_a_reader():
    assert str(Interval(0.9037, 0.88, 0.9264)) == "0.904 (0.880 to 0.926)"
