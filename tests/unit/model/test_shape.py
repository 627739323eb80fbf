import numpy as np
import pytest

from model.features import FeatureSpec, columns
from model.shape import SHAPES, shape_columns
from model.text import fold

PLAIN = "This is what was said about the bridge"


def shape(text):
    return shape_columns(fold([text]))[0].tolist()


def differences(text):
    """Count the kinds, but for length, in which a text differs from a plain one of the same length."""
    plain = (PLAIN * 4)[: len(text)]
    return sum(a != b for a, b in zip(shape(text), shape(plain), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "See best-shop.example for what was said",
        "Write to @anna about what was said now",
        "Ring (555) 010-0199 about what was said",
        "The bonus at mangga77 is what was said",
        "This is what was said about the bridge!",
        "THIS IS WHAT WAS SAID ABOUT THE BRIDGE",
    ],
)
def test_what_an_advertisement_is_made_of_shows(text):
    assert differences(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "It ended.Then they left with the bridge",
        "In 1997 or in 2012 it was said again, so",
        "It rose by 3.5 since the bridge was new",
        "The 2nd or 3rd of May is what they said",
    ],
)
def test_ordinary_numbers_and_dots_do_not(text):
    assert differences(text) == 0


def test_a_batch_has_the_shapes_of_its_texts_one_by_one():
    texts = ["", "a", "5", "x.example", "call 0555 010 0199", "55", "0199!", "12345", "67890", PLAIN, "\U0001f600"]
    assert shape_columns(fold(texts)).tolist() == [shape(text) for text in texts]


def test_every_shape_has_a_column_of_its_own_after_those_of_words():
    spec = FeatureSpec(char_bits=12, word_bits=10)
    found = next(columns([PLAIN], spec))
    shapes = found[(found >= spec.indicators_from) & (found != spec.dead)] - spec.indicators_from
    assert shapes.tolist() == shape(PLAIN)
    assert len(np.unique(shapes)) == len(shapes)
    assert shapes.max() < SHAPES
