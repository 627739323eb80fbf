import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.calibrate import Scores, calibration_error, choose_thresholds, moved, platt, probability

RATES = st.floats(0.01, 0.99)


def draws(count=20_000):
    generator = np.random.default_rng(1)
    scores = generator.normal(size=count)
    return scores, generator.random(count) < probability(scores, (2.0, -1.0))


def test_platt_finds_the_line_that_made_the_labels():
    assert platt(*draws()) == pytest.approx((2.0, -1.0), abs=0.1)


def test_a_calibrated_score_has_a_small_error_and_a_shifted_one_a_large_one():
    scores, truth = draws()
    assert calibration_error(probability(scores, (2.0, -1.0)), truth) < 0.02
    assert calibration_error(probability(scores, (2.0, 1.0)), truth) > 0.1


@given(RATES, RATES)
def test_moving_a_prior_there_and_back_changes_nothing(rate, to):
    assert moved(moved((1.0, 0.5), rate, to), to, rate) == pytest.approx((1.0, 0.5))


def test_moving_a_prior_multiplies_the_odds():
    scores = np.array([0.0])
    assert probability(scores, moved((1.0, 0.0), 0.5, 0.1))[0] == pytest.approx(0.1)


def news(labels):
    linear = np.linspace(-3, 3, len(labels))[:, None].repeat(7, axis=1)
    table = np.full((len(labels), 7), np.nan)
    table[:, 0] = labels
    return Scores(linear, table, np.array(["en"] * len(labels)))


def test_the_threshold_of_toxicity_catches_85_percent_of_toxic_news_comments():
    labels = np.array([0, 1] * 100)
    comments = news(labels)
    thresholds = choose_thresholds({"toxicity": (1.0, 0.0), "spam": (1.0, 0.0)}, comments)
    held = probability(comments.linear[:, 0], (1.0, 0.0)) >= thresholds["toxicity"]
    assert 0.85 <= held[labels == 1].mean() <= 0.9


def test_other_thresholds_leave_clean_news_comments_alone():
    comments = news(np.array([0, 1] * 100))
    thresholds = choose_thresholds({"toxicity": (1.0, 0.0), "spam": (1.0, 0.0)}, comments)
    assert (probability(comments.linear[::2, 6], (1.0, 0.0)) >= thresholds["spam"]).mean() <= 0.01


def test_without_news_every_threshold_is_a_half():
    assert set(choose_thresholds({}, news(np.array([np.nan]))).values()) == {0.5}
