from collections import Counter

import numpy as np
import pytest

from model import ATTRIBUTES, corpus
from model.classifier import linear
from model.corpus import Corpus
from model.data import Example, held_out
from model.features import FeatureSpec, columns

SPEC = FeatureSpec(char_bits=12, word_bits=10)


def example(text, source="ours", language="en", **labels):
    return Example(text, labels, source, language, "")


@pytest.fixture
def gathered():
    made = []

    def make(examples, against=()):
        made.append(Corpus(examples, SPEC, 7, against))
        return made[-1]

    yield make
    for one in made:
        one.__exit__()


def test_no_more_than_a_batch_of_comments_is_in_memory(monkeypatch, gathered):
    done = Counter()

    def counted(texts, spec):
        done["texts"] += len(texts)
        return columns(texts, spec)

    def stream():
        for n in range(2000):
            assert n - done["texts"] <= 512
            yield example(f"comment {n}", spam=0)

    monkeypatch.setattr(corpus, "columns", counted)
    assert len(gathered(stream())) == 2000


def test_features_come_back_as_they_were_whatever_rows_are_asked_for(gathered):
    texts = [f"comment number {n} {'of words ' * (n % 7)}" for n in range(3000)]
    found = gathered(example(text, f"s{n % 3}", spam=0) for n, text in enumerate(texts))
    rows = np.array([0, 1, 2, 5, 600, 601, 2999])
    matrix = found.matrix(rows)
    for place, row in enumerate(rows.tolist()):
        *own, source = matrix.indices[matrix.indptr[place] : matrix.indptr[place + 1]].tolist()
        assert own == next(columns([texts[row]], SPEC)).tolist()
        assert found.sources[source - SPEC.width] == f"s{row % 3}"
    assert (found.counts[:-1] == np.bincount(found.matrix(np.arange(3000)).indices)[: SPEC.width - 1]).all()


def test_rows_are_scored_as_their_texts_are(gathered):
    texts = ["You fool", "a wise host", "x"]
    weights = np.random.default_rng(1).random((SPEC.width, 3), dtype=np.float32)
    found = gathered(example(text, text, spam=0) for text in texts)
    assert found.linear(np.arange(3), weights) == pytest.approx(linear(texts, SPEC, weights), rel=1e-5)


def test_the_same_text_again_adds_to_what_is_known_and_changes_nothing_else(gathered):
    found = gathered(
        [example("Hello", toxicity=0), example("x", spam=1), example("hello", "other", toxicity=1, spam=0)]
    )
    labels = dict(zip(ATTRIBUTES, found.labels[0].tolist(), strict=True))
    assert (labels["toxicity"], labels["spam"]) == (0, 0)
    assert np.isnan(labels["insult"])
    assert found.sources == ["ours"]
    assert found.skipped == {"the same text again (labels merged)": 1}


def test_the_same_text_in_another_language_is_another_comment(gathered):
    assert len(gathered([example("gift", toxicity=0), example("Gift", language="de", toxicity=1)])) == 2


def test_what_is_measured_on_and_what_is_empty_is_left_out(gathered):
    found = gathered([example("  HELLO you", spam=0), example(" \u200b", spam=0)], against=[example("hello you")])
    assert len(found) == 0
    assert found.skipped == {"text occurs in an evaluation file": 1, "no text": 1}


def test_the_same_rows_are_held_out_as_elsewhere(gathered):
    rows = [example(f"comment {n}", spam=0) for n in range(300)]
    assert gathered(rows).held_out(0.3).tolist() == held_out(rows, 0.3, 7)


def test_of_the_rows_held_out_a_bounded_even_share_is_kept_as_it_was(monkeypatch, gathered):
    examples = [example(f"comment {n}", spam=0) for n in range(2000)]
    held = [one for one, out in zip(examples, held_out(examples, 0.25, 7), strict=True) if out]
    assert gathered(examples).examples_held_out(0.25) == held
    monkeypatch.setattr(corpus, "KEPT", 100)
    few = gathered(examples).examples_held_out(0.25)
    assert len(few) == 100
    assert {one.text for one in few} <= {one.text for one in held}
