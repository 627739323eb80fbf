import numpy as np

from model import ATTRIBUTES
from model.artifact import CARD, MANIFEST, WEIGHTS, write
from model.classifier import Classifier
from model.data import Example
from model.report import card
from model.train import train


def made(folder, examples, recipe):
    trained = train(examples, [], recipe, {"tiny.jsonl": "0" * 64})
    write(folder, trained.manifest, trained.weights, card(trained.manifest))
    return trained


def test_the_same_data_and_seed_give_the_same_bytes(tmp_path, tiny_examples, tiny_recipe):
    for name in ("a", "b"):
        made(tmp_path / name, tiny_examples, tiny_recipe)
    for name in (WEIGHTS, MANIFEST, CARD):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_trained_model_tells_rude_from_friendly(tiny):
    rude, friendly = tiny.score(["You are a silly twit in the article", "You are a wise host in the article"])
    assert rude.scores["toxicity"] > friendly.scores["toxicity"] + 0.3


def test_what_is_not_known_of_a_row_teaches_nothing(tmp_path, tiny_examples, tiny_recipe):
    rows = [Example(e.text, {"toxicity": e.labels["toxicity"]}, e.source, e.language, e.group) for e in tiny_examples]
    trained = made(tmp_path, rows, tiny_recipe)
    place = {attribute: column for column, attribute in enumerate(ATTRIBUTES)}
    assert np.abs(trained.weights[:, place["toxicity"]]).max() > 0
    assert np.abs(trained.weights[:, place["spam"]]).max() == 0
    assert set(Classifier.load(tmp_path).score(["You are a vain twit"])[0].scores) == {"toxicity"}


def test_the_version_changes_with_the_data(tiny_examples, tiny_recipe):
    one, other = (train(tiny_examples, [], tiny_recipe, {"a": digest * 64}).manifest for digest in "01")
    assert one["version"] != other["version"]


def test_a_lone_kind_of_row_still_gives_a_model(tmp_path, tiny_examples, tiny_recipe):
    made(tmp_path, [e for e in tiny_examples if e.labels["toxicity"] == 0], tiny_recipe)
    assert "toxicity" not in Classifier.load(tmp_path).score(["Hello there"])[0].scores


def test_the_manifest_names_sources_and_licences(tiny, tiny_examples):
    expected = {"source": "tiny", "comments": len(tiny_examples), "name": "tiny", "licence": "your own"}
    assert tiny.manifest["sources"] == [expected]
