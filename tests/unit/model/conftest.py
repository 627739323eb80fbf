"""Tiny labelled comments of our own making, and a model trained on them."""

import os
from itertools import product
from pathlib import Path

import pytest

from model.artifact import write
from model.classifier import Classifier
from model.data import Example
from model.features import FeatureSpec
from model.report import card
from model.train import Recipe, train

ROOT = Path(__file__).parents[3]
SHARED_DATA = Path(os.environ.get("WINNOW_SHARED_DATA", ROOT / ".." / "shared" / "data"))

RUDE = (
    "silly fool",
    "daft clown",
    "dim donkey",
    "witless goose",
    "lazy nitwit",
    "boring oaf",
    "vain twit",
    "dull bore",
)
FRIENDLY = (
    "kind reader",
    "patient editor",
    "careful writer",
    "helpful neighbour",
    "fair critic",
    "good teacher",
    "wise",
    "calm host",
)
PLACES = ("on this page", "in the article", "about the bridge", "at the council", "of the north")
OFFERS = (
    "Win cash now at http://x.example",
    "Cheap watches, call now",
    "Earn money from home today",
    "Free coins here",
    "Double your money",
)

TINY = Recipe(features=FeatureSpec(char_bits=12, word_bits=10), iterations=50, held_out=0.5)


@pytest.fixture(scope="session")
def tiny_recipe() -> Recipe:
    """Return a recipe that takes a moment."""
    return TINY


@pytest.fixture(scope="session")
def tiny_examples() -> list[Example]:
    """Return about a hundred mild comments, each labelled for every attribute."""
    rows = [(f"You are a {who} {where}", 1.0, 0.0) for who, where in product(RUDE, PLACES)]
    rows += [(f"You are a {who} {where}", 0.0, 0.0) for who, where in product(FRIENDLY, PLACES)]
    rows += [(f"{offer}, {who}!", 0.0, 1.0) for offer, who in product(OFFERS, FRIENDLY)]
    rows += [(f"What was said {where} is {what}.", 0.0, 0.0) for where, what in product(PLACES, ("true", "new", "odd"))]
    rude = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
    return [Example(text, {**dict.fromkeys(rude, bad), "spam": spam}, "tiny", "en", "") for text, bad, spam in rows]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory, tiny_examples) -> Path:
    """Return the folder of a model trained on the tiny examples."""
    folder = tmp_path_factory.mktemp("tiny")
    trained = train(tiny_examples, tiny_examples[::2], TINY, {})
    write(folder, trained.manifest, trained.weights, card(trained.manifest))
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_model) -> Classifier:
    """Return the tiny model, loaded."""
    return Classifier.load(tiny_model)


@pytest.fixture(scope="session")
def shipped() -> Classifier:
    """Return the model that ships."""
    return Classifier.load()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of labelled comments, or skip: they are not part of the project."""
    if not (SHARED_DATA / "eval").is_dir():
        pytest.skip("no labelled comments here (WINNOW_SHARED_DATA)")
    return SHARED_DATA
