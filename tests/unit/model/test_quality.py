"""The shipped model on comments never trained on: against the plain baseline (`benchmarks/baseline.py`), and disguised."""

import numpy as np
import pytest

from model.data import MAJORITY, read
from model.evaluate import evaluate
from model.evasion import TRANSFORMATIONS, attacked
from model.intervals import auc

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


# Misspelt throughout, words without vowels, letters for which a sign could be anything: these cost more.
HALF_READ = {"leet_heavy", "symbols", "stretched", "doubled", "swapped", "no_vowels", "starred", "punctuated"}


@pytest.mark.parametrize(("name", "attribute"), [("civil_toxic_natural", "toxicity"), ("insults", "insult")])
@pytest.mark.parametrize("attack", sorted(set(TRANSFORMATIONS) - HALF_READ))
def test_a_disguise_that_is_read_costs_at_most_three_points(shipped, shared_data, name, attribute, attack):
    known = [e for e in read([shared_data / "eval" / f"{name}.jsonl.gz"]) if attribute in e.labels]
    rows = known[:: max(1, len(known) // 1000)]
    truth = np.array([e.labels[attribute] >= MAJORITY for e in rows])
    plain, disguised = (
        np.array([one.scores[attribute] for one in shipped.score([e.text for e in those], ["en"] * len(rows))])
        for those in (rows, attacked(rows, attack))
    )
    assert auc(truth, disguised) >= auc(truth, plain) - 0.03
