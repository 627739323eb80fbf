from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from model import ATTRIBUTES
from model.artifact import CARD, MANIFEST, WEIGHTS, write
from model.classifier import Classifier
from model.contrast import SOURCE as CONTRAST
from model.data import TEACHER, Example
from model.report import card
from model.train import TooLittleError, train


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


def column(trained, weighting):
    return trained.weights[:, trained.manifest["weightings"].index(weighting)]


def test_a_borrower_gets_its_share_of_the_lenders_weights(tiny_examples, tiny_recipe):
    alone = train(tiny_examples, [], replace(tiny_recipe, loans=()), {})
    lent = train(tiny_examples, [], replace(tiny_recipe, loans=(("spam", "insult", 0.25),)), {})
    mixed = 0.75 * column(alone, "spam") + 0.25 * column(alone, "insult")
    assert np.allclose(column(lent, "spam"), mixed, atol=1e-6)
    assert (column(lent, "insult") == column(alone, "insult")).all()


def test_rows_in_other_languages_teach_english_toxicity_nothing(tiny_examples, tiny_recipe):
    foreign = [replace(e, text=f"{e.text} nein", language="de", group="de") for e in tiny_examples]
    other = [replace(e, labels=e.labels | {"toxicity": 1 - e.labels["toxicity"]}) for e in foreign]
    recipe = replace(tiny_recipe, loans=())
    one, two = (train([*tiny_examples, *rows], [], recipe, {}) for rows in (foreign, other))
    assert (column(one, "english_toxicity") == column(two, "english_toxicity")).all()
    assert (column(one, "toxicity") != column(two, "toxicity")).any()


def test_without_english_rows_english_is_served_as_other_languages_are(tmp_path, tiny_examples, tiny_recipe):
    foreign = [replace(e, language="de") for e in tiny_examples]
    trained = train(foreign, tiny_examples[::2], replace(tiny_recipe, loans=()), {})
    assert (column(trained, "english_toxicity") == column(trained, "toxicity")).all()
    write(tmp_path, trained.manifest, trained.weights, "card\n")
    rude, friendly = Classifier.load(tmp_path).score(["You are a silly twit", "You are a wise host"], ["en", "en"])
    assert rude.scores["toxicity"] > friendly.scores["toxicity"]


def test_other_languages_have_a_say_of_their_own_against_english(tmp_path, tiny_examples, tiny_recipe):
    foreign = [replace(e, text=f"{e.text} nein", language="de", group="") for e in tiny_examples]
    contrary = [replace(e, labels=e.labels | {"toxicity": 1 - e.labels["toxicity"]}) for e in tiny_examples[::2]]
    made(tmp_path, [*contrary, *foreign], tiny_recipe)
    said = ["You are a silly twit nein", "You are a wise host nein"]
    rude, friendly = Classifier.load(tmp_path).score(said, ["de", "de"])
    assert rude.scores["toxicity"] > friendly.scores["toxicity"]


def test_what_a_teacher_says_calibrates_nothing(tiny_examples, tiny_recipe):
    odd = [replace(e, text=f"{e.text} {e.text}", source=TEACHER, language="it") for e in tiny_examples]
    trained = train([*tiny_examples, *odd], [], tiny_recipe, {})
    assert set(trained.manifest["metrics"]["held_out_auc"]) == {"en", "*"}


def test_each_language_is_served_by_its_own_weighting_of_toxicity(tmp_path, tiny_examples, tiny_recipe):
    foreign = [replace(e, language="de") for e in tiny_examples]
    trained = made(tmp_path, [*tiny_examples, *foreign], tiny_recipe)
    trained.weights[:, trained.manifest["weightings"].index("english_toxicity")] = 0
    write(tmp_path, trained.manifest, trained.weights, "card\n")
    model = Classifier.load(tmp_path)
    texts = ["You are a silly twit in the article", "You are a wise host in the article"]
    english, german = ([one.scores["toxicity"] for one in model.score(texts, [code] * 2)] for code in ("en", "de"))
    assert english[0] == english[1]
    assert german[0] > german[1]


def test_the_version_changes_with_the_data(tiny_examples, tiny_recipe):
    one, other = (train(tiny_examples, [], tiny_recipe, {"a": digest * 64}).manifest for digest in "01")
    assert one["version"] != other["version"]


def test_a_lone_kind_of_row_still_gives_a_model(tmp_path, tiny_examples, tiny_recipe):
    made(tmp_path, [e for e in tiny_examples if e.labels["toxicity"] == 0], tiny_recipe)
    assert "toxicity" not in Classifier.load(tmp_path).score(["Hello there"])[0].scores


def test_the_manifest_names_sources_and_licences(tiny, tiny_examples):
    expected = {"source": "tiny", "comments": len(tiny_examples), "name": "tiny", "licence": "your own"}
    assert tiny.manifest["sources"] == [expected]


def test_examples_may_come_one_by_one(tiny_examples, tiny_recipe):
    listed, streamed = (train(rows, [], tiny_recipe, {}) for rows in (tiny_examples, iter(tiny_examples)))
    assert (listed.weights == streamed.weights).all()


def test_what_does_not_fit_into_memory_is_sampled_and_the_model_still_tells_rude_from_friendly(
    tmp_path, tiny_examples, tiny_recipe
):
    lines = []
    one, again = (
        train(tiny_examples, tiny_examples[::2], replace(tiny_recipe, memory=60_000), {}, lines.append)
        for _ in range(2)
    )
    assert any("final: toxicity, 135 comments, 40 of them positive, fitted on a sample of" in line for line in lines)
    assert (one.weights == again.weights).all()
    write(tmp_path, one.manifest, one.weights, "card\n")
    rude, friendly = Classifier.load(tmp_path).score(["You are a silly twit", "You are a wise host"], ["en", "en"])
    assert rude.scores["toxicity"] > friendly.scores["toxicity"]


@pytest.mark.parametrize("memory", [1 << 30, 60_000])
def test_no_regression_has_more_in_memory_than_it_may(monkeypatch, tiny_examples, tiny_recipe, memory):
    sizes = []
    fit = LogisticRegression.fit

    def watched(self, features, truth, sample_weight=None):
        if hasattr(features, "indptr"):
            sizes.append(features.data.nbytes + features.indices.nbytes)
        return fit(self, features, truth, sample_weight=sample_weight)

    monkeypatch.setattr(LogisticRegression, "fit", watched)
    train(tiny_examples, [], replace(tiny_recipe, memory=memory), {})
    assert 0 < max(sizes) <= memory


def test_contrast_examples_are_never_sampled_away(tiny_examples, tiny_recipe, monkeypatch):
    plain = [replace(e, labels={"toxicity": 0}) for e in tiny_examples if e.labels["toxicity"] == 0]
    contrast = [replace(e, text=f"{e.text} indeed", source="winnow_contrast") for e in plain[:10]]
    rude = [e for e in tiny_examples if e.labels["toxicity"] == 1]
    weights = []
    fit = LogisticRegression.fit

    def watched(self, features, truth, sample_weight=None):
        weights.append((truth, sample_weight))
        return fit(self, features, truth, sample_weight=sample_weight)

    monkeypatch.setattr(LogisticRegression, "fit", watched)
    train([*plain, *contrast, *rude], [], replace(tiny_recipe, memory=160_000), {})
    final = [(truth, weight) for truth, weight in weights if weight is not None and truth.sum() == len(rude)]
    assert final
    for truth, weight in final:
        assert len(truth) < len(plain) + len(contrast) + len(rude)
        assert np.count_nonzero(weight[~truth] == dict(tiny_recipe.source_weights)[CONTRAST]) == len(contrast)


def test_nothing_to_train_on_is_said_so(tiny_recipe):
    with pytest.raises(TooLittleError, match="nothing is left"):
        train([], [], tiny_recipe, {})
