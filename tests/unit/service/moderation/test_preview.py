from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.comment import Reason
from service.moderation.judge import judge
from service.moderation.policy import (
    FirstTime,
    Languages,
    Links,
    NearCopies,
    Pattern,
    Policy,
    Rate,
    Repeats,
    Section,
    Threshold,
    Words,
)
from service.moderation.preview import EXAMPLES, Replay, Replayed
from service.moderation.signals import Signals, Surroundings

LIVE = Policy(thresholds={"toxicity": Threshold(0.5)}, repeats=Repeats(None), author_rate=Rate(None))
SCORES = {"toxicity": 0.3, "spam": 0.3}


def comment(n=0, **more):
    said = {"id": f"c-{n}", "text": f"A thought, number {n}", "scores": SCORES, "language": "en", "received": n * 1000}
    return Replayed(**(said | more))


def way(draft, *comments, live=LIVE, later=None):
    """What each policy said of the last comment."""
    replay = Replay(live, draft, later)
    for one in comments:
        ours, theirs = replay.step(one)
    return f"{ours.verdict} > {theirs.verdict}"


def changed(**more):
    return replace(LIVE, **more)


@pytest.mark.parametrize(
    ("draft", "one", "expected"),
    [
        (changed(thresholds={"toxicity": Threshold(0.3)}), {}, "approve > hold"),
        (changed(thresholds={"toxicity": Threshold(0.2, 0.3)}), {}, "approve > reject"),
        (changed(thresholds={}), {"scores": {"toxicity": 0.6}}, "hold > approve"),
        (changed(thresholds={"toxicity": Threshold(0.5, 0.6)}), {"scores": {"toxicity": 0.6}}, "hold > reject"),
        (changed(mode="pre"), {}, "approve > hold"),
        (changed(words=Words(block=("gnomes",))), {"text": "My GNOMES"}, "approve > reject"),
        (changed(words=Words(suspect=("gnomes",))), {"text": "My gn0mes"}, "approve > hold"),
        (changed(words=Words(suspect=("gnome",))), {"text": "My gnomes"}, "approve > approve"),
        (changed(patterns=(Pattern("n", r"\d{4}", "reject"),)), {"text": "In 1999"}, "approve > reject"),
        (changed(links=Links(hold=1)), {"text": "See example.org"}, "approve > hold"),
        (changed(links=Links(hold=1)), {"text": "See example.org", "trusted": True}, "approve > approve"),
        (changed(self_harm="approve"), {"text": "I want to die"}, "hold > approve"),
        (changed(languages=Languages(("de",), "reject")), {}, "approve > reject"),
        (changed(unknown_language="approve"), {"scores": {"spam": 0.1}, "language": "xx"}, "hold > approve"),
        (changed(first_time=FirstTime(1)), {}, "approve > hold"),
        (changed(sections={"Sport": Section(mode="pre")}), {"section": "sport"}, "approve > hold"),
        (changed(sections={"Sport": Section(mode="pre")}), {"section": "politics"}, "approve > approve"),
        (changed(mode="pre"), {"free_article": True}, "approve > approve"),
        (changed(mode="pre"), {"trusted": True}, "approve > approve"),
    ],
)
def test_each_rule_that_looks_at_the_comment_is_applied_anew(draft, one, expected):
    assert way(draft, comment(**one)) == expected


MOMENTS = [
    (Surroundings(standing="banned"), "reject > reject", "reject > reject"),
    (Surroundings(standing="watched"), "hold > hold", "hold > hold"),
    (Surroundings(article_mode="closed"), "reject > reject", "reject > reject"),
    (Surroundings(article_mode="pre"), "hold > hold", "hold > hold"),
    (Surroundings(under_rejected=True), "hold > hold", "hold > hold"),
    (Surroundings(copies=4), "hold > approve", "hold > approve"),
    (Surroundings(author_comments=9), "hold > approve", "hold > approve"),
    (Surroundings(site_comments=9), "hold > approve", "hold > approve"),
]
STRICT = changed(repeats=Repeats(3), author_rate=Rate(5), site_rate=Rate(5))


@pytest.mark.parametrize(("around", "timed", "untimed"), MOMENTS)
def test_what_was_so_at_the_moment_is_taken_from_the_words_of_the_reasons(around, timed, untimed):
    ruling = judge(Signals(SCORES, "en", around=around), STRICT)
    said = {"verdict": ruling.verdict, "reasons": ruling.reasons, "author": "u-1"}
    assert way(LIVE, comment(**said), live=STRICT) == timed
    assert way(LIVE, comment(received=None, **said), live=STRICT) == untimed
    again = Replay(STRICT, STRICT)
    assert {one.code for one in again.step(comment(**said))[0].reasons} == {one.code for one in ruling.reasons}


def test_what_moderators_decided_is_counted_by_the_difference():
    replay = Replay(LIVE, changed(mode="pre"))
    replay.steps([comment(n, decided=decided) for n, decided in enumerate(("reject", "approve", "", "reject"))])
    replay.step(comment(9, scores={"toxicity": 0.9}, decided="reject"))
    assert replay.result().decided == {("approve", "hold"): {"reject": 2, "approve": 1}}


def test_a_mode_that_was_told_shows_that_author_and_article_were_not_exempt_then():
    ruling = judge(Signals(SCORES, "en"), changed(mode="pre"))
    one = comment(reasons=ruling.reasons, verdict="hold", trusted=True, free_article=True, author="u")
    assert way(changed(mode="pre"), one) == "approve > hold"


def test_copies_are_counted_from_the_comments_by_each_policys_own_seconds():
    copies = [comment(n, text=f"Buy  IT now{' ' * n}", received=n * 50_000) for n in range(3)]
    assert way(changed(repeats=Repeats(3, 60)), *copies) == "approve > hold"
    assert way(changed(repeats=Repeats(3, 49)), *copies) == "approve > approve"
    assert way(changed(repeats=Repeats(4, 60)), *copies, live=changed(repeats=Repeats(3, 60))) == "hold > approve"
    assert way(changed(repeats=Repeats(3, 60)), *reversed(copies)) == "approve > hold"
    assert way(changed(repeats=Repeats(3, 49)), *reversed(copies)) == "approve > approve"


def test_copies_from_before_the_first_comment_are_believed():
    ruling = judge(Signals(SCORES, "en", around=Surroundings(copies=7)), STRICT)
    told = comment(1, text="Buy it", verdict="hold", reasons=ruling.reasons)
    assert way(changed(repeats=Repeats(9)), told, comment(2, text="Buy it"), live=STRICT) == "hold > hold"
    assert way(changed(repeats=Repeats(10)), told, comment(2, text="Buy it"), live=STRICT) == "hold > approve"


@pytest.mark.parametrize(
    ("rate", "who"),
    [("author_rate", {"author": "u-1"}), ("address_rate", {"address": "203.0.113.9"}), ("site_rate", {})],
)
def test_rates_are_counted_from_the_comments_in_the_clocks_windows(rate, who):
    draft = changed(**{rate: Rate(2, 60)})
    assert way(draft, *[comment(n, **who) for n in range(3)]) == "approve > hold"
    assert way(draft, *[comment(n, **who) for n in (57, 58, 61)]) == "approve > approve"
    if who:
        assert way(draft, comment(0, **who), comment(1, **who), comment(2)) == "approve > approve"


def test_an_author_is_as_new_as_at_the_time():
    draft, known = changed(first_time=FirstTime(2)), {"author": "u-1", "approved": True}
    came = [comment(n, ever_approved=3, **known) for n in range(3)]
    assert way(draft, *came[:2], later={"u-1": 3}) == "approve > hold"
    assert way(draft, *came, later={"u-1": 3}) == "approve > approve"
    assert way(draft, came[0], later={"u-1": 1}) == "approve > approve"
    untold = [comment(n, **known) for n in range(3)]
    assert way(draft, *untold[:2]) == "approve > hold"
    assert way(draft, *untold) == "approve > approve"


@pytest.mark.parametrize(
    ("around", "hold", "expected"),
    [
        (Surroundings(near=6), 7, "hold > hold"),
        (Surroundings(near=6), 8, "hold > approve"),
        (Surroundings(near=6), None, "hold > approve"),
        (Surroundings(near=6, campaign="reject"), None, "reject > reject"),
        (Surroundings(near=6, campaign="approve", copies=3), 5, "approve > approve"),
    ],
)
def test_near_copies_and_what_was_decided_on_them_are_told_by_the_reason(around, hold, expected):
    ruling = judge(Signals(SCORES, "en", around=around), STRICT)
    one = comment(verdict=ruling.verdict, reasons=ruling.reasons)
    assert way(replace(STRICT, near_copies=NearCopies(hold)), one, live=STRICT) == expected


def test_a_reason_that_is_not_known_stays():
    strange = comment(verdict="hold", reasons=[Reason("tomorrow", "a rule of another time")])
    assert way(changed(mode="pre"), strange) == "hold > hold"


def test_the_comparison_counts_ways_reasons_and_shows_the_newest():
    replay = Replay(LIVE, changed(words=Words(suspect=("gnome",)), thresholds={}))
    for n in range(20):
        replay.step(comment(n, text=f"A gnome {n}"))
    replay.step(comment(20, text="x" * 500, scores={"toxicity": 0.7}))
    replay.step(comment(21))
    found = replay.result()
    assert (found.looked_at, found.unchanged) == (22, 1)
    assert found.verdicts == {("approve", "hold"): 20, ("hold", "approve"): 1, ("approve", "approve"): 1}
    assert found.reasons == {"suspect_word": (0, 20), "score": (1, 0)}
    assert [one.id for one in found.examples["approve", "hold"]] == [f"c-{n}" for n in range(19, 19 - EXAMPLES, -1)]
    assert [len(one.text) for one in found.examples["hold", "approve"]] == [200]


comments = st.lists(
    st.builds(
        Replayed,
        id=st.text(max_size=3),
        text=st.sampled_from(["Buy it", "I want to die", "see example.org", "gnome", "1999"]),
        scores=st.fixed_dictionaries({}, optional={"toxicity": st.floats(0, 1), "spam": st.floats(0, 1)}),
        language=st.sampled_from(["en", "xx"]),
        section=st.sampled_from([None, "sport", "Other"]),
        author=st.sampled_from([None, "u-1", "u-2"]),
        address=st.sampled_from([None, "203.0.113.9"]),
        received=st.none() | st.integers(0, 10**13),
        approved=st.booleans(),
    ),
    max_size=12,
)


@given(comments)
def test_what_no_comment_meets_changes_nothing(came):
    full = replace(
        STRICT,
        words=Words(("gnome",)),
        links=Links(1),
        first_time=FirstTime(1),
        sections={"sport": Section(mode="pre", thresholds={"spam": Threshold(0.5, 0.7)})},
    )
    replay = Replay(full, replace(full, words=Words(("gnome",), ("never seen",)), audit_share=0.5))
    for one in came:
        ours, theirs = replay.step(one)
        assert ours == theirs
    found = replay.result()
    assert found.looked_at == found.unchanged == len(came)
    assert all(live == draft for live, draft in found.reasons.values())
    assert not found.examples


@given(comments)
def test_many_at_once_are_compared_as_one_by_one(came):
    draft = changed(words=Words(("gnome",), ("buy",)), first_time=FirstTime(1), author_rate=Rate(2, 60))
    together, alone = Replay(LIVE, draft), Replay(LIVE, draft)
    together.steps(came)
    for one in came:
        alone.step(one)
    assert together.result() == alone.result()
