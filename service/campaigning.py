"""What is done to a campaign is done to its members, one by one, in slices that a killed process leaves for another.

The store keeps what was decided or taken back before the first member hears of it, and each member knows the operation
again, so that whoever goes on, the moderator's own repeated request or the background process, doubles nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from model.informative import informativeness
from service.moderation.comment import Reason
from service.moderation.judge import band_of
from service.store.campaigns import Campaign, CampaignDecided, Campaigns, Held, Member, Said, Undoing, UnknownCampaign
from service.store.comments import Comments, UnknownComment
from service.store.queue import (
    ClaimedByOther,
    Decision,
    DecisionStands,
    EscalatedComment,
    NothingToUndo,
    NotYourDecision,
    Queue,
    UnderAppeal,
    Withdrawn,
)
from service.store.records import ErasedComment, Record
from service.store.retention import now_ms

PATIENCE: Final = 30_000
"""Ms that a request has to reach all members before the background process helps."""

ROUNDS: Final = 5
"""Times that a campaign is gone through while more comes; the rest is for the next call."""

SLICE: Final = 200
"""Members that are told in one round trip."""

LARGE: Final = 2000
"""Members from which a request that may not take long leaves them to the background process: some 0.7 s of work."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A member that was left as it is, and by whom, if that is known.

    `why` is `claimed`, `decided`, `edited`, `appealed` or `escalated`.
    """

    id: str
    why: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """Which members a decision on their campaign reached, or its taking back, and which it did not."""

    ids: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


class Campaigning:
    """Decides on campaigns, takes that back, and holds what was approved before a campaign was found.

    :param at_once: members that are told in one round trip.
    :param large: members from which a campaign is large, for `begin` and `begin_undo`.
    """

    def __init__(
        self, campaigns: Campaigns, comments: Comments, queue: Queue, at_once: int = SLICE, large: int = LARGE
    ) -> None:
        self._campaigns = campaigns
        self._comments = comments
        self._queue = queue
        self._at_once, self._large = at_once, large

    def preview(self, site: str, by: str, campaign_id: str, said: Said) -> Reached:
        """Which members a decision would reach now; nothing is changed.

        :raises UnknownCampaign: the site has no such campaign.
        :raises CampaignDecided: another decision stands.
        """
        campaign = self._campaigns.get(site, campaign_id)
        if campaign.said and (campaign.decided_by, campaign.said) != (by, said):
            raise CampaignDecided(campaign.decided_by or "", campaign.said.action)
        reached = Reached()
        for page in self._pages(site, campaign_id, ""):
            for member in page:
                if member.apart:
                    reached.skipped.append(Skipped(member.id, member.apart))
                elif member.decision and (member.decided_by, member.action) != (by, said.action):
                    reached.skipped.append(Skipped(member.id, "decided", member.decided_by))
                elif member.claimed_by not in (None, by):
                    reached.skipped.append(Skipped(member.id, "claimed", member.claimed_by))
                else:
                    reached.ids.append(member.id)
        return reached

    def decide(self, site: str, op: str, by: str, campaign_id: str, said: Said) -> Reached:
        """Makes a decision stand on a campaign and tells its members; the same again tells those that came since.

        :raises UnknownCampaign: there is nothing to decide on.
        :raises CampaignDecided: another decision stands, which its moderator has to take back first.
        """
        standing = self._decided(site, op, by, campaign_id, said, PATIENCE)
        reached = Reached()
        if standing is not None:
            last = self._tell(site, campaign_id, standing, by, said, "", reached)
            self._campaigns.done(site, campaign_id, decision=standing, last=last)
        return reached

    def begin(self, site: str, op: str, by: str, campaign_id: str, said: Said) -> Reached | None:
        """As `decide`, but what members of a large campaign are to be told is left to the background process.

        That begins at once, and nobody waits for it: the answer is None then.
        """
        if self._campaigns.get(site, campaign_id).size < self._large:
            return self.decide(site, op, by, campaign_id, said)
        self._decided(site, op, by, campaign_id, said, 0)
        return None

    def undo(self, site: str, op: str, by: str, campaign_id: str) -> Reached:
        """Takes this moderator's decision back from every member that has it still; all of them are as before it.

        :raises UnknownCampaign, NothingToUndo, NotYourDecision: there is nothing to take back.
        """
        self._undone(site, op, by, campaign_id, PATIENCE)
        reached = Reached()
        self._finish(site, campaign_id, reached)
        return reached

    def begin_undo(self, site: str, op: str, by: str, campaign_id: str) -> Reached | None:
        """As `undo`, but of a large campaign it is left to the background process, as by `begin`."""
        if self._campaigns.get(site, campaign_id).size < self._large:
            return self.undo(site, op, by, campaign_id)
        self._undone(site, op, by, campaign_id, 0)
        return None

    def catch_up(self, site: str) -> int:
        """Does what is left to do on the site's campaigns; says how many there were."""
        due = self._campaigns.due(site, now_ms())
        for campaign_id in due:
            self._finish(site, campaign_id, Reached())
        return len(due)

    def finish(self, site: str, campaign_id: str) -> None:
        """Does what is left to do on one campaign."""
        self._finish(site, campaign_id, Reached())

    def _decided(  # noqa: PLR0913, PLR0917  # as the store's
        self, site: str, op: str, by: str, campaign_id: str, said: Said, patience: int
    ) -> str | None:
        try:
            return self._campaigns.decide(site, op, by, campaign_id, said, patience)
        except Undoing:
            self._finish(site, campaign_id, Reached())
            return self._campaigns.decide(site, op, by, campaign_id, said, patience)

    def _undone(self, site: str, op: str, by: str, campaign_id: str, patience: int) -> None:
        answer, *rest = self._campaigns.undo(site, op, by, campaign_id, patience)
        if answer == "unknown":
            raise UnknownCampaign(campaign_id)
        if answer == "none":
            raise NothingToUndo
        if answer == "other":
            raise NotYourDecision(rest[0])

    def _finish(self, site: str, campaign_id: str, reached: Reached) -> None:
        for _ in range(ROUNDS):
            try:
                campaign = self._campaigns.get(site, campaign_id)
            except UnknownCampaign:
                self._campaigns.done(site, campaign_id)
                return
            last = undone = ""
            if campaign.undoing and campaign.undone:
                undone = campaign.undone
                self._take_back(site, campaign, undone, reached)
            if campaign.decision and campaign.said:
                by = campaign.decided_by or ""
                last = self._tell(site, campaign_id, campaign.decision, by, campaign.said, campaign.told, Reached())
            held = campaign.holding and not campaign.decision
            if held:
                last = self._hold(site, campaign)
            decision = campaign.decision or ""
            if self._campaigns.done(site, campaign_id, decision=decision, last=last, undone=undone, held=held):
                return

    def _tell(  # noqa: PLR0913, PLR0917  # who says what to whom
        self, site: str, campaign_id: str, op: str, by: str, said: Said, after: str, reached: Reached
    ) -> str:
        """Decides on each member behind a position; says where it ended."""
        for page in self._pages(site, campaign_id, after):
            members = [member for member in page if member.ruled != op]
            decisions = [
                (op, Decision(one.id, said.action, said.labels, said.note, said.term, campaign=campaign_id))
                for one in members
            ]
            outcomes = self._queue.try_all(site, decisions, by) if decisions else []
            _sort(members, outcomes, reached)
            after = page[-1].position
            if any(isinstance(outcome, Withdrawn) for outcome in outcomes):
                break
        return after

    def _take_back(self, site: str, campaign: Campaign, undone: str, reached: Reached) -> None:
        """Undoes a decision on each member that has it, and holds those that it ruled on their arrival."""
        for page in self._pages(site, campaign.id, ""):
            having = [member for member in page if member.decision == undone]
            outcomes = self._queue.undo_all(
                site, campaign.undo, campaign.undone_by, campaign.id, undone, [one.id for one in having]
            )
            _sort(having, outcomes, reached)
            others = [one for one in page if one.decision not in (None, undone)]
            reached.skipped.extend(Skipped(one.id, "decided", one.decided_by) for one in others)
            ruled = [one for one in page if one.ruled == undone and not one.decision]
            reached.ids.extend(self._held(site, campaign, ruled, undone))

    def _hold(self, site: str, campaign: Campaign) -> str:
        """Holds what was approved before the campaign was found; says where it ended."""
        after = ""
        for page in self._pages(site, campaign.id, ""):
            self._held(site, campaign, [one for one in page if one.status == "approved" and not one.decision], "")
            after = page[-1].position
        return after

    def _held(self, site: str, campaign: Campaign, members: Sequence[Member], ruled: str) -> list[str]:
        """Brings members into the queue, for one more reason; which of them came.

        :param ruled: the decision that they met on their arrival and that was taken back, or "".
        """
        reason = Reason("campaign", f"one of {campaign.size} near copies")
        came: list[str] = []
        for status in ("approved", "rejected") if campaign.found else ("rejected",):
            ids = [one.id for one in members if one.status == status]
            held = [_judged_again(one, reason) for one in self._comments.get_many(site, ids).values()]
            answers = self._campaigns.hold(site, campaign.id, held, status, ruled)
            came += [one.record.id for one, yes in zip(held, answers, strict=True) if yes]
        return came

    def _pages(self, site: str, campaign_id: str, after: str) -> Iterator[list[Member]]:
        while page := self._campaigns.members(site, campaign_id, after, self._at_once):
            yield page
            after = page[-1].position


def _judged_again(record: Record, reason: Reason) -> Held:
    """A member that the machine would hold, now that it knows of the others."""
    before = record.judgement
    reasons = (*(one for one in before.reasons if one.code != reason.code), reason)
    return Held(
        record=record,
        judgement=replace(before, verdict="hold", reasons=reasons),
        band=band_of(reasons),
        informativeness=informativeness(before.scores, 1),
    )


def _sort(members: Sequence[Member], outcomes: Sequence[object], reached: Reached) -> None:
    """Who was reached and who was not; those that went meanwhile are neither."""
    for member, outcome in zip(members, outcomes, strict=True):
        if isinstance(outcome, DecisionStands):
            reached.skipped.append(Skipped(member.id, "decided", outcome.by))
        elif isinstance(outcome, ClaimedByOther):
            reached.skipped.append(Skipped(member.id, "claimed", outcome.args[0]))
        elif isinstance(outcome, UnderAppeal):
            reached.skipped.append(Skipped(member.id, "appealed"))
        elif isinstance(outcome, EscalatedComment):
            reached.skipped.append(Skipped(member.id, "escalated"))
        elif isinstance(outcome, UnknownComment | ErasedComment | Withdrawn | NothingToUndo):
            continue
        elif isinstance(outcome, Exception):
            reached.skipped.append(Skipped(member.id, "edited"))
        else:
            reached.ids.append(member.id)
