import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.features import BATCH, FeatureSpec, char_columns, columns, word_columns
from model.text import fold

PAIRS = -1  # row of `Words.columns`
SPEC = FeatureSpec(char_bits=14, word_bits=12)
ANY_TEXTS = st.lists(st.text(st.characters(codec=None), max_size=60), max_size=6)


@given(ANY_TEXTS)
def test_a_batch_has_the_features_of_its_texts_one_by_one(texts):
    together = list(columns(texts, SPEC))
    assert len(together) == len(texts)
    for text, found in zip(texts, together, strict=True):
        assert found.tolist() == next(columns([text], SPEC)).tolist()


@given(ANY_TEXTS)
def test_columns_are_distinct_ascending_and_in_range(texts):
    for found in columns(texts, SPEC):
        assert (np.diff(found) > 0).all()
        assert found[0] >= 0
        assert found[-1] < SPEC.width


def test_texts_longer_than_a_batch_are_not_cut():
    text = "word " * BATCH
    assert next(columns([text + "end"], SPEC)).tolist() != next(columns([text], SPEC)).tolist()


def test_the_same_ngram_has_the_same_column_wherever_it_stands():
    folded = fold(["one house", "the house here"])
    chars = char_columns(folded, SPEC)
    codes = "".join(map(chr, (folded.entries & 0x1FFFFF).tolist()))
    first, second = codes.index("house"), codes.rindex("house")
    assert chars[:, first].tolist() == chars[:, second].tolist()


def test_words_and_pairs_do_not_depend_on_what_stands_between_them():
    plain, spaced = (word_columns(fold([text]), SPEC) for text in ("shut up", "shut... up"))
    assert plain.columns.tolist() == spaced.columns.tolist()


def test_the_last_word_has_no_pair():
    assert word_columns(fold(["shut up", "now"]), SPEC).columns[PAIRS, 1:].tolist() == [SPEC.dead, SPEC.dead]


@pytest.mark.parametrize("text", ["", "a", "ab", "a b"])
def test_the_shortest_texts_have_features_too(text):
    assert len(next(columns([text], SPEC))) > 0
