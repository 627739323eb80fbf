from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.demo.client import Appeal, Comment, Kept, Placed, Reason, Statement
from service.demo.receipts import LOST, receipt, why
from service.demo.wording import ATTRIBUTES, CODES
from service.moderation.judge import REASON_CODES
from service.moderation.statement import FOUND

THEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATEMENT = Statement(THEN, THEN + timedelta(days=183), "It was found to be an insult.")


def kept(status: str, appeal: Appeal | None = None, *reasons: Reason) -> Kept:
    comment = Comment("c-1", "You fool.", "Ada", THEN, None, "en")
    return Kept(Placed("c-1", status, "hold", reasons), comment, "a-1", appeal)


def appeal(outcome: str | None = None, after: int = 0) -> Appeal:
    return Appeal(THEN, outcome, THEN + timedelta(minutes=after) if outcome else None)


def test_a_comment_that_is_not_there_is_lost() -> None:
    assert receipt(None) is LOST


def test_a_rejected_comment_comes_with_its_words_its_statement_and_a_way_to_contest_it() -> None:
    shown = receipt(kept("rejected"), STATEMENT)
    assert (shown.tone, shown.body, shown.statement, shown.contestable) == ("rejected", "You fool.", STATEMENT, True)


def test_what_a_moderator_found_says_more_than_what_the_machine_did() -> None:
    said = replace(STATEMENT, labels=("insult",), attributes=("toxicity",), rules=("link",), term="3")
    assert why(said) == (
        "A moderator read it and decided.",
        "It was found to be an insult.",
        "The rule that it broke: 3.",
    )


def test_without_labels_the_machines_findings_are_told() -> None:
    said = replace(STATEMENT, attributes=("spam",), rules=("link", "unheard-of"), automated=True)
    assert why(said) == (
        "An automatic rule of this site decided; no person looked at it.",
        "It was found to be advertising or a scam.",
        "It contains links.",
    )


@pytest.mark.parametrize("label", FOUND)
def test_every_label_has_words_for_a_reader(label: str) -> None:
    assert len(why(replace(STATEMENT, labels=(label,)))) == 2


def test_reasons_stand_in_for_a_statement_that_cannot_be_had() -> None:
    assert receipt(kept("rejected", None, Reason("link", "2 links", None))).reasons == ("It contains links.",)


def test_an_appeal_that_waits_says_who_looks() -> None:
    shown = receipt(kept("pending", appeal()), STATEMENT)
    assert "appeal is being looked at" in shown.heading
    assert not shown.contestable


def test_an_appeal_that_was_granted_says_so_and_gives_no_reasons() -> None:
    shown = receipt(kept("approved", appeal("reversed")), STATEMENT)
    assert "granted" in shown.heading
    assert (shown.published, shown.statement, shown.body) == (True, None, "")


def test_an_appeal_that_failed_is_not_offered_again() -> None:
    shown = receipt(kept("rejected", appeal("upheld")), STATEMENT)
    assert "decision stands" in shown.heading
    assert not shown.contestable


def test_a_rejection_after_an_appeal_is_a_new_one_to_contest() -> None:
    later = Statement(THEN + timedelta(minutes=9), THEN, "Again.")
    assert receipt(kept("rejected", appeal("upheld", after=5)), later).contestable
    assert receipt(kept("rejected", appeal("reversed", after=5)), later).contestable


@pytest.mark.parametrize(
    ("status", "outcome"), [("pending", "reversed"), ("pending", "upheld"), ("approved", "upheld")]
)
def test_an_appeal_of_before_says_nothing_of_now(status: str, outcome: str) -> None:
    assert "appeal" not in receipt(kept(status, appeal(outcome)), STATEMENT).heading.lower()


@pytest.mark.parametrize("code", REASON_CODES)
def test_every_reason_has_words_for_a_reader(code: str) -> None:
    (words,) = receipt(kept("pending", None, Reason(code, "figures", None))).reasons
    assert words in (*CODES.values(), *ATTRIBUTES.values())
