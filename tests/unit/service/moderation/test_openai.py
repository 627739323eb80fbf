import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.moderation.openai import ALL_OF, ANY_OF, BY_RULE, CATEGORIES, UNANSWERED, flags_of
from service.moderation.policy import Policy, Threshold, default_policy

HALF = default_policy(dict.fromkeys(ATTRIBUTES, 0.5))


def flags(scores, policy=HALF, *, self_harm=False):
    return flags_of(scores, self_harm=self_harm, policy=policy)


def flagged(scores, policy=HALF):
    return {category for category, is_so in flags(scores, policy).categories.items() if is_so}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({}, set()),
        ({"toxicity": 0.49}, set()),
        ({"toxicity": 0.5}, {"harassment"}),
        ({"severe_toxicity": 0.9}, {"harassment"}),
        ({"insult": 0.9}, {"harassment"}),
        ({"threat": 0.9}, {"harassment/threatening", "violence"}),
        ({"identity_attack": 0.9}, {"hate"}),
        ({"identity_attack": 0.9, "threat": 0.6}, {"hate", "hate/threatening", "harassment/threatening", "violence"}),
        ({"spam": 1.0, "obscene": 1.0}, set()),
    ],
)
def test_an_attribute_flags_the_categories_that_it_answers(scores, expected):
    assert flagged(scores) == expected


def test_the_score_of_a_category_is_the_highest_of_any_or_the_lowest_of_all():
    scores = flags({"toxicity": 0.2, "insult": 0.7, "identity_attack": 0.4, "threat": 0.3}).scores
    assert scores["harassment"] == 0.7
    assert scores["hate/threatening"] == 0.3


def test_an_attribute_without_a_threshold_has_a_score_and_flags_nothing():
    policy = Policy(thresholds={"threat": Threshold()})
    found = flags({"threat": 0.9, "insult": 0.9}, policy)
    assert not found.flagged
    assert found.scores["harassment/threatening"] == found.scores["harassment"] == 0.9


def test_what_is_only_rejected_is_flagged_from_there_on():
    policy = Policy(thresholds={"insult": Threshold(reject=0.8)})
    assert flagged({"insult": 0.79}, policy) == set()
    assert flagged({"insult": 0.8}, policy) == {"harassment"}


def test_talk_of_self_harm_is_a_rule_whose_score_is_one_or_nothing():
    found = flags({}, self_harm=True)
    assert (found.categories[BY_RULE], found.scores[BY_RULE], found.flagged) == (True, 1.0, True)
    assert flags({}).scores[BY_RULE] == 0


def test_every_category_is_answered_in_one_way_or_in_none():
    ways = [*ANY_OF, *ALL_OF, BY_RULE, *UNANSWERED]
    assert sorted(ways) == sorted(CATEGORIES)


@given(
    st.dictionaries(st.sampled_from(ATTRIBUTES), st.floats(0, 1)),
    st.dictionaries(st.sampled_from(ATTRIBUTES), st.floats(0, 1)),
    st.booleans(),
)
def test_whatever_the_scores_all_categories_are_there_and_none_is_made_up(scores, thresholds, self_harm):
    found = flags(scores, default_policy(thresholds), self_harm=self_harm)
    assert tuple(found.categories) == tuple(found.scores) == CATEGORIES
    assert all(0 <= score <= 1 for score in found.scores.values())
    assert not any(found.categories[one] or found.scores[one] for one in UNANSWERED)
    assert found.flagged == any(found.categories.values())
