import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.moderation.judge import BANDS, REASON_CODES, URGENT_BANDS, judge
from service.moderation.policy import Policy, Rate, Repeats, Threshold, default_policy
from service.moderation.signals import Signals, copy_text

POLICY = Policy(
    thresholds={
        "toxicity": Threshold(hold=0.6, reject=0.95),
        "threat": Threshold(hold=0.3),
        "spam": Threshold(reject=0.9),
    }
)


def signals(copies: int = 0, author_comments: int = 0, **scores: float) -> Signals:
    return Signals({"toxicity": 0.0} | scores, "en", copies, author_comments)


@pytest.mark.parametrize(
    ("scores", "verdict", "fired"),
    [
        ({"toxicity": 0.59}, "approve", []),
        ({"toxicity": 0.6}, "hold", ["toxicity"]),
        ({"toxicity": 0.95}, "reject", ["toxicity"]),
        ({"threat": 0.99}, "hold", ["threat"]),
        ({"spam": 0.89}, "approve", []),
        ({"spam": 0.9, "toxicity": 0.7}, "reject", ["toxicity", "spam"]),
        ({"insult": 1.0}, "approve", []),
    ],
)
def test_scores_hold_and_reject_at_their_thresholds(scores, verdict, fired):
    ruling = judge(signals(**scores), POLICY)
    assert ruling.verdict == verdict
    assert [reason.attribute for reason in ruling.reasons] == fired


def test_a_reason_says_its_figure_and_the_threshold_it_met():
    (reason,) = judge(signals(toxicity=0.7), POLICY).reasons
    assert (reason.code, reason.attribute, reason.score, reason.threshold) == ("score", "toxicity", 0.7, 0.6)


def test_every_rule_that_fired_is_named():
    ruling = judge(signals(copies=9, author_comments=50, toxicity=0.7), POLICY)
    assert [reason.code for reason in ruling.reasons] == ["score", "duplicate", "rate"]


@pytest.mark.parametrize(("copies", "held"), [(0, False), (2, False), (3, True), (100, True)])
def test_an_exact_repeat_counts_from_the_fourth_copy(copies, held):
    assert (judge(signals(copies=copies), POLICY).verdict == "hold") is held


@pytest.mark.parametrize(("comments", "held"), [(0, False), (20, False), (21, True)])
def test_a_named_author_is_held_over_the_rate(comments, held):
    assert (judge(signals(author_comments=comments), POLICY).verdict == "hold") is held


def test_rules_that_are_switched_off_never_fire():
    policy = Policy(repeats=Repeats(hold=None), author_rate=Rate(limit=None), unknown_language="approve")
    assert judge(Signals({}, "xx", copies=10**6, author_comments=10**6), policy).verdict == "approve"


def test_a_language_without_toxicity_is_held_and_never_passed_silently():
    ruling = judge(Signals({"spam": 0.1}, "fi"), Policy())
    assert (ruling.verdict, ruling.reasons[0].code) == ("hold", "language")


def test_pre_moderation_holds_everything_but_still_rejects():
    policy = Policy(thresholds={"spam": Threshold(reject=0.9)}, mode="pre")
    assert judge(signals(), policy).verdict == "hold"
    assert judge(signals(spam=1.0), policy).verdict == "reject"


def test_threats_come_before_everything_else_in_the_queue():
    weakest_threat = judge(signals(threat=0.3), POLICY).band
    worst_of_others = judge(signals(toxicity=0.94), POLICY).band
    assert weakest_threat < URGENT_BANDS <= worst_of_others


def test_the_more_certain_the_worst_reason_the_earlier():
    bands = [judge(signals(toxicity=score), POLICY).band for score in (0.6, 0.7, 0.8, 0.9)]
    assert bands == sorted(bands, reverse=True)
    assert len(set(bands)) == len(bands)


def test_the_default_policy_rejects_nothing_by_itself():
    policy = default_policy(dict.fromkeys(ATTRIBUTES, 0.5))
    assert judge(Signals(dict.fromkeys(ATTRIBUTES, 1.0), "en", 10**6, 10**6), policy).verdict == "hold"


@given(
    st.dictionaries(st.sampled_from(ATTRIBUTES), st.floats(0, 1)),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(["post", "pre"]),
)
def test_any_signals_get_a_place_in_the_queue_and_documented_reasons(scores, copies, comments, mode):
    policy = Policy(thresholds=dict.fromkeys(ATTRIBUTES, Threshold(0.5, 0.9)), mode=mode)
    ruling = judge(Signals(scores, "en", copies, comments), policy)
    assert 0 <= ruling.band < BANDS
    assert {reason.code for reason in ruling.reasons} <= set(REASON_CODES)
    assert (ruling.verdict == "approve") == (not ruling.reasons)


def test_copies_are_told_by_their_words():
    assert copy_text("Buy  NOW\n") == copy_text("buy now")
    assert copy_text("buy now") != copy_text("buy now!")
