from math import nextafter

import numpy as np
import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.moderation.migration import monotone_map, same_share
from service.moderation.perspective import ATTRIBUTE_OF, Logged, NotALog, logged, perspective_score
from service.moderation.policy import default_policy, policy_from

RESPONSE = {
    "attributeScores": {
        "TOXICITY": {
            "spanScores": [{"begin": 0, "end": 2, "score": {"value": 0.2, "type": "PROBABILITY"}}],
            "summaryScore": {"value": 0.83, "type": "PROBABILITY"},
        },
        "THREAT": {"summaryScore": {"type": "PROBABILITY"}},
    },
    "languages": ["en"],
    "detectedLanguages": ["en"],
}
ANALYSED = {"TOXICITY": 0.83, "THREAT": 0.0}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"text": "Hi", "scores": {"TOXICITY": 0.83}}, Logged("Hi", None, {"TOXICITY": 0.83})),
        ({"comment": "Hi", "scores": {"toxicity": 1}}, Logged("Hi", None, {"TOXICITY": 1.0})),
        ({"body": "Hi", "language": "de", "scores": {"INSULT": 0}}, Logged("Hi", "de", {"INSULT": 0.0})),
        ({"text": "Hi", "TOXICITY": 0.5, "id": 7}, Logged("Hi", None, {"TOXICITY": 0.5})),
        ({"text": "Hi", "scores": {"TOXICITY": None, "INSULT": 0.5}}, Logged("Hi", None, {"INSULT": 0.5})),
        ({"text": "Hi", **RESPONSE}, Logged("Hi", "en", ANALYSED)),
        ({"text": "Hi", "response": RESPONSE}, Logged("Hi", "en", ANALYSED)),
        ({"text": "Hi", "perspective": RESPONSE}, Logged("Hi", None, ANALYSED)),
        ({"comment": {"text": "Hi"}, **RESPONSE}, Logged("Hi", "en", ANALYSED)),
        (
            {"request": {"comment": {"text": "Hi"}, "languages": ["fr"]}, "response": RESPONSE},
            Logged("Hi", "fr", ANALYSED),
        ),
        ({"text": "Hi", "scores": {"FLIRTATION": 0.5}}, Logged("Hi", None, {"FLIRTATION": 0.5})),
    ],
)
def test_the_shapes_that_newsrooms_have_are_read(row, expected):
    assert logged(row) == expected


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ([], "not an object"),
        ("Hi", "not an object"),
        ({"scores": {"TOXICITY": 0.5}}, "no text"),
        ({"text": " ", "scores": {"TOXICITY": 0.5}}, "no text"),
        ({"text": 7, "scores": {"TOXICITY": 0.5}}, "no text"),
        ({"text": "Hi"}, "no scores"),
        ({"text": "Hi", "scores": {}}, "no scores"),
        ({"text": "Hi", "scores": {"TOXICITY": None}}, "no scores"),
        ({"text": "Hi", "scores": {"TOXICITY": "0.8"}}, "a score that is not a number"),
        ({"text": "Hi", "scores": {"TOXICITY": True}}, "a score that is not a number"),
        ({"text": "Hi", "scores": {"TOXICITY": 80}}, "a score that is not from 0 to 1"),
        ({"text": "Hi", "scores": {"TOXICITY": float("nan")}}, "a score that is not from 0 to 1"),
    ],
)
def test_what_is_no_log_says_why_and_quotes_nothing(row, complaint):
    with pytest.raises(NotALog) as caught:
        logged(row)
    assert str(caught.value) == complaint


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "comment", "scores", "attributeScores", "summaryScore", "value", "TOXICITY"])
            | st.sampled_from(["request", "response", "languages", "language"]),
            inner,
            max_size=4,
        )
    ),
)


@given(ANYTHING)
def test_any_json_is_read_or_refused(row):
    try:
        found = logged(row)
    except NotALog:
        return
    assert found.text
    assert all(0 <= score <= 1 for score in found.scores.values())


def test_what_has_a_name_there_means_one_of_our_attributes():
    assert set(ATTRIBUTE_OF.values()) == set(ATTRIBUTES)
    assert ATTRIBUTE_OF["PROFANITY"] == ATTRIBUTE_OF["PROFANITY_EXPERIMENTAL"] == "obscene"


THRESHOLDS = dict.fromkeys(ATTRIBUTES, 0.1)
UNIT = st.floats(0, 1)


def mapped(**maps):
    return policy_from(2, {"thresholds": {}, "perspective": maps})


def there(name, score, policy):
    return perspective_score(name, score, policy)


@given(UNIT, UNIT)
def test_without_a_map_a_higher_score_here_is_never_a_lower_one_there(one, other):
    low, high = (there("TOXICITY", score, default_policy(THRESHOLDS)) for score in sorted((one, other)))
    assert 0 <= low <= high <= 1


@given(st.floats(0.001, 0.999))
def test_without_a_map_theirs_has_three_times_the_odds_of_ours(score):
    theirs = there("INSULT", score, default_policy(THRESHOLDS))
    assert theirs / (1 - theirs) == pytest.approx(3 * score / (1 - score))


@pytest.mark.parametrize(("ours", "theirs"), [(0, 0), (0.25, 0.5), (4 / 7, 0.8), (0.75, 0.9), (1, 1)])
def test_what_the_usual_scores_mean_without_a_map(ours, theirs):
    assert there("THREAT", ours, default_policy(THRESHOLDS)) == pytest.approx(theirs)


HALF = [[0, 0], [0.8, 0.5], [1, 1]]
QUARTER = [[0, 0], [0.8, 0.25], [1, 1]]


@pytest.mark.parametrize(
    ("name", "maps", "expected"),
    [
        ("TOXICITY", {"TOXICITY": HALF}, 0.8),
        ("TOXICITY_EXPERIMENTAL", {"TOXICITY": HALF}, 0.8),
        ("TOXICITY_EXPERIMENTAL", {"TOXICITY": HALF, "TOXICITY_EXPERIMENTAL": QUARTER}, 0.8 + 0.2 / 3),
        ("TOXICITY", {"TOXICITY_EXPERIMENTAL": HALF}, 0.75),
        ("INSULT", {"TOXICITY": HALF}, 0.75),
        ("OBSCENE", {"PROFANITY": HALF}, 0.75),
        ("PROFANITY", {"PROFANITY": HALF, "OBSCENE": QUARTER}, 0.8),
        ("OBSCENE", {"PROFANITY": HALF, "OBSCENE": QUARTER}, 0.8 + 0.2 / 3),
        ("PROFANITY_EXPERIMENTAL", {"OBSCENE": QUARTER}, 0.75),
    ],
)
def test_the_sites_map_counts_for_its_name_and_the_plain_one_for_the_experimental(name, maps, expected):
    assert there(name, 0.5, mapped(**maps)) == pytest.approx(expected)


@settings(deadline=None)  # many looks into a map, on a machine that may be busy
@given(st.lists(st.tuples(UNIT, UNIT), min_size=1, max_size=60), UNIT.filter(bool))
def test_a_threshold_in_use_means_here_what_was_found_for_it(pairs, threshold):
    theirs, ours = (np.array([pair[side] for pair in pairs]) for side in (0, 1))
    here = same_share(theirs, ours, threshold)
    assume(here is not None)
    means = monotone_map(theirs, ours, (threshold, here))
    sent = orjson.loads(orjson.dumps({"TOXICITY": means.pairs}))  # as a PUT brings it and Redis keeps it
    policy = mapped(**sent)
    for score in [*map(float, ours), here, nextafter(here, 0), nextafter(here, 1)]:
        assert (there("TOXICITY", score, policy) >= threshold) == (score >= here)
