import pytest

from service.commands.export import labelled
from service.moderation.comment import ATTRIBUTES, Judgement, Reason, Submission
from service.store.comments import RecordWithHistory


def decided(action, labels, *, verdict="hold", earlier=()):
    reasons = (Reason("score", "", "toxicity", 0.9, 0.5), Reason("mode", ""))
    entry = {"kind": "decision", "at": 1_700_000_000_000, "op": "op-2", "by": "ada", "action": action, "labels": labels}
    return RecordWithHistory(
        id="c-1",
        submission=Submission("Buy my book"),
        judgement=Judgement(verdict, {"toxicity": 0.9}, reasons, "2026.11.24-1", 1, "en"),
        status="rejected",
        revision=1,
        received=1_699_999_000_000,
        op="op-1",
        digest="",
        decision="op-2",
        decided_by="ada",
        action=action,
        history=[*earlier, entry, {"kind": "undo", "at": 0, "op": "op-9", "by": "bob", "undoes": "op-8"}],
    )


@pytest.mark.parametrize(
    ("action", "said", "labels"),
    [
        ("reject", ["spam", "insult"], {"spam": 1, "insult": 1}),
        ("reject", [], {}),
        ("reject", ["off_topic", "illegal", "other"], {}),
        ("approve", [], {"toxicity": 0, "spam": 0}),
        ("approve", ["insult"], {"toxicity": 0, "spam": 0, "insult": 1}),
        ("approve", ["spam"], {"toxicity": 0, "spam": 1}),
        ("reject", list(ATTRIBUTES), dict.fromkeys(ATTRIBUTES, 1)),
    ],
)
def test_what_the_moderator_named_is_one_an_approval_clears_two_and_the_rest_is_unknown(action, said, labels):
    assert labelled(decided(action, said), "herald")["labels"] == labels


def test_an_example_says_where_it_is_from_who_decided_and_why_it_was_looked_at():
    assert labelled(decided("reject", ["spam"]), "herald") == {
        "text": "Buy my book",
        "labels": {"spam": 1},
        "source": "newsroom:herald",
        "id": "c-1",
        "language": "en",
        "action": "reject",
        "decided_at": "2023-11-14T22:13:20.000Z",
        "decided_by": "ada",
        "reasons": ["score", "mode"],
        "probability": 1,
        "scores": {"toxicity": 0.9},
        "model": "2026.11.24-1",
    }


def test_what_nobody_had_to_look_at_has_no_known_probability():
    assert labelled(decided("reject", [], verdict="approve"), "herald")["probability"] is None


def test_the_decision_that_stands_counts_and_not_an_earlier_one():
    earlier = {"kind": "decision", "at": 0, "op": "op-0", "by": "bob", "action": "approve", "labels": ["threat"]}
    assert labelled(decided("reject", ["spam"], earlier=[earlier]), "herald")["labels"] == {"spam": 1}
