import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.comment import STATUS_OF, Judgement, Reason
from service.moderation.judge import reached
from service.moderation.statement import CONTEST_MS, LEADS_TO, Case, NeverRejected, statement_of

DAY = 86_400_000
ARRIVED = 1_795_651_200_000  # 26 November 2026


def judged(verdict, *reasons):
    return Judgement(verdict, {}, reasons, "2026.11.24-1", 1, "en")


INSULT = reached("insult", 0.95, 0.18)


def decision(action, at=ARRIVED + DAY, *, op="op-1", by="ada", labels=(), **more):
    return {"kind": "decision", "action": action, "at": at, "op": op, "by": by, "labels": list(labels), **more}


def case(status, *history, judgements=()):
    return Case("c-1", status, ARRIVED, judgements or (judged("hold", INSULT),), history)


def test_a_moderators_rejection_says_what_was_found_by_whom_it_was_found_and_on_which_term():
    said = statement_of(case("rejected", decision("reject", labels=["insult"], term="4.2", note="a clear case")))
    assert (said.state, said.restriction, said.since) == ("in_force", "not_published", ARRIVED + DAY)
    assert (said.labels, said.ground, said.term) == (("insult",), "contractual", "4.2")
    assert (said.automated_detection, said.automated_decision, said.reported) == (True, False, False)
    assert said.contest_until == ARRIVED + DAY + CONTEST_MS
    assert said.text == (
        "Your comment c-1 was not published on 27 November 2026. Nobody can read it on the site, anywhere, and there is "
        "no end to that. A moderator found in it an insult. An automated check took it for an insult, with a probability "
        "of 0.95; the site acts on that from 0.18 on. It was found by automated means. A person decided. The ground is "
        "the site's rules for comments, number or name: 4.2. You can contest this until 29 May 2027, with the site "
        "itself: tell it why you think that the comment should stand, and a person other than the one who decided looks "
        "at it again. You can also turn to a certified out-of-court dispute settlement body, or go to court."
    )
    assert "ada" not in said.text
    assert "a clear case" not in said.text


def test_a_machines_rejection_says_that_no_person_looked():
    said = statement_of(case("rejected", judgements=[judged("reject", INSULT)]))
    assert (said.since, said.automated_detection, said.automated_decision) == (ARRIVED, True, True)
    assert "no person looked at it" in said.text


def test_what_the_law_forbids_has_a_legal_ground():
    said = statement_of(case("rejected", decision("reject", labels=["illegal"], term="Criminal Code, section 185")))
    assert said.ground == "legal"
    assert "The ground is the law: Criminal Code, section 185." in said.text


def test_what_was_published_before_was_removed_and_found_by_a_person():
    said = statement_of(case("rejected", decision("reject"), judgements=[judged("approve")]))
    assert (said.restriction, said.automated_detection) == ("removed", False)
    assert "No automated means were used to find it." in said.text


def test_what_readers_reported_says_so_and_not_who():
    said = statement_of(case("rejected", decision("reject"), judgements=[judged("hold", Reason("report", "by bob"))]))
    assert said.reported
    assert not said.automated_detection
    assert "Readers reported it." in said.text
    assert "bob" not in said.text


@pytest.mark.parametrize(
    ("status", "history", "state"),
    [
        ("approved", [decision("reject"), decision("approve", op="op-2")], "lifted"),
        ("pending", [decision("reject"), {"kind": "undo", "at": 1, "undoes": "op-1", "to": "pending"}], "under_review"),
        ("pending", [decision("reject"), {"kind": "appeal", "at": 1}], "under_review"),
    ],
)
def test_a_rejection_that_stands_no_more_is_still_told_of(status, history, state):
    said = statement_of(case(status, *history))
    assert (said.state, said.since) == (state, ARRIVED + DAY)


def test_what_readers_brought_back_into_the_queue_was_published_before():
    report = {"kind": "report", "at": ARRIVED + 1, "count": 3}
    judgements = [judged("hold", Reason("report", "readers reported it 3 times"))]
    said = statement_of(case("rejected", report, decision("reject"), judgements=judgements))
    assert (said.restriction, said.reported) == ("removed", True)
    appealed = [decision("reject"), {"kind": "appeal", "at": 1}, decision("reject", ARRIVED + 2 * DAY, op="op-2")]
    assert statement_of(case("rejected", *appealed)).restriction == "not_published"


def test_after_an_undo_the_rejection_before_it_is_the_one_that_stands():
    first = decision("reject", term="1")
    second = decision("reject", ARRIVED + 2 * DAY, op="op-2", term="2")
    undo = {"kind": "undo", "at": 1, "undoes": "op-2", "to": "rejected"}
    assert statement_of(case("rejected", first, second, undo)).term == "1"


def test_an_edit_that_the_machine_rejects_is_its_rejection_of_that_edit():
    edit = {"kind": "edit", "at": ARRIVED + 3 * DAY}
    judgements = [judged("approve"), judged("reject", INSULT)]
    said = statement_of(case("rejected", edit, judgements=judgements))
    assert (said.since, said.restriction, said.automated_decision) == (ARRIVED + 3 * DAY, "removed", True)


def test_an_edit_while_pending_is_never_a_rejection():
    edit = {"kind": "edit", "at": ARRIVED + DAY}
    with pytest.raises(NeverRejected):
        statement_of(case("pending", edit, judgements=[judged("hold"), judged("reject", INSULT)]))


@pytest.mark.parametrize("history", [[], [decision("approve")], [decision("escalate")]])
def test_what_was_never_rejected_has_no_statement(history):
    with pytest.raises(NeverRejected):
        statement_of(case("approved", *history))


VERDICTS = st.sampled_from(list(STATUS_OF))
DECISIONS = st.lists(st.sampled_from(list(LEADS_TO)), max_size=8)


@given(VERDICTS, DECISIONS)
def test_whatever_was_decided_the_last_rejection_is_told_and_the_state_is_the_comments_own(verdict, actions):
    history = [decision(action, ARRIVED + n, op=f"op-{n}") for n, action in enumerate(actions)]
    status = LEADS_TO[actions[-1]] if actions else STATUS_OF[verdict]
    rejected = [entry["at"] for entry in history if entry["action"] == "reject"]
    if verdict != "reject" and not rejected:
        with pytest.raises(NeverRejected):
            statement_of(case(status, *history, judgements=[judged(verdict)]))
        return
    said = statement_of(case(status, *history, judgements=[judged(verdict)]))
    assert said.since == (rejected[-1] if rejected else ARRIVED)
    assert (said.state == "in_force") == (status == "rejected")
