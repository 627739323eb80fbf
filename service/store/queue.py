"""The moderators' queue: claims with leases, decisions and their undoing, and its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Final, Literal

import orjson

from model import ATTRIBUTES
from service.moderation.comment import Action, Status
from service.moderation.judge import REASON_CODES
from service.store.comments import UnknownComment
from service.store.connection import Store
from service.store.records import ErasedComment, facet

Order = Literal["priority", "oldest", "informative"]

ESCALATED: Final = "escalated/"
REVIEWS: Final = "reviews/"
"""What the facets of an escalated comment start with, and those of a blind review."""

REVIEW: Final = "review/"
"""What a review's name in the queue starts with."""

LOT: Final = SystemRandom()
"""Draws the decisions that are reviewed; nobody can foresee it."""

COUNTED_FACETS: Final = (
    *(facet("reason", code) for code in REASON_CODES),
    *(facet("attribute", attribute) for attribute in ATTRIBUTES),
)


class UnknownClaim(Exception):
    """This moderator has no such claim."""


class LapsedClaim(Exception):
    """The claim holds the comment no more: its lease ran out, or the comment was decided."""


class ClaimedByOther(Exception):
    """Somebody else holds the comment at the moment."""


class NothingToUndo(Exception):
    """No decision stands on the comment that could be taken back."""


class NotYourDecision(Exception):
    """The decision that stands is another moderator's; the argument names them."""


class OlderRevision(Exception):
    """The comment was edited since the revision that was decided on; the argument is the one that stands."""


class OwnAppeal(Exception):
    """The comment's author contests, or contested, this moderator's own decision: it is for others to decide."""


class EscalatedComment(Exception):
    """The comment was escalated: only an admin decides on it."""


class UnderAppeal(Exception):
    """The comment's author contests a rejection: it is decided by itself, not with its campaign."""


class Withdrawn(Exception):
    """The decision on the campaign, of which the comment is a member, was taken back meanwhile."""


class DecisionStands(Exception):
    """Another decision came first: `by` made it, and `action` is what it says."""

    def __init__(self, by: str, action: str) -> None:
        super().__init__(by, action)
        self.by, self.action = by, action


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a claim or a look at the queue is narrowed to; `older_than` is ms of arrival, 0 for any.

    With `reviews` it is about blind reviews and not about comments.
    """

    reason: str | None = None
    attribute: str | None = None
    section: str | None = None
    language: str | None = None
    older_than: int = 0
    escalated: bool = False
    reviews: bool = False

    def facets(self) -> str:
        """The queue's facets that a comment must have, one a line."""
        named = [
            facet(kind, value)
            for kind, value in (
                ("reason", self.reason),
                ("attribute", self.attribute),
                ("section", self.section),
                ("language", self.language),
            )
            if value is not None
        ]
        shelves = named or ["all"]
        kind = REVIEWS if self.reviews else ESCALATED if self.escalated else ""
        return "\n".join(kind + one for one in shelves)


@dataclass(frozen=True, slots=True)
class Claim:
    """Comments, or reviews, leased to one moderator until `ends` (ms)."""

    token: str
    ends: int
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending comment, and who holds it until when (ms), if anybody does."""

    id: str
    claim: str | None
    claimed_by: str | None
    lease_ends: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a moderator says of a comment; `claim` and `revision` are checked when given.

    `campaign` is the one that was decided on, where this is what that says of a member.
    """

    id: str
    action: Action
    labels: tuple[str, ...] = ()
    note: str | None = None
    term: str | None = None
    claim: str | None = None
    override: bool = False
    revision: int | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The queue in numbers; times in ms."""

    now: int
    pending: int
    claimed: int
    escalated: int
    oldest: int | None
    by_facet: dict[str, int]
    times_to_claim: list[int]
    times_to_decision: list[int]
    reviews: int

    @property
    def oldest_seconds(self) -> float | None:
        """For how long the oldest has waited."""
        return (self.now - self.oldest) / 1000 if self.oldest else None

    def by(self, kind: str) -> dict[str, int]:
        """How many have which `reason`, or which `attribute`; those that none has are left out."""
        return {name.partition(":")[2]: n for name, n in self.by_facet.items() if n and name.startswith(f"{kind}:")}


class Queue:
    """The queues of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(  # noqa: PLR0913
        self, site: str, token: str, by: str, *, limit: int, lease_seconds: int, order: Order, shelf: Shelf
    ) -> Claim:
        """Leases up to `limit` ready comments, none kept from this moderator; the same token gets the same claim."""
        place = last = ""
        while True:
            answer = self._store.run(
                "claim",
                site,
                token,
                by,
                lease_seconds * 1000,
                limit,
                order,
                shelf.older_than,
                place,
                last,
                shelf.facets(),
            )
            if answer[0] == "claimed":
                return _claim(token, *answer[1:])
            _, place, last = answer

    def renew(self, site: str, token: str, by: str, lease_seconds: int) -> Claim:
        """Renews what the claim still holds.

        :raises UnknownClaim: this moderator has no such claim.
        :raises LapsedClaim: it holds nothing any more.
        """
        ends, *ids = self._store.run("renew", site, token, by, lease_seconds * 1000)
        if ends == 0:
            raise UnknownClaim(token)
        if ends < 0:
            raise LapsedClaim(token)
        return _claim(token, ends, *ids)

    def take(self, site: str, token: str, by: str, comment_id: str, lease_seconds: int) -> Claim | None:
        """Leases one comment that waits to a moderator who has it in view; None where it cannot be had."""
        ends = self._store.run("take", site, token, by, lease_seconds * 1000, comment_id)
        return _claim(token, ends, comment_id) if ends else None

    def give_back(self, site: str, token: str, by: str, comment_id: str = "") -> int:
        """Gives back a claim, or one comment or review of it; says how many were still held.

        :raises UnknownClaim: this moderator has no such claim, or the comment was never in it.
        """
        given = int(self._store.run("give_back", site, token, by, comment_id))
        if given < 0:
            raise UnknownClaim(token)
        return given

    def browse(
        self, site: str, *, order: Order, limit: int, after: tuple[str, str] | None, shelf: Shelf
    ) -> tuple[list[Waiting], tuple[str, str] | None]:
        """Pending comments in order, leased ones last, and where to go on (a place or a rank, and an id).

        There is nowhere to go on, None, at the end.
        """
        found: list[Waiting] = []
        place, last = after or ("", "")
        while True:
            place, last, *page = self._store.run("browse", site, order, limit - len(found), place, last, shelf.facets())
            found += [Waiting(one, token or None, by or None, ends or None) for one, token, by, ends in page]
            if not place or len(found) == limit:
                return found, (place, last) if place else None

    def decide(  # noqa: PLR0913
        self, site: str, op: str, by: str, decision: Decision, *, admin: bool = False, review_share: float = 0.0
    ) -> Status:
        """Makes a decision stand and says where the comment stands now; the same again changes nothing.

        :param admin: whether an admin decides: nobody else does on an escalated comment.
        :param review_share: the share of decisions that a second moderator reviews; drawn here, once for all repeats.
        :raises UnknownComment, ErasedComment: there is nothing to decide on.
        :raises DecisionStands, ClaimedByOther, LapsedClaim, OlderRevision: somebody or something came first.
        :raises OwnAppeal, EscalatedComment: it is for others to decide.
        """
        return _or_raise(self.try_all(site, [(op, decision)], by, admin=admin, review_share=review_share)[0])

    def try_all(
        self,
        site: str,
        decisions: Sequence[tuple[str, Decision]],
        by: str,
        *,
        admin: bool = False,
        review_share: float = 0.0,
    ) -> list[Status | Exception]:
        """Several decisions in one round trip: for each, where the comment stands or why it was refused."""
        calls = [
            (
                decision.id,
                op,
                by,
                decision.action,
                decision.claim or "",
                int(decision.override),
                decision.revision or "",
                orjson.dumps(_words(decision)),
                orjson.dumps(_told(decision, by)),
                int(admin),
                review_share if LOT.random() < review_share else "",
                decision.campaign or "",
            )
            for op, decision in decisions
        ]
        return [_outcome(answer) for answer in self._store.run_all("decide", site, calls)]

    def undo(self, site: str, op: str, by: str, comment_id: str) -> Status:
        """Takes back this moderator's own last decision: everything is as it was before.

        :raises UnknownComment, ErasedComment, NothingToUndo, NotYourDecision: there is nothing to take back.
        :raises OlderRevision: the comment was edited since.
        """
        return _or_raise(_outcome(self._store.run("undo", site, comment_id, op, by, orjson.dumps({"by": by}), "")))

    def undo_all(  # noqa: PLR0913, PLR0917  # whose, of what, of which
        self, site: str, op: str, by: str, campaign: str, decision: str, ids: Sequence[str]
    ) -> list[Status | Exception]:
        """Takes one decision back from several members of a campaign, in one round trip, where it still stands."""
        told = orjson.dumps({"by": by, "campaign": campaign})
        calls = [(comment_id, op, by, told, decision) for comment_id in ids]
        return [_outcome(answer) for answer in self._store.run_all("undo", site, calls)]

    def release_expired(self, site: str) -> int:
        """Gives back what leases that ran out held; says how many are live."""
        return int(self._store.run("release", site))

    def figures(self, site: str) -> Figures:
        """The queue in numbers."""
        now, pending, claimed, escalated, oldest, by_facet, to_claim, to_decision, reviews = self._store.run(
            "counts", site, "\n".join([*COUNTED_FACETS, *(ESCALATED + facet for facet in COUNTED_FACETS)])
        )
        return Figures(
            now=now,
            pending=pending,
            claimed=claimed,
            escalated=escalated,
            oldest=oldest or None,
            by_facet={
                facet: ordinary + escalated_ones
                for facet, ordinary, escalated_ones in zip(
                    COUNTED_FACETS, by_facet[: len(COUNTED_FACETS)], by_facet[len(COUNTED_FACETS) :], strict=True
                )
            },
            times_to_claim=[int(ms) for ms in to_claim],
            times_to_decision=[int(ms) for ms in to_decision],
            reviews=reviews,
        )


def _claim(token: str, ends: int, *members: str) -> Claim:
    return Claim(token, ends, [member.removeprefix(REVIEW) for member in members])


def _words(decision: Decision) -> dict[str, Any]:
    """What the history keeps of a decision beside its time and its maker."""
    said = {
        "action": decision.action,
        "labels": decision.labels,
        "note": decision.note,
        "term": decision.term,
        "campaign": decision.campaign,
    }
    return {name: value for name, value in said.items() if value is not None}


def _told(decision: Decision, by: str) -> dict[str, Any]:
    """What an event says of a decision."""
    told = {"action": decision.action, "labels": decision.labels, "by": by}
    return told if decision.campaign is None else {**told, "campaign": decision.campaign}


def _or_raise(outcome: Status | Exception) -> Status:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _outcome(answer: Sequence[Any]) -> Status | Exception:
    kind, *rest = answer
    if kind in ("made", "same", "undone"):
        status: Status = rest[0]
        return status
    refusals: dict[str, type[Exception]] = {
        "unknown": UnknownComment,
        "erased": ErasedComment,
        "revision": OlderRevision,
        "claimed": ClaimedByOther,
        "lapsed": LapsedClaim,
        "stands": DecisionStands,
        "own-appeal": OwnAppeal,
        "escalated": EscalatedComment,
        "withdrawn": Withdrawn,
        "appealed": UnderAppeal,
        "none": NothingToUndo,
        "other": NotYourDecision,
    }
    return refusals[kind](*rest)
