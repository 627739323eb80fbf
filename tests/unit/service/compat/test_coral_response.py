"""What Coral is told, for every reason that there is."""

import pytest

from model import ATTRIBUTES
from service.compat.coral.response import CODE_OF_ATTRIBUTE, CoralResponseSchema, opinion
from service.moderation.comment import Judgement, Reason
from service.moderation.judge import REASON_CODES
from tests.coral import checked

SECRET = "a word of the comment"


def judged(verdict, *reasons, deciding=None):
    return Judgement(verdict, {}, reasons, "m", 1, "en", deciding=reasons if deciding is None else deciding)


def scored(attribute, score=0.97, threshold=0.9):
    return Reason("score", SECRET, attribute, score, threshold)


def flags(said):
    return [one["reason"] for one in said["actions"]]


def test_an_approval_is_no_opinion():
    assert opinion(judged("approve")) is None
    assert opinion(judged("approve", Reason("campaign", ""))) is None


def test_a_hold_waits_in_corals_queue_with_flags_and_without_a_reason_for_the_author():
    assert opinion(judged("hold", scored("insult"))) == {
        "status": "PREMOD",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
    }


def test_a_rejection_says_why_in_corals_code_and_in_our_words():
    assert opinion(judged("reject", scored("identity_attack"), scored("toxicity"))) == {
        "status": "REJECTED",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
        "moderationAction": {
            "status": "REJECTED",
            "rejectionReason": {
                "code": "HATE_SPEECH",
                "detailedExplanation": "An automated check took the comment for an attack on a group of people, with a "
                "probability of 0.97; the site rejects from 0.90 on. An automated check took the comment for hostile or "
                "offensive language, with a probability of 0.97; the site rejects from 0.90 on.",
            },
        },
    }


def test_what_only_held_a_comment_is_not_why_it_was_rejected():
    word = Reason("blocked_word", "")
    said = opinion(judged("reject", scored("threat"), word, deciding=(word,)))
    why = said["moderationAction"]["rejectionReason"]
    assert why["code"] == "BANNED_WORD"
    assert "threat" not in why["detailedExplanation"]
    assert flags(said) == ["COMMENT_DETECTED_TOXIC"]


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([scored("spam")], ["COMMENT_DETECTED_SPAM"]),
        ([Reason("link", "")], ["COMMENT_DETECTED_SPAM"]),
        ([Reason("duplicate", ""), Reason("rate", ""), Reason("campaign", "")], ["COMMENT_DETECTED_SPAM"]),
        ([scored("toxicity"), scored("insult")], ["COMMENT_DETECTED_TOXIC"]),
        ([scored("toxicity"), scored("spam")], ["COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM"]),
        ([Reason("author", ""), Reason("mode", ""), Reason("language", ""), Reason("suspect_word", "")], []),
    ],
)
def test_flags_say_what_was_found_once_each_and_nothing_else(reasons, expected):
    assert flags(opinion(judged("hold", *reasons))) == expected


@pytest.mark.parametrize("code", REASON_CODES)
def test_every_rule_has_a_reason_that_coral_takes_and_that_quotes_nothing(code):
    said = opinion(judged("reject", Reason(code, SECRET)))
    why = checked(said)["moderationAction"]["rejectionReason"]
    assert SECRET not in str(said)
    assert (why["code"] == "OTHER") == ("customReason" in why)
    assert why["detailedExplanation"].endswith(".")


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_every_attribute_has_a_code_of_corals(attribute):
    why = checked(opinion(judged("reject", scored(attribute))))["moderationAction"]["rejectionReason"]
    assert why["code"] == CODE_OF_ATTRIBUTE[attribute] != "OTHER"


def test_even_without_any_reason_there_is_one_for_the_author():
    why = checked(opinion(judged("reject")))["moderationAction"]["rejectionReason"]
    assert why == {
        "code": "OTHER",
        "customReason": "The site's rules for comments",
        "detailedExplanation": "The site's rules for comments.",
    }


def test_a_comment_of_which_only_the_beginning_was_judged_waits_at_least():
    assert opinion(judged("approve"), cut=True) == {"status": "PREMOD", "actions": []}
    assert opinion(judged("reject", scored("spam")), cut=True)["status"] == "REJECTED"


def test_the_documents_schema_is_what_is_answered():
    for verdict in ("hold", "reject"):
        assert not CoralResponseSchema().validate(opinion(judged(verdict, scored("spam"), Reason("pattern", ""))))
