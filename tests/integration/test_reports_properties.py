"""Whatever readers report and moderators decide, in whatever order: no reader and no address has two votes, and an undo
gives every reader their record back."""

from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.moderation.comment import Judgement, Submission
from service.moderation.reports import household, weight
from service.store.arrivals import Acceptance, Arrivals
from service.store.comments import Comments
from service.store.connection import Store
from service.store.events import Events
from service.store.queue import Decision, NothingToUndo, NotYourDecision, OlderRevision, Queue
from service.store.reports import ReaderReports, Report
from tests.support import try_in_any_order

SITE, HOLD = "herald", 1.4
COMMENTS = ("c-0", "c-1", "c-2")
APPROVED = Judgement("approve", {"toxicity": 0.1}, (), "m", 1, "en")

comments = st.sampled_from(COMMENTS)
readers = st.sampled_from([f"r-{n}" for n in range(6)])
addresses = st.sampled_from([None, None, "203.0.113.1", "203.0.113.2", "2001:db8::1", "2001:db8::2"])
moderators = st.sampled_from(["ada", "bob"])
actions = st.sampled_from(["approve", "reject", "escalate"])


@dataclass
class Known:
    """What the model knows of a comment; `said` is what each report's reader was told by the decision that stands."""

    status: str = "approved"
    revision: int = 1
    reports: list[tuple[str, str, float, int]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    settled: float = 0.0


class Reporting(RuleBasedStateMachine):
    """The store's own scripts beside a model in plain Python."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.redis = self.store._client
        self.redis.flushall()
        self.comments, self.queue = Comments(self.store), Queue(self.store)
        self.arrivals = Arrivals(self.store)
        self.reports, self.events = ReaderReports(self.store), Events(self.store)
        self.calls = 0
        self.known = {one: Known() for one in COMMENTS}
        self.record: dict[str, dict[str, int]] = {}
        self.undoable: dict[str, list[tuple[str, Known]]] = {one: [] for one in COMMENTS}
        self.arrivals.settle(SITE, [self.judged(one, "Thanks") for one in COMMENTS])

    def new(self) -> str:
        self.calls += 1
        return f"op-{self.calls}"

    def judged(self, one: str, body: str) -> Acceptance:
        return Acceptance(one, self.new(), "d", Submission(body), APPROVED, 31, 0.5)

    @rule(one=comments, reader=readers, address=addresses, retried=st.booleans())
    def report(self, one, reader, address, retried):
        comment, op = self.known[one], self.new()
        record = self.comments.get(SITE, one)
        fresh = reader not in {said[0] for said in comment.reports}
        if fresh:
            weighs = round(weight(*(self.record.get(reader, {}).get(word, 0) for word in ("right", "wrong"))), 3)
            comment.reports.append((reader, household(address), weighs, comment.revision))
            since = weight_of(comment) - comment.settled
            if comment.status == "approved" and since >= HOLD - 1e-9:
                comment.status = "pending"
                self.undoable[one] = []
        for _ in range(1 + retried):
            reported = self.reports.add(SITE, record, Report(reader, "rude", address=address), op, HOLD)
            assert (reported.fresh, reported.status) == (fresh, comment.status)

    @rule(one=comments, by=moderators, action=actions)
    def decide(self, one, by, action):
        comment, op = self.known[one], self.new()
        was = self.comments.get(SITE, one)
        if (was.decided_by, was.action) == (by, action) or (action == "escalate" and was.escalated_by):
            return
        for _ in range(2):  # as the client does when the answer is lost
            self.queue.decide(SITE, op, by, Decision(one, action, override=True), admin=True)
        self.undoable[one].append((by, deepcopy(comment)))
        comment.status = {"approve": "approved", "reject": "rejected", "escalate": "pending"}[action]
        self.tell(comment, {"approve": "wrong", "reject": "right"}.get(action))

    def tell(self, comment, word):
        """Each reporter of this revision is told anew what a decision says of them."""
        for reader, _, _, revision in comment.reports:
            if revision == comment.revision:
                self.credit(reader, comment.said.pop(reader, None), -1)
                if word:
                    comment.said[reader] = word
                    self.credit(reader, word, 1)
        if word:
            comment.settled = weight_of(comment)
        elif comment.reports:
            comment.settled = 0.0

    def credit(self, reader, word, by):
        if word:
            counts = self.record.setdefault(reader, {})
            counts[word] = counts.get(word, 0) + by

    @rule(one=comments)
    def undo(self, one):
        op = self.new()
        if not self.undoable[one]:
            for by in ("ada", "bob"):
                with pytest.raises((NothingToUndo, OlderRevision, NotYourDecision)):
                    self.queue.undo(SITE, op, by, one)
            return
        by, comment = self.undoable[one].pop()
        newer = self.known[one].reports[len(comment.reports) :]
        for _ in range(2):
            self.queue.undo(SITE, op, by, one)
        for reader, word in self.known[one].said.items():
            if comment.said.get(reader) != word:
                self.credit(reader, word, -1)
                self.credit(reader, comment.said.get(reader), 1)
        for reader, word in comment.said.items():
            if reader not in self.known[one].said:
                self.credit(reader, word, 1)
        comment.reports = comment.reports + newer
        self.known[one] = comment

    @rule(one=comments, action=actions)
    def decide_and_undo(self, one, action):
        before, where = self.records(), self.comments.get(SITE, one).status
        self.queue.decide(SITE, self.new(), "cyd", Decision(one, action, override=True), admin=True)
        if action == "escalate" and self.comments.get(SITE, one).escalated_by != "cyd":
            return  # it was escalated before
        assert self.queue.undo(SITE, self.new(), "cyd", one) == where
        assert self.records() == before

    @rule(one=comments)
    def edit(self, one):
        comment, record = self.known[one], self.comments.get(SITE, one)
        self.arrivals.edit(SITE, record, self.judged(one, f"Thanks {self.calls}"))
        comment.revision += 1
        comment.said = {}
        self.undoable[one] = []
        if comment.status != "pending":
            comment.status = "approved"

    @invariant()
    def no_reader_and_no_address_has_two_votes(self):
        found = self.reports.of(SITE, COMMENTS)
        for one, comment in self.known.items():
            assert (one in found) == bool(comment.reports)
            if comment.reports:
                assert found[one].count == len({reader for reader, *_ in comment.reports}) == len(comment.reports)
                assert abs(found[one].weight - weight_of(comment)) < 1e-9
                named = {address for _, address, *_ in comment.reports if address}
                assert found[one].weight <= len(named) + sum(not address for _, address, *_ in comment.reports)

    @invariant()
    def readers_have_the_record_that_decisions_gave_them(self):
        wanted = [counts for one in self.record.values() if (counts := {word: n for word, n in one.items() if n})]
        assert sorted(map(sorted_items, self.records())) == sorted(map(sorted_items, wanted))

    @invariant()
    def comments_stand_where_the_model_says_and_each_hold_was_told_once(self):
        told = [(event.type, event.comment_id) for event in self.events.after(SITE, "", 10_000)]
        for one, comment in self.known.items():
            assert self.comments.get(SITE, one).status == comment.status
            assert told.count(("comment.reported", one)) == len(comment.reports)

    def records(self) -> list[dict[str, int]]:
        keys = sorted(self.redis.scan_iter(f"{{{SITE}}}:reporter:*"))
        return [{word: int(n) for word, n in self.redis.hgetall(key).items()} for key in keys]


def sorted_items(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items())


def weight_of(comment: Known) -> float:
    """One vote for each reader without an address, and the heaviest for each address."""
    heaviest: dict[str, float] = {}
    for reader, address, weighs, _ in comment.reports:
        own = address or f"reader {reader}"
        heaviest[own] = max(heaviest.get(own, 0.0), weighs)
    return sum(heaviest.values())


def test_nobody_votes_twice_and_an_undo_gives_readers_their_records_back(store):
    machine = type("OnThisServer", (Reporting,), {"store": store})
    try_in_any_order(machine, examples=80, steps=40)
