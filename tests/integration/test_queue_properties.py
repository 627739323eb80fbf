"""Whatever moderators and readers do, in whatever order: nothing is lost, held twice or counted wrongly."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from service.moderation.comment import STATUS_OF, Article, Author, Judgement, Reason, Submission
from service.moderation.judge import URGENT_BANDS, reached
from service.store.appeals import APPEAL_BAND, Appeals, ContestedBefore, NotRejected
from service.store.arrivals import Acceptance, Arrivals, EditConflict
from service.store.comments import Comments, UnknownComment
from service.store.connection import Store
from service.store.events import Events
from service.store.queue import (
    REVIEW,
    Claim,
    ClaimedByOther,
    Decision,
    DecisionStands,
    EscalatedComment,
    LapsedClaim,
    NothingToUndo,
    NotYourDecision,
    OlderRevision,
    OwnAppeal,
    Queue,
    Shelf,
    UnknownClaim,
)
from service.store.records import ErasedComment, facets
from service.store.retention import DAY_MS, now_ms
from service.store.reviews import OwnReview, ReviewedBefore, Reviews, VoidReview, days_kept
from tests.support import try_in_any_order

SITE = "herald"
BAND = 2**42
LEASED = 2**47
LEVEL = 2**35
LAST_LEVEL = 4095
LEADS_TO = {"approve": "approved", "reject": "rejected", "escalate": "pending"}
EVENT_OF = {"approved": "comment.approved", "pending": "comment.held", "rejected": "comment.rejected"}
NEVER = 2**42 - 1

moderators = st.sampled_from(["ada", "bob", "cyd"])
orders = st.sampled_from(["priority", "oldest", "informative"])
actions = st.sampled_from(["approve", "reject", "escalate"])
bands = st.integers(0, 31)
levels = st.sampled_from([0, 1, 2000, LAST_LEVEL])
submissions = st.builds(
    Submission,
    body=st.sampled_from(["one", "two", "three", "four"]),
    author=st.builds(Author, id=st.sampled_from([None, "u-1", "u-2"])),
    article=st.builds(
        Article, id=st.sampled_from([None, "a-1", "a-2"]), section=st.sampled_from([None, "news", "odd\nsport"])
    ),
)
reasons = st.lists(
    st.sampled_from(
        [
            reached("toxicity", 0.9, 0.5),
            reached("spam", 0.9876, 0.55),
            Reason("duplicate", "Twice."),
            Reason("mode", ""),
        ]
    ),
    unique=True,
).map(tuple)
judgements = st.builds(
    Judgement,
    verdict=st.sampled_from(["hold", "hold", "hold", "approve", "reject"]),
    scores=st.just({}),
    reasons=reasons,
    model=st.just("m"),
    policy=st.just(1),
    language=st.sampled_from(["en", "fi"]),
)
shelves = st.builds(
    Shelf,
    reason=st.sampled_from([None, None, "score", "mode", "appeal"]),
    attribute=st.sampled_from([None, None, "spam"]),
    section=st.sampled_from([None, None, "news", "odd sport"]),
    language=st.sampled_from([None, None, "en"]),
    escalated=st.booleans(),
)


@dataclass
class Known:
    """What the model knows of a comment; `place` and `rank` are its places in the queue's orders without a lease.

    `decided_as` is the operation of the decision, `appeal` the statement of an appeal that waits,
    `barred` whose decision the one that stands was an appeal against.
    """

    op: str
    digest: str
    submission: Submission
    judgement: Judgement
    status: str
    received: int
    revision: int = 1
    facets: tuple[str, ...] = ()
    place: int = 0
    rank: int = 0
    decided_as: str = ""
    holder: tuple[str, str] | None = None
    decision: tuple[str, str] | None = None
    escalated_by: str | None = None
    edited_since: bool = False
    appeal: str | None = None
    kept_from: str | None = None
    barred: str | None = None
    undoable: list[tuple[str, "Known"]] = field(default_factory=list)


@dataclass
class OpenReview:
    """What the model knows of a blind review; `of` is the decision that it is of, made by `by`."""

    one: str
    revision: int
    of: str
    by: str
    place: int
    holder: tuple[str, str] | None = None
    answered: tuple[str, str] | None = None


class Moderation(RuleBasedStateMachine):
    """The store's own scripts beside a model in plain Python."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.redis = self.store._client
        self.redis.flushall()
        self.arrivals = Arrivals(self.store)
        self.comments, self.queue, self.events = Comments(self.store), Queue(self.store), Events(self.store)
        self.appeals = Appeals(self.store)
        self.known: dict[str, Known] = {}
        self.contests: dict[str, tuple[str, str]] = {}
        self.reviews, self.reviewed = Reviews(self.store), dict[str, OpenReview]()
        self.erased: set[str] = set()
        self.told: list[tuple[str, str]] = []
        self.claimed: dict[str, list[str]] = {}
        self.accepted = self.calls = 0

    ids: Bundle[str] = Bundle("ids")
    claims: Bundle[tuple[str, str]] = Bundle("claims")

    def new(self) -> str:
        self.calls += 1
        return f"op-{self.calls}"

    @initialize(target=ids, by=st.lists(moderators, max_size=4))
    def begin_under_appeal(self, by):
        """Comes first, since few examples would get so far by themselves."""
        return multiple(*[self.post_reject_and_contest(Submission("one"), one) for one in by])

    # What readers and sites do.

    @rule(target=ids, submission=submissions, judgement=judgements, band=bands, level=levels)
    def post(self, submission, judgement, band, level):
        one, op = f"c-{self.accepted}", self.new()
        self.accepted += 1
        (receipt,) = self.arrivals.settle(SITE, [accepted(one, op, submission, judgement, band, level)])
        received = receipt.received
        comment = Known(op, "d", submission, judgement, STATUS_OF[judgement.verdict], received)
        if comment.status == "pending":
            comment.facets = tuple(facets(submission, judgement))
            comment.place = band * BAND + received
            comment.rank = level * LEVEL + received % LEVEL
        self.known[one] = comment
        self.told.append((EVENT_OF[comment.status], one))
        self.urgent(one, comment.status, band)
        return one

    @rule(one=ids, submission=submissions, judgement=judgements, retried=st.booleans())
    def post_again(self, one, submission, judgement, retried):
        comment = self.known.get(one)
        op = comment.op if comment and retried else self.new()
        (receipt,) = self.arrivals.settle(SITE, [accepted(one, op, submission, judgement, 0, 0)])
        if comment and retried:
            assert receipt.received == comment.received
        else:
            assert receipt.erased if comment is None else receipt.known.op == comment.op

    @rule(one=ids, submission=submissions, judgement=judgements, band=bands, level=levels, stale=st.booleans())
    def edit(self, one, submission, judgement, band, level, stale):  # noqa: PLR0913, PLR0917
        edited = accepted(one, self.new(), submission, judgement, band, level)
        if one in self.erased:
            with pytest.raises(ErasedComment):
                self.arrivals.edit(SITE, seen_as(1, submission), edited)
            return
        comment = self.known[one]
        if stale:
            with pytest.raises(EditConflict):
                self.arrivals.edit(SITE, seen_as(comment.revision + 1, comment.submission), edited)
            return
        self.arrivals.edit(SITE, seen_as(comment.revision, comment.submission), edited)
        was = comment.status
        comment.submission, comment.judgement = submission, judgement
        comment.status = "pending" if was == "pending" else STATUS_OF[judgement.verdict]
        comment.revision += 1
        comment.decision, comment.decided_as, comment.barred, comment.edited_since = None, "", None, True
        if not comment.escalated_by:
            comment.undoable = []
        if comment.status == "pending":
            comment.facets = shelved(comment)
            comment.rank = level * LEVEL + comment.received % LEVEL
            if was != "pending":
                comment.place = int(self.redis.zscore(f"{{{SITE}}}:queue:all", one))
                assert comment.place // BAND == band
        self.told.append(("comment.edited", one))
        if comment.status != was:
            self.told.append((EVENT_OF[comment.status], one))
        self.urgent(one, comment.status, band)

    @rule(target=ids, submission=submissions, by=moderators)
    def post_reject_and_contest(self, submission, by):
        one = self.post(submission, Judgement("hold", {}, (), "m", 1, "en"), 31, LAST_LEVEL)
        self.decide(one, by, "reject", override=False, claim=None, admin=False, drawn=False)
        self.contest(one, "")
        return one

    @rule(one=ids, statement=st.sampled_from(["", "Unfair"]))
    def contest(self, one, statement):
        op, comment = self.new(), self.known.get(one)
        if comment is None:
            return
        record = self.comments.get(SITE, one)
        against = comment.decided_as or f"revision {comment.revision}"
        if comment.appeal is not None and comment.appeal == statement:
            assert not self.appeals.contest(SITE, op, record, statement).fresh
            return
        if comment.appeal is not None or comment.status != "rejected" or against in self.contests.get(one, ()):
            known = comment.appeal is not None or comment.status == "rejected"
            with pytest.raises(ContestedBefore if known else NotRejected):
                self.appeals.contest(SITE, op, record, statement)
            return
        rejecter = comment.decision and comment.decision[0]
        for _ in range(2):
            contest = self.appeals.contest(SITE, op, record, statement)
            assert contest.fresh
        self.contests[one] = (against, "")
        comment.status, comment.decision, comment.decided_as, comment.undoable = "pending", None, "", []
        comment.appeal, comment.kept_from, comment.barred = statement, rejecter, None
        comment.facets = shelved(comment)
        comment.place = APPEAL_BAND * BAND + contest.at
        comment.rank = LAST_LEVEL * LEVEL + comment.received % LEVEL
        self.told += [("comment.appealed", one), ("comment.held", one)]

    @rule(one=ids)
    def erase(self, one):
        self.comments.erase(SITE, one, "ada")
        if one not in self.erased:
            del self.known[one]
            self.erased.add(one)
            self.told.append(("comment.erased", one))

    # What moderators do.

    @rule(target=claims, by=moderators, limit=st.integers(1, 4), order=orders, shelf=shelves, retried=st.booleans())
    def claim(self, by, limit, order, shelf, retried):
        wanted = [one for one in self.ready(shelf, order) if self.known[one].kept_from != by][:limit]
        token = f"t-{self.new()}"
        for _ in range(1 + retried):
            claimed = self.lease(token, by, limit, order, shelf)
            assert claimed.ids == wanted
        for one in wanted:
            self.known[one].holder = (token, by)
        self.claimed[token] = wanted
        return token, by

    @rule(target=claims, by=moderators, limit=st.integers(1, 2), order=st.sampled_from(["priority", "oldest"]))
    def claim_from_all(self, by, limit, order):
        return self.claim(by, limit, order, Shelf(), retried=False)

    def lease(self, token, by, limit, order, shelf) -> Claim:
        return self.queue.claim(SITE, token, by, limit=limit, lease_seconds=3600, order=order, shelf=shelf)

    @rule(target=claims, one=ids, by=moderators, retried=st.booleans())
    def take_what_is_in_view(self, one, by, retried):
        assume(one in self.known)
        comment, token = self.known[one], f"t-{self.new()}"
        can = comment.status == "pending" and not comment.escalated_by and comment.kept_from != by
        if not can or comment.holder:
            assert self.queue.take(SITE, token, by, one, 3600) is None
            return multiple()
        for _ in range(1 + retried):
            assert self.queue.take(SITE, token, by, one, 3600).ids == [one]
        comment.holder, self.claimed[token] = (token, by), [one]
        return token, by

    @rule(claim=claims)
    def renew(self, claim):
        held = self.held_by(claim)
        if not held:
            with pytest.raises(LapsedClaim):
                self.queue.renew(SITE, *claim, 3600)
        else:
            assert sorted(self.queue.renew(SITE, *claim, 3600).ids) == sorted(held)

    @rule(claim=consumes(claims))
    def give_back(self, claim):
        held = self.held_by(claim)
        assert self.queue.give_back(SITE, *claim) == len(held)
        for one in held:
            self.known[one].holder = None

    @rule(claim=claims, one=ids)
    def skip(self, claim, one):
        if one not in self.claimed[claim[0]]:
            with pytest.raises(UnknownClaim):
                self.queue.give_back(SITE, *claim, one)
            return
        held = one in self.held_by(claim)
        assert self.queue.give_back(SITE, *claim, one) == held
        if held:
            self.known[one].holder = None

    @rule(claim=claims, by=moderators)
    def nobody_gives_back_anothers(self, claim, by):
        assume(by != claim[1])
        with pytest.raises(UnknownClaim):
            self.queue.give_back(SITE, claim[0], by)

    @rule(claim=claims)
    def let_the_lease_run_out(self, claim):
        held = self.held_by(claim)
        if held:
            self.redis.zadd(f"{{{SITE}}}:leases", dict.fromkeys(held, 1))
        for one in held:
            self.known[one].holder = None

    @rule(
        one=ids,
        by=moderators,
        action=actions,
        override=st.booleans(),
        claim=st.none() | claims,
        admin=st.booleans(),
        drawn=st.booleans(),
    )
    def decide(self, one, by, action, override, claim, admin, drawn):  # noqa: PLR0913, PLR0917
        op, decision = self.new(), Decision(one, action, claim=claim and claim[0], override=override)
        comment = self.known.get(one)
        refusal = ErasedComment if comment is None else refusal_of(comment, by, decision, admin)
        if refusal:
            with pytest.raises(refusal):
                self.queue.decide(SITE, op, by, decision, admin=admin)
            return
        if comment.decision == (by, action):
            assert self.queue.decide(SITE, op, by, decision) == comment.status
        elif action == "escalate" and comment.escalated_by:
            assert self.queue.decide(SITE, op, by, decision) == "pending"
        else:
            for _ in range(2):  # as the client does when the answer is lost
                made = self.queue.decide(SITE, op, by, decision, admin=admin, review_share=float(drawn))
                assert made == LEADS_TO[action]
            self.decided(one, op, by, action)
            if drawn and action != "escalate":
                (review,) = self.open().keys() - self.reviewed.keys()
                place = self.open()[review] % LEASED
                self.reviewed[review] = OpenReview(one, comment.revision, op, by, place)

    def decided(self, one, op, by, action):
        comment = self.known[one]
        before = replace(comment, holder=None, undoable=[])
        comment.undoable.append((by, before))
        comment.holder, comment.edited_since = None, False
        comment.status = LEADS_TO[action]
        self.told.append(("decision.made", one))
        if action == "escalate":
            comment.decision, comment.decided_as, comment.escalated_by, comment.barred = None, "", by, None
            if not comment.facets:
                comment.place = int(self.redis.zscore(f"{{{SITE}}}:queue:escalated/all", one))
                comment.rank = LAST_LEVEL * LEVEL + comment.place % LEVEL
            comment.facets = tuple(f"escalated/{facet}" for facet in comment.facets or ["all"])
            self.told.append(("comment.escalated", one))
        else:
            comment.decision, comment.decided_as = (by, action), op
            comment.escalated_by, comment.facets = None, ()
            if before.status != comment.status:
                self.told.append((EVENT_OF[comment.status], one))
            if before.appeal is not None:
                self.told.append(("appeal.decided", one))
                self.contests[one] = (self.contests[one][0], op)
            comment.barred, comment.appeal, comment.kept_from = before.kept_from, None, None

    @rule(one=ids, by=moderators)
    def undo(self, one, by):
        op, comment = self.new(), self.known.get(one)
        if comment is None or not comment.undoable or comment.undoable[-1][0] != by:
            refusal = ErasedComment if comment is None else NotYourDecision if comment.undoable else NothingToUndo
            with pytest.raises(refusal):
                self.queue.undo(SITE, op, by, one)
            return
        if comment.edited_since:
            with pytest.raises(OlderRevision):
                self.queue.undo(SITE, op, by, one)
            return
        _, before = comment.undoable.pop()
        for _ in range(2):
            assert self.queue.undo(SITE, op, by, one) == before.status
        self.told.append(("decision.undone", one))
        if before.status != comment.status:
            self.told.append((EVENT_OF[before.status], one))
        if before.appeal is not None and comment.appeal is None:
            self.contests[one] = (self.contests[one][0], "")
        self.known[one] = replace(before, undoable=comment.undoable)

    @rule(by=moderators, limit=st.integers(1, 3))
    def claim_reviews(self, by, limit):
        token, wanted = f"t-{self.new()}", []
        while not wanted:
            ready = [one for one, review in self.reviewed.items() if self.waits(review) and by != review.by]
            met = sorted(ready, key=lambda one: (self.reviewed[one].place, one))[:limit]
            wanted = [one for one in met if self.stands(self.reviewed[one])]
            for one in set(met) - set(wanted):
                del self.reviewed[one]
            if not met:
                break
        for _ in range(2):
            assert self.lease(token, by, limit, "priority", Shelf(reviews=True)).ids == wanted
        for one in wanted:
            self.reviewed[one].holder = (token, by)

    @rule(data=st.data(), by=moderators, action=st.sampled_from(["approve", "reject"]))
    def answer(self, data, by, action):
        assume(self.reviewed)
        one = data.draw(st.sampled_from(sorted(self.reviewed)))
        review = self.reviewed[one]
        reasons = [
            (review.answered == (by, action), None),
            (review.answered, ReviewedBefore),
            (not self.stands(review), VoidReview),
            (review.by == by, OwnReview),
            (review.holder and review.holder[1] != by, ClaimedByOther),
        ]
        refusal = next((refusal for so, refusal in reasons if so), None)
        if refusal:
            with pytest.raises(refusal):
                self.reviews.answer(SITE, self.new(), by, one, action, [])
            if refusal is VoidReview:
                del self.reviewed[one]
            return
        op = self.new()
        for _ in range(2):
            self.reviews.answer(SITE, op, by, one, action, [])
        review.answered, review.holder = (by, action), None

    @rule(by=moderators)
    def give_back_reviews(self, by):
        for token in {
            review.holder[0] for review in self.reviewed.values() if review.holder and review.holder[1] == by
        }:
            held = [review for review in self.reviewed.values() if review.holder == (token, by)]
            assert self.queue.give_back(SITE, token, by) == len(held)
            for review in held:
                review.holder = None

    def open(self) -> dict[str, int]:
        return {member.removeprefix(REVIEW): place for member, place in self.zset("queue:reviews/all").items()}

    def waits(self, review: OpenReview) -> bool:
        return not review.answered and not review.holder

    def stands(self, review: OpenReview) -> bool:
        comment = self.known.get(review.one)
        return comment is not None and (comment.revision, comment.decided_as) == (review.revision, review.of)

    @rule(order=orders, shelf=shelves, limit=st.integers(1, 3))
    def browse(self, order, shelf, limit):
        seen, after = [], None
        while True:
            page, after = self.queue.browse(SITE, order=order, limit=limit, after=after, shelf=shelf)
            seen += [one.id for one in page]
            for one in page:
                holder = self.known[one.id].holder
                assert (one.claim, one.claimed_by) == (holder or (None, None))
            if after is None:
                break
        wanted = [one for one, comment in self.known.items() if fits(comment, shelf)]
        assert sorted(seen) == sorted(wanted)
        ready = [one for one in seen if not self.known[one].holder]
        assert ready == seen[: len(ready)] == self.ready(shelf, order)

    # What must hold after each of them.

    @invariant()
    def nothing_is_lost(self):
        queued = {**self.zset("queue:all"), **self.zset("queue:escalated/all")}
        leased = sum(place >= LEASED for place in queued.values())
        decided = len(self.zset("list:decided"))
        judged = sum(not one.decision and one.status != "pending" for one in self.known.values())
        assert (len(queued) - leased) + leased + decided + judged == self.accepted - len(self.erased)
        assert leased == len(self.leases())

    @invariant()
    def every_comment_stands_where_the_model_says(self):
        for one, comment in self.known.items():
            kept = self.comments.get(SITE, one)
            assert (kept.status, kept.revision, kept.received) == (comment.status, comment.revision, comment.received)
            assert (kept.submission, kept.judgement) == (comment.submission, comment.judgement)
            assert (kept.decided_by, kept.action) == (comment.decision or (None, None))
            assert kept.escalated_by == comment.escalated_by
        for one in self.erased:
            assert set(self.redis.hgetall(f"{{{SITE}}}:comment:{one}")) == {"status", "at"}
        assert self.comments.get_many(SITE, [*self.known, *self.erased]).keys() == self.known.keys()
        with pytest.raises(UnknownComment):
            self.comments.get(SITE, "nowhere")

    @invariant()
    def pending_comments_are_in_their_facets_and_no_others(self):
        queues = {key.split(":queue:")[1] for key in self.redis.scan_iter(f"{{{SITE}}}:queue:*")}
        queues -= {name for name in queues if name.startswith("reviews/")}
        leases = self.zset("leases")
        found: dict[str, dict[str, int]] = {}
        for facet in queues:
            for one, place in self.zset(f"queue:{facet}").items():
                found.setdefault(one, {})[facet] = place
        wanted = {
            one: dict.fromkeys(comment.facets, comment.place + (LEASED if one in leases else 0))
            for one, comment in self.known.items()
            if comment.status == "pending"
        }
        assert found == wanted

    @invariant()
    def open_reviews_are_on_their_shelves_and_are_held_by_one(self):
        wanted = {one: review for one, review in self.reviewed.items() if not review.answered}
        places = {one: review.place + (LEASED if review.holder else 0) for one, review in wanted.items()}
        assert self.open() == places
        for by in ("ada", "bob", "cyd"):
            own = {f"{REVIEW}{one}": places[one] for one, review in wanted.items() if review.by == by}
            assert self.zset(f"queue:reviews/kept/{by}/all") == own
        assert self.zset("informative:reviews/all").keys() == {f"{REVIEW}{one}" for one in wanted}
        leased = {member for member in self.zset("leases") if member.startswith(REVIEW)}
        assert leased == {f"{REVIEW}{one}" for one, review in wanted.items() if review.holder}

    @invariant()
    def answers_are_counted_once(self):
        answered = [one for one in self.reviewed.values() if one.answered]
        assert sum(one.n for one in self.reviews.counted(SITE, days_kept(now_ms() - DAY_MS, NEVER))) == len(answered)

    @invariant()
    def pending_comments_have_their_rank_and_no_others_have(self):
        leases = self.zset("leases")
        wanted: dict[str, dict[str, int]] = {"all": {}, "escalated/all": {}}
        for one, comment in self.known.items():
            if comment.status == "pending":
                wanted[comment.facets[0]][one] = comment.rank + (LEASED if one in leases else 0)
        assert {kind: self.zset(f"informative:{kind}") for kind in wanted} == wanted

    @invariant()
    def ranked_sets_hold_their_facets_below_their_horizon_and_no_others(self):
        for named in self.redis.smembers(f"{{{SITE}}}:ranked"):
            ranked, facets = self.zset(f"ranked:{named}"), set(named.split("\n"))
            horizon = ranked.pop("")
            kind = "escalated/all" if named.startswith("escalated/") else "all"
            ranks = self.zset(f"informative:{kind}")
            assert ranked == {
                one: rank for one, rank in ranks.items() if facets <= set(self.known[one].facets) and rank < horizon
            }

    @invariant()
    def nobody_holds_what_another_holds(self):
        live = {
            one: self.redis.hget(f"{{{SITE}}}:comment:{one}", "claim")
            for one, ends in self.leases().items()
            if ends > 1
        }
        assert live == {one: comment.holder[0] for one, comment in self.known.items() if comment.holder}

    @invariant()
    def lists_and_counts_agree_with_the_comments(self):
        wanted: dict[str, dict[str, int]] = {}
        counts: dict[str, dict[str, str]] = {}
        for one, comment in self.known.items():
            author, article = comment.submission.author.id, comment.submission.article.id
            names = [comment.status, author and f"author:{author}", article and f"article:{article}"]
            for name in filter(None, names):
                wanted.setdefault(name, {})[one] = comment.received
            if author:
                by_status = counts.setdefault(author, {})
                by_status[comment.status] = str(int(by_status.get(comment.status, 0)) + 1)
        lists = [key.split(":list:")[1] for key in self.redis.scan_iter(f"{{{SITE}}}:list:*")]
        assert {name: self.zset(f"list:{name}") for name in lists if name != "decided"} == wanted
        assert self.zset("list:decided").keys() == {one for one, comment in self.known.items() if comment.decision}
        authors = [key.split(":author:")[1] for key in self.redis.scan_iter(f"{{{SITE}}}:author:*")]
        assert {author: self.redis.hgetall(f"{{{SITE}}}:author:{author}") for author in authors} == counts

    @invariant()
    def each_change_was_told_once_and_in_order(self):
        events = self.events.after(SITE, "", 10_000)
        assert [(event.type, event.comment_id) for event in events] == self.told

    # How the invariants look.

    def urgent(self, one: str, status: str, band: int) -> None:
        if band < URGENT_BANDS and status != "approved":
            self.told.append(("comment.urgent", one))

    def zset(self, name: str) -> dict[str, int]:
        return {one: int(score) for one, score in self.redis.zrange(f"{{{SITE}}}:{name}", 0, -1, withscores=True)}

    def leases(self) -> dict[str, int]:
        """The leases on comments."""
        return {one: ends for one, ends in self.zset("leases").items() if not one.startswith(REVIEW)}

    def held_by(self, claim: tuple[str, str]) -> list[str]:
        return [one for one, comment in self.known.items() if comment.holder == claim]

    def ready(self, shelf: Shelf, order: str) -> list[str]:
        def place(one: str) -> Any:
            comment = self.known[one]
            places = {"priority": comment.place, "oldest": comment.place % BAND, "informative": comment.rank}
            return places[order], one

        fitting = [one for one, comment in self.known.items() if fits(comment, shelf) and not comment.holder]
        return sorted(fitting, key=place)


def accepted(one, op, submission, judgement, band, level) -> Acceptance:  # noqa: PLR0913, PLR0917
    return Acceptance(one, op, "d", submission, judgement, band, 1 - level / LAST_LEVEL)


def fits(comment: Known, shelf: Shelf) -> bool:
    return set(shelf.facets().split("\n")) <= set(comment.facets)


def shelved(comment: Known) -> tuple[str, ...]:
    """The facets of a pending comment."""
    names = facets(comment.submission, comment.judgement)
    if comment.appeal is not None:
        names.append("reason:appeal")
    if comment.kept_from:
        names += [f"kept/{comment.kept_from}/{name}" for name in names]
    return tuple(f"escalated/{name}" if comment.escalated_by else name for name in names)


def refusal_of(comment: Known, by: str, decision: Decision, admin: bool) -> type[Exception] | None:
    """Why a decision must be refused, if it must."""
    same = comment.decision == (by, decision.action) or (decision.action == "escalate" and comment.escalated_by)
    token, holder = comment.holder or (None, by)
    reasons = [
        (comment.kept_from == by, OwnAppeal),
        (same, None),
        (comment.decision and not decision.override, DecisionStands),
        (comment.decision and comment.barred == by, OwnAppeal),
        (comment.escalated_by and not admin, EscalatedComment),
        (decision.claim and decision.claim != token, LapsedClaim),
        (holder != by and not decision.override, ClaimedByOther),
    ]
    return next((refusal for so, refusal in reasons if so), None)


def seen_as(revision: int, submission: Submission) -> Any:
    """Stands for a record of which only the revision and the text are asked."""
    return type("Seen", (), {"revision": revision, "submission": submission})()


@pytest.mark.usefixtures("ranked_at_once")
def test_nothing_is_lost_held_twice_or_miscounted_whatever_is_done(store):
    machine = type("OnThisServer", (Moderation,), {"store": store})
    try_in_any_order(machine, examples=80, steps=40)
