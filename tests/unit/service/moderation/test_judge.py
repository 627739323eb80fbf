import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.moderation.judge import BANDS, REASON_CODES, URGENT_BANDS, judge
from service.moderation.policy import (
    FirstTime,
    Languages,
    Policy,
    Rate,
    Repeats,
    Section,
    Threshold,
    default_policy,
    policy_from,
)
from service.moderation.rules import Finding
from service.moderation.signals import Signals, Surroundings, copy_text

POLICY = Policy(
    thresholds={
        "toxicity": Threshold(hold=0.6, reject=0.95),
        "threat": Threshold(hold=0.3),
        "spam": Threshold(reject=0.9),
    }
)


def signals(copies: int = 0, author_comments: int = 0, **scores: float) -> Signals:
    return Signals({"toxicity": 0.0} | scores, "en", around=Surroundings(copies, author_comments))


def around(**known) -> Signals:
    return Signals({"toxicity": 0.0}, "en", around=Surroundings(**known))


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


def test_those_reasons_decide_that_ask_for_the_verdict():
    ruling = judge(signals(copies=9, toxicity=0.7, spam=0.95), POLICY)
    assert [reason.attribute for reason in ruling.deciding] == ["spam"]
    held = judge(signals(copies=9, toxicity=0.7), POLICY)
    assert held.deciding == held.reasons
    assert judge(signals(), POLICY).deciding == ()


@pytest.mark.parametrize(("copies", "held"), [(0, False), (2, False), (3, True), (100, True)])
def test_an_exact_repeat_counts_from_the_fourth_copy(copies, held):
    assert (judge(signals(copies=copies), POLICY).verdict == "hold") is held


def test_a_near_copy_counts_from_the_policys_number():
    assert judge(around(near=3), Policy()).verdict == "approve"
    held = judge(around(near=4), Policy())
    assert (held.verdict, [one.code for one in held.reasons]) == ("hold", ["campaign"])


def test_a_copy_of_a_rejected_campaign_is_rejected_and_of_an_approved_one_held_by_other_rules_only():
    assert judge(around(near=1, campaign="reject"), Policy()).verdict == "reject"
    approved = judge(around(near=100, copies=100, campaign="approve"), Policy())
    assert (approved.verdict, [one.code for one in approved.reasons]) == ("approve", ["campaign"])
    assert judge(around(near=100, campaign="approve", standing="watched"), Policy()).verdict == "hold"


@pytest.mark.parametrize(("comments", "held"), [(0, False), (20, False), (21, True)])
def test_a_named_author_is_held_over_the_rate(comments, held):
    assert (judge(signals(author_comments=comments), POLICY).verdict == "hold") is held


def test_rules_that_are_switched_off_never_fire():
    policy = Policy(repeats=Repeats(hold=None), author_rate=Rate(limit=None), unknown_language="approve")
    assert judge(Signals({}, "xx", around=Surroundings(10**6, 10**6, 10**6, 10**6)), policy).verdict == "approve"


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
    assert (
        judge(Signals(dict.fromkeys(ATTRIBUTES, 1.0), "en", around=Surroundings(10**6, 10**6)), policy).verdict
        == "hold"
    )


@given(
    st.dictionaries(st.sampled_from(ATTRIBUTES), st.floats(0, 1)),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(["post", "pre"]),
)
def test_any_signals_get_a_place_in_the_queue_and_documented_reasons(scores, copies, comments, mode):
    policy = Policy(thresholds=dict.fromkeys(ATTRIBUTES, Threshold(0.5, 0.9)), mode=mode)
    ruling = judge(Signals(scores, "en", around=Surroundings(copies, comments)), policy)
    assert 0 <= ruling.band < BANDS
    assert {reason.code for reason in ruling.reasons} <= set(REASON_CODES)
    assert (ruling.verdict == "approve") == (not ruling.reasons)


@pytest.mark.parametrize(
    ("known", "verdict", "codes"),
    [
        ({"standing": "banned"}, "reject", ["author"]),
        ({"standing": "watched"}, "hold", ["author"]),
        ({"standing": "trusted"}, "approve", []),
        ({"article_mode": "closed"}, "reject", ["article"]),
        ({"article_mode": "pre"}, "hold", ["article"]),
        ({"article_mode": "pre", "standing": "trusted"}, "hold", ["article"]),
        ({"article_mode": "post"}, "approve", []),
        ({"under_rejected": True}, "hold", ["parent"]),
    ],
)
def test_what_is_set_for_the_author_the_article_and_the_parent_counts(known, verdict, codes):
    ruling = judge(around(**known), Policy())
    assert (ruling.verdict, [reason.code for reason in ruling.reasons]) == (verdict, codes)


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({}, "hold"),
        ({"standing": "trusted"}, "approve"),
        ({"article_mode": "post"}, "approve"),
        ({"article_mode": "closed"}, "reject"),
    ],
)
def test_pre_moderation_spares_trusted_authors_and_articles_that_are_open(known, verdict):
    assert judge(around(**known), Policy(mode="pre")).verdict == verdict


@pytest.mark.parametrize(("approved", "verdict"), [(0, "hold"), (2, "hold"), (3, "approve"), (None, "approve")])
def test_an_author_is_new_until_enough_comments_were_approved(approved, verdict):
    assert judge(around(approved=approved), Policy(first_time=FirstTime(3))).verdict == verdict


def test_who_is_not_named_is_always_new_and_who_is_trusted_never():
    policy = Policy(first_time=FirstTime(3))
    assert judge(Signals({"toxicity": 0.0}, "en", named=False), policy).reasons[0].code == "author"
    assert judge(around(approved=0, standing="trusted"), policy).verdict == "approve"
    assert judge(Signals({"toxicity": 0.0}, "en", named=False), Policy()).verdict == "approve"


@pytest.mark.parametrize("counted", ["author", "address", "site"])
def test_each_rate_holds_what_is_over_it(counted):
    policy = Policy(**{f"{counted}_rate": Rate(2, 60)})
    assert judge(around(**{f"{counted}_comments": 2}), policy).verdict == "approve"
    (reason,) = judge(around(**{f"{counted}_comments": 3}), policy).reasons
    assert (reason.code, reason.detail[:2]) == ("rate", "3 ")


def test_a_trusted_author_may_post_fast_but_not_flood_the_site():
    policy = Policy(author_rate=Rate(1), address_rate=Rate(1), site_rate=Rate(10))
    trusted = {"standing": "trusted", "author_comments": 9, "address_comments": 9}
    assert judge(around(**trusted), policy).verdict == "approve"
    assert judge(around(**trusted, site_comments=11), policy).verdict == "hold"


def test_a_language_that_the_site_does_not_take_is_named():
    policy = Policy(languages=Languages(("de", "fr"), "reject"))
    assert judge(signals(), policy).verdict == "reject"
    assert judge(signals(), Policy(languages=Languages(("en",)))).verdict == "approve"


def test_what_fired_on_the_text_decides_and_talk_of_self_harm_comes_first():
    found = [Finding("suspect_word", "1 word", "hold"), Finding("blocked_word", "2 words", "reject")]
    ruling = judge(Signals({"toxicity": 0.0}, "en", found), Policy())
    assert (ruling.verdict, [one.code for one in ruling.reasons]) == ("reject", ["suspect_word", "blocked_word"])
    assert ruling.band >= URGENT_BANDS
    assert judge(Signals({}, "en", [Finding("self_harm", "it may", "hold")]), Policy()).band < URGENT_BANDS


def test_a_trusted_authors_links_do_not_count_but_a_blocked_domain_does():
    found = [Finding("link", "3 links", "hold", waived_by_trust=True), Finding("link", "a blocked domain", "reject")]
    ruling = judge(Signals({"toxicity": 0.0}, "en", found, around=Surroundings(standing="trusted")), Policy())
    assert [one.detail for one in ruling.reasons] == ["a blocked domain"]


@pytest.mark.parametrize(("lot", "drawn"), [(0.0, True), (0.049, True), (0.05, False), (0.99, False)])
def test_the_audit_sample_draws_from_approvals_only(lot, drawn):
    policy = Policy(audit_share=0.05, thresholds={"toxicity": Threshold(0.5)})
    ruling = judge(Signals({"toxicity": 0.0}, "en", lot=lot), policy)
    assert (ruling.verdict, [one.code for one in ruling.reasons]) == ("approve", ["audit"] if drawn else [])
    held = judge(Signals({"toxicity": 0.9}, "en", lot=lot), policy)
    assert [one.code for one in held.reasons] == ["score"]


def test_a_section_overrides_what_it_names_and_nothing_else():
    policy = Policy(
        thresholds={"toxicity": Threshold(0.5), "spam": Threshold(0.5)},
        sections={"Sport": Section(thresholds={"toxicity": Threshold(0.8)}), "obituaries": Section(mode="pre")},
    )
    loud = signals(toxicity=0.6)
    assert judge(loud, policy.within("sport")).verdict == "approve"
    assert judge(loud, policy.within("politics")).verdict == "hold"
    assert judge(signals(spam=0.6), policy.within("SPORT")).verdict == "hold"
    assert judge(signals(), policy.within("Obituaries")).verdict == "hold"
    assert policy.within(None) is policy


def test_a_policy_kept_before_a_rule_was_known_has_its_default():
    kept = {"thresholds": {"toxicity": {"hold": 0.5, "reject": None}}, "mode": "pre"}
    assert policy_from(7, kept) == Policy(7, {"toxicity": Threshold(0.5)}, "pre")


def test_copies_are_told_by_their_words():
    assert copy_text("Buy  NOW\n") == copy_text("buy now")
    assert copy_text("buy now") != copy_text("buy now!")
