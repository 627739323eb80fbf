import math
import re
from collections import Counter

import numpy as np
import orjson
import pytest

from model import contrast
from model.contrast import contrast_examples
from model.identity import NAME, TOPIC, bias, identity_examples, mentioned
from model.intervals import auc


def words(text):
    return re.findall(r"[\w{}']+", text.lower())


def runs(texts, length):
    return {tuple(found[k : k + length]) for found in map(words, texts) for k in range(len(found) - length + 1)}


def test_the_suite_is_the_same_every_time_and_says_each_thing_of_every_group():
    assert identity_examples() == identity_examples()
    rows = [(term, example.labels["toxicity"]) for term, example in identity_examples()]
    counts = Counter(rows)
    groups = {term for term, _ in rows} - {NAME, TOPIC}
    assert len(groups) >= 50
    assert len({(counts[term, 0], counts[term, 1]) for term in groups}) == 1


def test_every_sentence_is_another_one_and_mentions_its_term():
    assert len({example.text for _, example in identity_examples()}) == len(identity_examples())
    for term, example in identity_examples():
        assert term in mentioned(example.text) | {NAME, TOPIC}, example.text


def test_no_sentence_of_the_suite_is_trained_on():
    patterns = orjson.loads((contrast.Path(contrast.__file__).with_name("contrast.json")).read_bytes())["rows"]
    trained = [pattern for row in patterns for pattern in row["texts"]]
    suite = {example.group for _, example in identity_examples()}
    assert not runs(suite, 5) & runs(trained, 5)
    assert not {e.text for _, e in identity_examples()} & {e.text for e in contrast_examples()}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("GAY and lesbian readers", {"gay", "lesbian"}),
        ("An African-American author", {"african american"}),
        ("transgender rights", {"transgender"}),
        ("a gayer pianist", set()),
        ("nothing of the kind", set()),
    ],
)
def test_terms_are_found_as_whole_words_the_longest_first(text, terms):
    assert mentioned(text) == terms


def test_bias_is_what_it_is_by_hand():
    rows = [
        ("red", 0.2, False),
        ("red", 0.6, False),
        ("red", 0.7, True),
        ("blue", 0.1, False),
        ("blue", 0.5, True),
        ("blue", 0.3, True),
    ]
    terms, scores, truth = zip(*rows, strict=True)
    blue, red = bias(np.array(scores), np.array(truth), terms, threshold=0.4)
    assert (red.term, red.rows, red.clean, red.false_positive_rate) == ("red", 3, 2, 0.5)
    assert (red.subgroup_auc, blue.subgroup_auc) == (1, 1)
    assert red.bpsn_auc == 0.5  # of clean red (0.2, 0.6) and bad blue (0.5, 0.3), two pairs of four in order
    assert red.bnsp_auc == 1  # bad red (0.7) over clean blue (0.1)
    assert blue.bpsn_auc == 1  # clean blue (0.1) under bad red (0.7)
    assert blue.bnsp_auc == 0.5  # bad blue (0.5, 0.3) over clean red (0.2, 0.6): two pairs of four
    assert (blue.false_positive_rate, red.ratio, blue.ratio) == (0, 2, 0)  # the median is 0.25
    assert red.apart
    assert blue.apart


def test_a_row_that_mentions_two_terms_counts_for_both_and_is_no_background():
    rows = [
        ({"red", "blue"}, 0.9, True),
        ({"blue"}, 0.1, False),
        ({"red"}, 0.3, False),
        (set(), 0.2, False),
        ({"green"}, 0.8, True),
    ]
    terms, scores, truth = zip(*rows, strict=True)
    blue, red = bias(np.array(scores), np.array(truth), terms)  # nothing is said of "green": it has no clean rows
    assert (blue.rows, red.rows, blue.clean, red.clean) == (2, 2, 1, 1)
    assert (blue.bnsp_auc, red.bnsp_auc) == (1, 1)  # the bad row over 0.3 and 0.2, over 0.1 and 0.2
    assert math.isnan(bias(np.array(scores[:4]), np.array(truth[:4]), terms[:4])[0].bpsn_auc)


def test_a_median_of_nothing_held_makes_no_ratio_but_tells_who_is_apart():
    found = bias(np.array([0.1, 0.1, 0.9]), np.zeros(3, dtype=bool), ["a", "b", "c"])
    assert not any(one.beyond_chance for one in found)
    assert [(one.term, one.ratio, one.apart) for one in found] == [
        ("a", 1, False),
        ("b", 1, False),
        ("c", math.inf, True),
    ]


def test_scores_that_are_the_same_for_all_groups_show_no_bias():
    rows = [(term, label, 0.3 * label + 0.1) for term in ("a", "b", "c") for label in (0, 1, 1, 0)]
    terms, truth, scores = zip(*rows, strict=True)
    assert not any(one.apart for one in bias(np.array(scores), np.array(truth) > 0, terms, 0.2))


def test_the_shipped_model_tells_hostile_sentences_from_plain_ones_about_the_same_groups(shipped):
    examples = [example for _, example in identity_examples()]
    scored = shipped.score([e.text for e in examples], [e.language for e in examples])
    scores = np.array([one.scores["toxicity"] for one in scored])
    truth = np.array([example.labels["toxicity"] > 0 for example in examples])
    assert auc(truth, scores) > 0.9


def test_a_rate_is_beyond_chance_only_with_rows_enough():
    rates = {"a": 0.1, "b": 0.1, "c": 0.3}
    for rows, beyond in ((10, False), (1000, True)):
        terms = [term for term in rates for _ in range(rows)]
        scores = np.concatenate([np.arange(rows) < rate * rows for rate in rates.values()]) * 1.0
        found = bias(scores, np.zeros(len(terms), dtype=bool), terms)[2]
        assert (found.apart, found.beyond_chance) == (True, beyond)
