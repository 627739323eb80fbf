"""Whatever moderators, readers and killed processes do to one campaign: nothing is lost, doubled or left half done."""

import contextlib
import itertools
from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.campaigning import Campaigning
from service.moderation.comment import Judgement, Submission
from service.store.arrivals import Acceptance, Arrivals, Near
from service.store.campaigns import CampaignDecided, Campaigns, Said
from service.store.comments import Comments
from service.store.connection import Store
from service.store.events import Events
from service.store.queue import (
    ClaimedByOther,
    Decision,
    DecisionStands,
    LapsedClaim,
    NothingToUndo,
    NotYourDecision,
    Queue,
    Shelf,
)
from tests.support import try_in_any_order

SITE = "herald"
HOLD = 4

moderators = st.sampled_from(["ada", "bob"])
actions = st.sampled_from(["approve", "reject"])
slices = st.sampled_from([None, None, 0, 1, 2])
numbers = st.integers(0, 30)


class Killed(Exception):
    """The process ends here."""


class Mortal(Queue):
    """A queue whose process is killed after some round trips."""

    lives: int | None = None

    def try_all(self, *arguments, **more):
        self.live()
        return super().try_all(*arguments, **more)

    def undo_all(self, *arguments):
        self.live()
        return super().undo_all(*arguments)

    def live(self):
        if self.lives is not None:
            if self.lives == 0:
                raise Killed
            self.lives -= 1


class OneCampaign(RuleBasedStateMachine):
    """One campaign, told in slices of two."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.redis = self.store._client
        self.redis.flushall()
        self.arrivals, self.events, self.comments = Arrivals(self.store), Events(self.store), Comments(self.store)
        self.queue, self.campaigns = Mortal(self.store), Campaigns(self.store)
        self.campaigning = Campaigning(self.campaigns, self.comments, self.queue, at_once=2)
        self.posted = self.calls = 0
        self.excused: set[str] = set()
        for _ in range(2):
            self.post("approve", known=True)

    def op(self) -> str:
        self.calls += 1
        return f"op-{self.calls}"

    @property
    def id(self) -> str:
        return next(iter(self.redis.scan_iter(f"{{{SITE}}}:campaign:*:members"))).split(":")[2]

    def state(self):
        return self.campaigns.get(SITE, self.id)

    def all(self):
        return self.campaigns.members(SITE, self.id, "", 100)

    @precondition(lambda self: self.posted < 12)
    @rule(verdict=st.sampled_from(["approve", "hold"]), known=st.booleans())
    def post(self, verdict, known):
        """A copy arrives; `known` is whether what was decided is known when it is judged."""
        before = [one.id for one in self.all()] if self.posted >= 2 else [f"c-{n}" for n in range(self.posted)]
        ruled = ""
        if self.posted >= 2 and known:
            campaign = self.state()
            ruled = campaign.decision or ""
            verdict = campaign.action or ("hold" if campaign.size + 1 >= HOLD else verdict)
        one = f"c-{self.posted:02}"
        judgement = Judgement(verdict, {}, (), "m", 1, "en")
        near = Near("", (f"0{self.posted:016x}",), 86400, HOLD, tuple(before[:4]), ruled)
        if self.posted == 1:
            near = Near("", ("01",), 86400, HOLD, ("c-00",), ruled)
        accepted = Acceptance(one, self.op(), "d", Submission(body="one"), judgement, 5, 0.5, near)
        (receipt,) = self.arrivals.settle(SITE, [accepted])
        self.posted += 1
        if receipt.due and known:
            self.campaigning.finish(SITE, receipt.due)

    @rule(by=moderators, limit=st.integers(1, 3))
    def claim(self, by, limit):
        claimed = self.queue.claim(SITE, self.op(), by, limit=limit, lease_seconds=300, order="priority", shelf=Shelf())
        self.excused |= set(claimed.ids)

    @rule(by=moderators, number=numbers, action=actions)
    def decide_one(self, by, number, action):
        member = self.all()[number % len(self.all())]
        with contextlib.suppress(DecisionStands, ClaimedByOther, LapsedClaim):
            self.queue.decide(SITE, self.op(), by, Decision(member.id, action))

    @rule(by=moderators, number=numbers)
    def undo_one(self, by, number):
        member = self.all()[number % len(self.all())]
        try:
            self.queue.undo(SITE, self.op(), by, member.id)
            self.excused.add(member.id)
        except (NothingToUndo, NotYourDecision):
            pass

    @precondition(lambda self: len(self.all()) > 2)
    @rule(number=numbers)
    def erase(self, number):
        self.comments.erase(SITE, self.all()[number % len(self.all())].id, "ada")

    @rule(by=moderators, action=actions, lives=slices)
    def decide(self, by, action, lives):
        self.queue.lives = lives
        try:
            self.campaigning.decide(SITE, self.op(), by, self.id, Said(action))
            self.excused |= {one.id for one in self.all() if one.claimed_by not in (None, by)}
        except CampaignDecided:
            pass
        except Killed:
            self.excused |= {one.id for one in self.all() if one.claimed_by not in (None, by)}
        finally:
            self.queue.lives = None

    @rule(by=moderators, lives=slices)
    def undo(self, by, lives):
        self.queue.lives = lives
        try:
            self.campaigning.undo(SITE, self.op(), by, self.id)
        except (NothingToUndo, NotYourDecision, Killed):
            pass
        finally:
            self.queue.lives = None

    @rule()
    def catch_up(self):
        """The background process does what is due, and then nothing is half done."""
        for campaign in self.redis.zrange(f"{{{SITE}}}:campaigns:due", 0, -1):
            self.campaigning.finish(SITE, campaign)
        assert not self.redis.exists(f"{{{SITE}}}:campaigns:due")
        campaign, members = self.state(), self.all()
        assert not campaign.undoing
        if campaign.undone:
            assert not [one for one in members if one.decision == campaign.undone]
            assert not [
                one for one in members if one.ruled == campaign.undone and not one.decision and one.status == "rejected"
            ]
        if campaign.decision:
            left = {one.id for one in members if not one.decision and one.ruled != campaign.decision}
            assert left <= self.excused

    @rule(by=moderators, action=actions)
    def an_undo_restores_exactly(self, by, action):
        self.catch_up()
        if self.state().decision:
            return
        before = self.snapshot()
        self.campaigning.decide(SITE, self.op(), by, self.id, Said(action))
        self.campaigning.undo(SITE, self.op(), by, self.id)
        assert self.snapshot() == before

    def snapshot(self):
        fields = ("status", "decision", "decided_by", "action", "facets", "escalation", "judgement")
        kept = {one.id: self.redis.hmget(f"{{{SITE}}}:comment:{one.id}", fields) for one in self.all()}
        names = ("queue:all", "informative:all", "list:approved", "list:pending", "list:rejected", "list:decided")
        return kept, [
            {one: score % 2**47 for one, score in self.redis.zrange(f"{{{SITE}}}:{name}", 0, -1, withscores=True)}
            for name in names
        ]

    @invariant()
    def counts_are_true(self):
        campaign, members = self.state(), self.all()
        counts = Counter(one.status for one in members)
        assert (campaign.pending, campaign.approved, campaign.rejected) == tuple(
            counts[status] for status in ("pending", "approved", "rejected")
        )
        assert campaign.sample in {one.id for one in members}
        listed = self.redis.zscore(f"{{{SITE}}}:campaigns", campaign.id)
        assert listed == (campaign.pending or None)

    @invariant()
    def what_is_pending_is_in_the_queue_and_nothing_else(self):
        pending = {one.id for one in self.all() if one.status == "pending"}
        assert set(self.redis.zrange(f"{{{SITE}}}:queue:all", 0, -1)) == pending

    @invariant()
    def every_decision_is_told_and_kept_once(self):
        told = Counter((event.type, event.comment_id) for event in self.events.after(SITE, "", 10_000))
        for one in self.all():
            history = self.comments.with_history(SITE, one.id).history
            made = [entry["op"] for entry in history if entry["kind"] == "decision"]
            undone = [entry["undoes"] for entry in history if entry["kind"] == "undo"]
            assert len(set(made)) == len(made)
            assert len(set(undone)) == len(undone)
            assert told[("decision.made", one.id)] == len(made)
            assert told[("decision.undone", one.id)] == len(undone)

    @invariant()
    def a_change_of_status_is_told_once(self):
        for one in self.all():
            statuses = [
                event.type.removeprefix("comment.")
                for event in self.events.after(SITE, "", 10_000)
                if event.comment_id == one.id and event.type in ("comment.held", "comment.approved", "comment.rejected")
            ]
            assert all(first != then for first, then in itertools.pairwise(statuses))
            assert statuses[-1] == ("held" if one.status == "pending" else one.status)


def test_nothing_is_lost_doubled_or_left_half_done_whatever_is_done_to_a_campaign(store):
    machine = type("OnThisServer", (OneCampaign,), {"store": store})
    try_in_any_order(machine, examples=25, steps=30)
