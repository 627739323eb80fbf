"""The shipped model against the plain scikit-learn baseline (`benchmarks/baseline.py`), on comments never trained on."""

import pytest

from model.data import read
from model.evaluate import evaluate

# The better of the baseline's two kinds of character n-grams, within words and across them; measured in November 2026.
BASELINE = {
    ("civil_toxic_natural", "toxicity"): 0.858,
    ("wiki_fuzzed_identity", "toxicity"): 0.939,
    ("news_ucc_val", "toxicity"): 0.730,
    ("youtoxic", "toxicity"): 0.806,
    ("identity_templates", "toxicity"): 0.923,
    ("insults", "insult"): 0.847,
    ("youtoxic", "obscene"): 0.882,
    ("youtoxic", "threat"): 0.860,
    ("youtoxic", "identity_attack"): 0.770,
}
BASELINE_CLEAN_HELD = 0.25  # of Civil comments, to catch 85 % of the toxic ones


def measured(shipped, shared_data, name, attribute):
    measures = evaluate(shipped, list(read([shared_data / "eval" / f"{name}.jsonl.gz"])))
    return next(measure for measure in measures if measure.attribute == attribute)


@pytest.mark.parametrize(("name", "attribute"), BASELINE)
def test_the_shipped_model_orders_comments_better_than_the_baseline(shipped, shared_data, name, attribute):
    assert measured(shipped, shared_data, name, attribute).auc > BASELINE[name, attribute]


def test_fewer_clean_news_comments_are_held_than_by_the_baseline(shipped, shared_data):
    found = measured(shipped, shared_data, "civil_toxic_natural", "toxicity")
    assert found.caught >= 0.85
    assert found.clean_held < BASELINE_CLEAN_HELD


def test_scores_of_news_comments_are_calibrated(shipped, shared_data):
    assert measured(shipped, shared_data, "civil_toxic_natural", "toxicity").calibration_error <= 0.03
