import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from model import ATTRIBUTES
from model.artifact import read
from model.classifier import DEFAULT, Classifier
from model.train import design, normalise_rows

TEXTS = [
    "You are a silly fool on this page",
    "Thank you, a kind reader",
    "Win cash now at http://x.example !!!",
    "ＹＯＵ ѕіlly f\u200bool 𝐒𝐆𝐈𝟖𝟖 😀",
    "",
    "x",
]
SHIPPED = Classifier.load(compiled=False)


@pytest.mark.parametrize("compiled", [False, True])
def test_serving_scores_as_scikit_learn_does_on_the_same_features(compiled):
    if compiled:
        pytest.importorskip("numba")
    artifact = read(DEFAULT)
    scale = np.sqrt(artifact.weights[:, -1])
    features = normalise_rows(design(TEXTS, SHIPPED.spec), scale)
    scored = Classifier.load(compiled=compiled).score(TEXTS, ["en"] * len(TEXTS))
    weights = np.divide(artifact.weights[:, :-1].T, scale, out=np.zeros((8, len(scale))), where=scale > 0)
    weightings = artifact.manifest["weightings"]
    for attribute in ATTRIBUTES:
        place = weightings.index("english_toxicity" if attribute == "toxicity" else attribute)
        slope, intercept = artifact.manifest["calibration"]["en"][attribute]
        regression = LogisticRegression()
        regression.classes_ = np.array([0, 1])
        regression.coef_ = slope * weights[place][None, :]
        regression.intercept_ = np.array([intercept])
        expected = regression.predict_proba(features)[:, 1]
        assert [one.scores[attribute] for one in scored] == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_batch_scores_as_its_texts_do_one_by_one():
    together = SHIPPED.score(TEXTS * 100)
    for text, one in zip(TEXTS, together, strict=False):
        alone = SHIPPED.score([text])[0]
        assert alone.language == one.language
        assert alone.scores == pytest.approx(one.scores, abs=1e-7)


@given(st.text(st.characters(codec=None), max_size=300))
@settings(deadline=None)
def test_any_string_gets_probabilities(text):
    for value in SHIPPED.score([text])[0].scores.values():
        assert 0 <= value <= 1


@given(st.text(st.characters(codec=None), max_size=300) | st.sampled_from(TEXTS))
@settings(deadline=None)
def test_spans_and_rest_add_up_to_the_logit_of_the_score(text):
    explanation = SHIPPED.explain(text, "en")
    for attribute, score in explanation.scored.scores.items():
        total = explanation.rest[attribute] + sum(s.weight for s in explanation.spans if s.attribute == attribute)
        assert total == pytest.approx(math.log(score / (1 - score)), abs=1e-6)


def test_an_explanation_has_the_score_that_it_explains():
    assert [SHIPPED.explain(text).scored for text in TEXTS] == [SHIPPED.score([text])[0] for text in TEXTS]


@given(st.text(st.characters(codec=None), max_size=300))
@settings(deadline=None)
def test_spans_lie_in_the_text_and_push_up(text):
    for span in SHIPPED.explain(text, "en").spans:
        assert 0 <= span.start < span.end <= len(text)
        assert span.weight > 0


def test_the_most_telling_span_is_the_insult():
    text = "Well, Ｙou are an іdi\u200bot, sir."
    top = SHIPPED.explain(text).spans[0]
    assert text[top.start : top.end] == "іdi\u200bot"


def test_a_hint_decides_the_language():
    assert SHIPPED.score(["You are an idiot"], ["de-AT"])[0].language == "de"
    assert SHIPPED.score(["You are an idiot"], ["not a language"])[0].language == "en"


def test_an_attribute_unknown_in_a_language_is_absent():
    assert set(SHIPPED.score(["完全に新しい言語"], ["ja"])[0].scores) == {"spam"}


@pytest.mark.parametrize("language", ["en", "de", "ja", "und"])
def test_a_model_knows_in_a_language_what_it_scores_there(language):
    assert SHIPPED.knows(language) == tuple(SHIPPED.score(["x"], [language if language != "und" else "qaa"])[0].scores)


def test_every_attribute_is_scored_in_english_and_has_a_threshold():
    assert set(SHIPPED.score(["Good morning"], ["en"])[0].scores) == set(ATTRIBUTES)
    assert set(SHIPPED.thresholds) == set(ATTRIBUTES)


def test_one_hint_is_needed_for_each_text():
    with pytest.raises(ValueError, match="2 texts but 1 languages"):
        SHIPPED.score(["a", "b"], ["en"])


def test_no_texts_give_no_scores():
    assert SHIPPED.score([]) == []


def toxicity(text):
    return SHIPPED.score([text])[0].scores["toxicity"]


def test_an_insult_is_more_toxic_than_thanks():
    assert toxicity("You are a stupid idiot") > 0.9
    assert toxicity("Thank you, this is a thoughtful article") < SHIPPED.thresholds["toxicity"]


def test_crypto_spam_is_spam_and_thanks_are_not():
    scores = SHIPPED.score(
        [
            "Invest in bitcoin with expert Mrs Anna, I earned $9,500 in one week, WhatsApp +1 555 0100 http://x.example",
            "Thank you, this is a thoughtful article",
        ]
    )
    assert scores[0].scores["spam"] > 0.5 > 10 * scores[1].scores["spam"]


@pytest.mark.parametrize("text", ["I am a gay man", "My neighbours are Muslim", "Good morning"])
def test_a_plain_sentence_about_people_is_not_held(text):
    scores = SHIPPED.score([text])[0].scores
    assert all(scores[attribute] < SHIPPED.thresholds[attribute] for attribute in ATTRIBUTES)


@pytest.mark.parametrize("text", ["She is a black woman from Ohio", "An elderly blind lesbian wrote this letter"])
def test_a_plain_sentence_about_people_is_no_insult(text):
    assert toxicity(text) < 0.3
    assert SHIPPED.score([text])[0].scores["insult"] < SHIPPED.thresholds["insult"]
