"""Both ways of scoring see the same columns: under weights that are small whole numbers their sums are exactly equal."""

import importlib
import math
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from benchmarks.hostile import hostile
from model import compiled, jit, text
from model.classifier import Classifier, linear
from model.compiled import Compiled
from model.disguise import KNOWN, MISSPELT
from model.features import FeatureSpec
from model.text import normalise

SPEC = FeatureSpec(char_bits=14, word_bits=12)
WEIGHTS = np.random.default_rng(1).integers(1, 128, (SPEC.width, 5)).astype(np.float32)
COMPILED = Compiled(SPEC, WEIGHTS)
SIGNS = "0123456789@$!+|*#%€-_.' /,~:()[]&"
HALVES = ("foo", "jud")  # with "!" for the last letter, "l" or "i", a word that people disguise
ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
WORDS = st.sampled_from(
    [*KNOWN, *MISSPELT, "a", "i", "x", "http", "hxxp", "dot", "com", "YouAreAFoolAndALiar", "I", "B"]
)
DISGUISED = st.lists(WORDS | st.text("abehiostl" + SIGNS, max_size=6) | st.sampled_from(SIGNS), max_size=12).map(
    "".join
)
BROKEN = st.builds(
    lambda word, places, end: "".join(sign + char for sign, char in zip(places, word, strict=False)) + end,
    st.sampled_from([*KNOWN]),
    st.lists(st.sampled_from(["", "", "", "-", ".", "'", "!", "1"]), min_size=20, max_size=20),
    st.sampled_from(["", "!", "!!", ".", "..", "!.!", "-5", "'s"]),
)
LOUD = st.text("aB1.!@/: \u0456\u200b\u2026é", max_size=60)
TEXTS = [
    "You are a silly fool on this page",
    "Win cash now at http://x.example !!! call (555) 010-0199 or anna77",
    "ＹＯＵ ѕіlly f\u200bool 𝐒𝐆𝐈𝟖𝟖 😀",
    "Straße… \ud800\udfff",
    "1d10t, sh!t! B.I.T.C.H idoit f**k",
    "",
    "x",
]


def assert_same(texts, kernel=COMPILED, spec=SPEC, weights=WEIGHTS):
    assert kernel.linear(texts).tolist() == linear(texts, spec, weights).tolist()


@given(st.lists(ANY_TEXT, max_size=4))
@settings(deadline=None)
def test_any_text_has_the_same_columns(texts):
    assert_same(texts)


@given(DISGUISED)
@example("455! tax!.. idiot..! a-455")
@example("i-d-i-o-t i d i o t \u0903i.d.i.o.t")
@settings(deadline=None, max_examples=500)
def test_what_may_be_in_disguise_has_the_same_columns(found):
    assert_same([found])


@given(BROKEN)
@settings(deadline=None, max_examples=500)
def test_words_with_signs_in_them_have_the_same_columns(found):
    assert_same([found])


@pytest.mark.parametrize(
    "found",
    [
        "id-iot",
        "ki-l-1",
        "x-@55",
        "@55",
        "x-y-z",
        "\u0903x-y-z. A; b; c",
        "YouAreAFoolAndALiar",
        "ab-" * 13 + "aid-iot",
        *(half + end for half in HALVES for end in ("!", "!.!", "!.", "!-x")),
        *(f"{half[0]}-{half[1:]}!" for half in HALVES),
        *(f"{half}-{half}!" for half in HALVES),
    ],
)
def test_what_is_in_disguise_has_the_same_columns(found):
    assert normalise(found).text != found
    assert_same([found, f"so {found}, yes"])


@given(LOUD)
@settings(deadline=None, max_examples=300)
def test_capitals_digits_links_and_what_is_folded_by_numpy_have_the_same_columns(found):
    assert_same([found])


def test_a_mixed_batch_has_the_same_columns():
    assert_same(TEXTS * 3)


@pytest.mark.parametrize("name", hostile())
def test_hostile_text_has_the_same_columns(name):
    found = hostile()[name][:20_000]
    assert COMPILED.linear([found]) == pytest.approx(linear([found], SPEC, WEIGHTS), rel=1e-6)


@pytest.mark.parametrize(("shortest", "longest"), [(1, 2), (2, 2), (3, 8)])
def test_other_lengths_of_ngrams_have_the_same_columns(shortest, longest):
    spec = FeatureSpec(char_bits=10, word_bits=9, shortest=shortest, longest=longest)
    weights = WEIGHTS[: spec.width]
    assert_same(TEXTS, Compiled(spec, weights), spec, weights)


def test_ordinary_text_never_leaves_the_kernel(monkeypatch):
    monkeypatch.setattr(compiled, "fold", None)
    monkeypatch.setattr(compiled.disguise, "undo", None)
    COMPILED.linear(
        ["It's well-known (or not?): the council paid $1,200 in 1997... I don't agree, Mr. O'Neill! Né à Paris."]
    )


def test_both_ways_give_the_same_scores(shipped):
    one, other = (Classifier.load(compiled=wanted).score(TEXTS) for wanted in (True, False))
    for fast, plain in zip(one, other, strict=True):
        assert fast.language == plain.language
        assert fast.scores == pytest.approx(plain.scores, abs=1e-6)


def test_spans_and_rest_add_up_to_the_logit_of_a_compiled_score():
    classifier = Classifier.load(compiled=True)
    for one in TEXTS:
        explanation = classifier.explain(one, "en")
        assert explanation.scored == classifier.score([one], ["en"])[0]
        for attribute, score in explanation.scored.scores.items():
            total = explanation.rest[attribute] + sum(s.weight for s in explanation.spans if s.attribute == attribute)
            assert total == pytest.approx(math.log(score / (1 - score)), abs=1e-6)


def test_threads_do_not_disturb_one_another():
    texts = [f"{one} {k}" for k, one in enumerate(TEXTS * 20)]
    alone = COMPILED.linear(texts).tolist()
    with ThreadPoolExecutor(4) as pool:
        assert all(found.tolist() == alone for found in pool.map(COMPILED.linear, [texts] * 16))


def test_a_code_point_is_learned_when_it_is_first_seen():
    for code in (0x10A0, 0x1E80, 0x2C60):
        text.TABLE.entries[code] = 0
    assert_same(["\u10a0\u1e80\u2c60"])


def test_without_a_folder_for_the_cache_it_is_compiled_in_memory(monkeypatch):
    caching = importlib.import_module("numba.core.caching")
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    assert jit.compiled("int64(int64)")(lambda number: number + 1)(1) == 2


def test_without_numba_the_choice_falls_on_numpy_and_the_demand_is_refused(tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "model.compiled", None)
    assert Classifier.load(tiny_model).score(["Hello"])[0].scores
    with pytest.raises(ImportError):
        Classifier.load(tiny_model, compiled=True)
