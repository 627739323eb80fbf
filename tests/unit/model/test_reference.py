from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.classifier import Classifier
from model.reference import BINS, BUCKETS, bins_of, reference_from, word_counts
from model.seen import ENOUGH_WORDS, Vocabulary, reference_of

ROWS = 300


def test_scores_at_the_ends_have_the_outer_bins():
    assert bins_of([0.0, 0.0024, 0.5, 0.9934, 1.0]).tolist() == [0, 0, 12, BINS - 1, BINS - 1]


@given(st.lists(st.floats(0, 1), min_size=2))
def test_a_higher_score_has_no_lower_bin(scores):
    bins = bins_of(sorted(scores)).tolist()
    assert bins == sorted(bins)
    assert all(0 <= one < BINS for one in bins)


@given(st.lists(st.text(), max_size=20))
def test_words_are_counted_alike_alone_and_together(texts):
    alone = sum((word_counts([text]) for text in texts), start=word_counts([]))
    assert (word_counts(texts) == alone).all()
    assert len(alone) == BUCKETS


def test_a_word_falls_into_one_bucket_whatever_its_case():
    assert word_counts(["Council council COUNCIL"]).max() == 3


@pytest.fixture(scope="module")
def saw(tiny, tiny_examples):
    """The reference of a model that saw a few hundred news comments, and as many held out in another language."""
    rates = dict.fromkeys(tiny.attributes, 0.1)
    manifest = {**tiny.manifest, "metrics": {"rates": rates}, "calibration": {**tiny.manifest["calibration"]}}
    manifest["calibration"]["de"] = manifest["calibration"]["en"]
    model = Classifier(replace_manifest(tiny, manifest))
    news = (tiny_examples * 3)[:ROWS]
    held = [replace(example, language="de") for example in news]
    vocabulary = Vocabulary()
    assert list(vocabulary.passing(tiny_examples * 40)) == tiny_examples * 40
    return reference_of(model, news, model, held, vocabulary), model, news


def replace_manifest(tiny, manifest):
    class Changed:
        digest, weights, reference = tiny.digest, tiny.table, None

    changed = Changed()
    changed.manifest = manifest
    return changed


def test_a_reference_comes_back_from_its_document(saw):
    reference, _, _ = saw
    again = reference_from(reference.document())
    assert again.document() == reference.document()


def test_scores_of_news_are_spread_as_they_are(saw):
    reference, model, news = saw
    found = reference.scores["en"]["toxicity"]
    low = sum(bins_of(round(one.scores["toxicity"], 4)) < 10 for one in model.score([row.text for row in news]))
    assert found.sample == ROWS
    assert sum(found.shares[:10]) == pytest.approx(low / ROWS)


def test_rows_held_out_count_as_often_as_their_kind_is_among_news(saw):
    """A tenth of them is toxic, however many were held out."""
    reference, model, news = saw
    bad = [row for row in news if row.labels["toxicity"]]
    high = sum(bins_of(round(one.scores["toxicity"], 4)) >= 12 for one in model.score([row.text for row in bad]))
    found = reference.scores["de"]["toxicity"]
    assert sum(found.shares) == pytest.approx(1)
    assert sum(found.shares[12:]) >= 0.1 * high / len(bad) - 1e-9
    assert sum(found.shares[12:]) < sum(reference.scores["en"]["toxicity"].shares[12:])


def test_a_language_has_words_only_where_there_are_enough(saw, tiny_examples):
    reference, _, _ = saw
    assert reference.words["en"].sample >= ENOUGH_WORDS
    few = Vocabulary()
    list(few.passing(tiny_examples))
    assert few.spreads() == {}


def test_the_model_that_ships_has_a_reference_and_the_scores_that_it_had():
    shipped = Classifier.load(compiled=False)
    assert set(shipped.reference.scores) == {"en"}
    assert set(shipped.reference.words) >= {"en", "de"}
    assert shipped.reference.scores["en"]["toxicity"].sample == 1105
    assert (
        shipped.manifest["files"]["weights.npy"] == "65e307296c2552b4a2bc644aa4a5e102aabe3d8d27b11db530bf9d8d8e734d3e"
    )
