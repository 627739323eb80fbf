import pytest

from model.classifier import Classifier
from model.informative import informativeness
from service.commands.export import batch, labelled, sampled
from service.moderation.comment import ATTRIBUTES, Judgement, Reason, Submission
from service.store.comments import Record, RecordWithHistory
from service.store.reviews import Review, Said


def decided(action, labels, *, verdict="hold", earlier=(), **said):
    reasons = (Reason("score", "", "toxicity", 0.9, 0.5), Reason("mode", ""))
    entry = {"kind": "decision", "at": 1_700_000_000_000, "op": "op-2", "by": "ada", "action": action, "labels": labels}
    entry |= said
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


def test_what_was_claimed_as_informative_was_not_looked_at_by_chance():
    assert labelled(decided("reject", [], chosen="informative"), "herald")["probability"] is None


def test_the_decision_that_stands_counts_and_not_an_earlier_one():
    earlier = {"kind": "decision", "at": 0, "op": "op-0", "by": "bob", "action": "approve", "labels": ["threat"]}
    assert labelled(decided("reject", ["spam"], earlier=[earlier]), "herald")["labels"] == {"spam": 1}


def test_a_comment_of_the_audit_sample_is_labelled_by_who_reviewed_it_with_the_samples_share():
    record = decided("reject", ["threat"], verdict="approve")
    review = Review(
        "r", "audit", "c-1", 1, 0, 1_700_000_000_000, 0.05, Said(None, "approve", []), Said("bob", "approve", ["spam"])
    )
    assert sampled(record, review, "herald") == {
        "text": "Buy my book",
        "labels": {"toxicity": 0, "spam": 1},
        "source": "newsroom:herald",
        "id": "c-1",
        "language": "en",
        "action": "approve",
        "decided_at": "2023-11-14T22:13:20.000Z",
        "decided_by": "bob",
        "reasons": ["audit"],
        "chosen": "audit",
        "probability": 0.05,
        "scores": {"toxicity": 0.9},
        "model": "2026.11.24-1",
    }


SURE = ["Great read, thanks!", "You stupid, worthless idiot.", "The council votes on the budget on Monday."]
UNSURE = ["Typical of that lot, clueless as ever", "He ought to be ashamed, what a pathetic answer"]


@pytest.fixture(scope="module")
def shipped():
    return Classifier.load()


def waiting(texts):
    judgement = Judgement("hold", {}, (), "another", 1, "en")
    return [Record(f"c-{at}", Submission(text), judgement, "pending", 1, at, "op", "") for at, text in enumerate(texts)]


def test_a_batch_has_the_comments_in_doubt_first_with_no_labels_and_the_scores_of_this_model(shipped):
    texts = [*SURE, *UNSURE]
    by_doubt = sorted(texts, key=lambda text: -informativeness(shipped.score([text])[0].scores))
    found = list(batch(waiting(texts), shipped, limit=3))
    assert [one["text"] for one in found] == by_doubt[:3]
    assert {(str(one["labels"]), one["probability"], one["chosen"], one["model"]) for one in found} == {
        ("{}", None, "informative", shipped.version)
    }


def test_a_batch_for_one_attribute_has_what_is_in_doubt_there(shipped):
    texts = [*SURE, *UNSURE]
    by_doubt = sorted(texts, key=lambda text: abs(shipped.score([text])[0].scores["spam"] - 0.5))
    assert [one["text"] for one in batch(waiting(texts), shipped, limit=5, attributes=["spam"])] == by_doubt


def test_a_batch_has_no_near_duplicates_and_goes_on_behind_them(shipped):
    texts = [f"{UNSURE[0]}{'!' * n}" for n in range(20)] + SURE
    found = [one["text"] for one in batch(waiting(texts), shipped, limit=3)]
    assert len(found) == 3
    assert sum(text.startswith(UNSURE[0]) for text in found) == 1


def test_the_share_drawn_by_lot_says_with_which_chance(shipped):
    texts = [f"Comment {n} {word}" for n, word in enumerate(["on the bridge", "about rain", "of the mayor"] * 10)]
    found = list(batch(waiting(texts), shipped, limit=10, share=0.5))
    assert [one["chosen"] for one in found[:5]] == ["random"] * 5
    assert {one["probability"] for one in found[:5]} == {5 / 30}
    assert len({one["id"] for one in found}) == len(found)


def test_every_comment_is_as_likely_to_be_drawn_by_lot(shipped):
    records = waiting([*SURE, *UNSURE])
    drawn = [one["id"] for _ in range(200) for one in batch(records, shipped, limit=1, share=1)]
    assert set(drawn) == {record.id for record in records}


def test_fewer_comments_than_asked_for_are_all_drawn_and_none_twice(shipped):
    found = list(batch(waiting(SURE), shipped, limit=50, share=0.5))
    assert sorted(one["text"] for one in found) == sorted(SURE)
    assert list(batch([], shipped, limit=5, share=0.5)) == []
