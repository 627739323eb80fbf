"""Campaigns: near copies that were grouped as they arrived, and what was decided on them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, Literal

import orjson
from redis import Redis

from service.moderation.comment import Judgement, Status
from service.store.connection import Store, site_key
from service.store.records import (
    Record,
    facets,
    judgement_from,
    judgement_json,
    level_of,
    submission_from,
    verdict_json,
)

BulkAction = Literal["approve", "reject"]

DUE_AT_ONCE: Final = 100
"""Campaigns with work left that are taken up at once."""

AUTHORS_OF: Final = 2000
PAGE: Final = 500
"""Members whose authors are counted, and how many of them one run of a script looks up."""


class UnknownCampaign(Exception):
    """The site has no such campaign."""


class CampaignDecided(Exception):
    """A decision stands on the campaign: `by` made it, and `action` is what it says."""

    def __init__(self, by: str, action: str) -> None:
        super().__init__(by, action)
        self.by, self.action = by, action


class Undoing(Exception):
    """A decision that was taken back has not been taken back from every member yet."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a moderator says of a whole campaign."""

    action: BulkAction
    labels: tuple[str, ...] = ()
    note: str | None = None
    term: str | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is kept; times in ms, counts of members by where they stand.

    `sample` is a member's id. `found` is set once the campaign reached the policy's size, and
    `holding` as long as members that were approved before may not be held yet. `decision` is the operation
    that decided it, `told` the last member that was told; `undone` the last one that was taken back, by `undo`, and
    `undoing` as long as some members may still have it.
    """

    id: str
    sample: str
    first: int
    last: int
    pending: int
    approved: int
    rejected: int
    found: bool
    holding: bool = False
    decision: str | None = None
    decided_by: str | None = None
    decided_at: int | None = None
    said: Said | None = None
    told: str = ""
    undone: str | None = None
    undone_by: str = ""
    undo: str = ""
    undoing: bool = False

    @property
    def size(self) -> int:
        """How many members there are."""
        return self.pending + self.approved + self.rejected

    @property
    def action(self) -> str | None:
        """What was decided, if anything stands."""
        return self.said.action if self.said else None


@dataclass(frozen=True, slots=True)
class Authors:
    """Who wrote a campaign: how many authors with an id, how many members without one, of how many members."""

    named: int
    unnamed: int
    of: int


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member of a campaign stands; `ruled` is the campaign's decision that it met on its arrival.

    `apart` is `appealed` or `escalated` for one that is decided by itself.
    """

    id: str
    received: int
    status: Status
    decision: str | None
    decided_by: str | None
    action: str | None
    ruled: str | None
    claimed_by: str | None
    apart: str | None

    @property
    def position(self) -> str:
        """Where a walk through the members goes on behind it."""
        return f"{self.received}.{self.id}"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A comment that may be like another one; `received` in ms.

    `decided_by` and `action` say which decision stands on it; `as_one` says that it was made on its campaign.
    """

    id: str
    body: str
    judgement: Judgement
    status: Status
    received: int
    decided_by: str | None
    action: str | None
    as_one: bool
    campaign: str | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What may be like a comment, and the campaign that it is a member of, if any, with how many members."""

    campaign: str | None
    size: int
    found: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A member judged again, that shall wait for a moderator; `informativeness` is in [0, 1]."""

    record: Record
    judgement: Judgement
    band: int
    informativeness: float


class Campaigns:
    """The campaigns of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, site: str, campaign_id: str) -> Campaign:
        """One campaign.

        :raises UnknownCampaign: the site has no such campaign.
        """
        found = self._get_many(site, [campaign_id])
        if not found:
            raise UnknownCampaign(campaign_id)
        return found[0]

    def largest(self, site: str, limit: int, after: tuple[int, str] | None) -> tuple[list[Campaign], str | None]:
        """Campaigns with pending members, those with the most of them first, and where to go on."""
        return self._listed(site, site_key(site, "campaigns"), limit, after)

    def decided(self, site: str, limit: int, after: tuple[int, str] | None) -> tuple[list[Campaign], str | None]:
        """Campaigns on which a decision stands, the last ones first, and where to go on."""
        return self._listed(site, site_key(site, "campaigns", "decided"), limit, after)

    def authors(self, site: str, campaign_id: str) -> Authors:
        """How many wrote the members, of which the first `AUTHORS_OF` are looked at."""
        key = site_key(site, "campaign", campaign_id, "members")
        ids = self._store.call(lambda client: client.zrange(key, 0, AUTHORS_OF - 1))
        pages = [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]
        told = chain.from_iterable(self._store.run_all("authors_of", site, pages)) if pages else ()
        counted = Counter(told)
        return Authors(len(counted) - ("" in counted), counted[""], len(ids))

    def working(self, site: str, campaign_id: str) -> bool:
        """Whether work is left to do on a campaign: a decision or its taking back has not reached every member."""
        key = site_key(site, "campaigns", "due")
        return self._store.call(lambda client: client.zscore(key, campaign_id)) is not None

    def members(self, site: str, campaign_id: str, after: str, limit: int) -> list[Member]:
        """Members by arrival behind a position, "" for the first; none at the end."""
        received, _, last = after.partition(".")
        found = self._store.run("campaign_look", site, campaign_id, received, last, limit)
        return [
            Member(one, int(ms), status, *(value or None for value in rest))
            for one, ms, status, *rest in found
            if status
        ]

    def neighbours(self, site: str, comment_id: str, bands: Sequence[str], members: int) -> Neighbours:
        """What may be like a comment: by its fingerprint, and so many members of its campaign, or of the one found."""
        campaign, size, found = self._store.run("similar", site, comment_id, " ".join(bands), members)
        return Neighbours(campaign or None, size, tuple(_neighbour(*one) for one in found))

    def decide(  # noqa: PLR0913, PLR0917  # whose, on what, what
        self, site: str, op: str, by: str, campaign_id: str, said: Said, patience: int
    ) -> str | None:
        """Makes a decision stand; its operation, which is another's where this moderator said the same before.

        None where this very decision was taken back since.

        :param patience: ms that the caller has to tell all members before others do it.
        :raises UnknownCampaign: there is nothing to decide on.
        :raises CampaignDecided: another decision stands.
        :raises Undoing: the last one is still being taken back.
        """
        words = orjson.dumps(_words(said))
        audited = orjson.dumps({"action": said.action, "labels": said.labels})
        answer = self._store.run("campaign_decide", site, campaign_id, op, by, said.action, words, audited, patience)
        if answer[0] == "unknown":
            raise UnknownCampaign(campaign_id)
        if answer[0] == "stands":
            raise CampaignDecided(*answer[1:])
        if answer[0] == "undoing":
            raise Undoing(campaign_id)
        return str(answer[1]) if answer[0] == "made" else None

    def undo(self, site: str, op: str, by: str, campaign_id: str, patience: int) -> Sequence[str]:
        """Takes this moderator's decision back: the script's answer, see `campaign_undo.lua`."""
        answer: Sequence[str] = self._store.run("campaign_undo", site, campaign_id, op, by, patience)
        return answer

    def done(  # noqa: PLR0913  # all that may have been done
        self, site: str, campaign_id: str, *, decision: str = "", last: str = "", undone: str = "", held: bool = False
    ) -> bool:
        """Notes what all members were told, up to the position `last`; whether nothing is left to do."""
        return bool(self._store.run("campaign_done", site, campaign_id, decision, last, undone, int(held)))

    def due(self, site: str, now: int) -> list[str]:
        """Campaigns with work left that somebody should take up by now (ms)."""
        key = site_key(site, "campaigns", "due")
        found: list[str] = self._store.call(
            lambda client: client.zrangebyscore(key, "-inf", now, start=0, num=DUE_AT_ONCE)
        )
        return found

    def hold(self, site: str, campaign_id: str, held: Sequence[Held], status: Status, ruled: str) -> list[bool]:
        """Brings members into the queue that stand at `status` undecided; which of them came.

        :param ruled: the decision that they must have met on arrival, or "".
        """
        calls = [
            (
                one.record.id,
                campaign_id,
                status,
                ruled,
                one.record.revision,
                judgement_json(one.judgement),
                one.band,
                level_of(one.informativeness),
                "\n".join(facets(one.record.submission, one.judgement)),
                verdict_json(one.judgement, one.record.revision),
            )
            for one in held
        ]
        return [answer[0] == "held" for answer in self._store.run_all("hold", site, calls)] if calls else []

    def _listed(
        self, site: str, key: str, limit: int, after: tuple[int, str] | None
    ) -> tuple[list[Campaign], str | None]:
        """A page of a sorted set of campaigns, the highest first."""
        top = after[0] if after else "+inf"
        found: list[tuple[str, float]] = []
        offset = 0
        while True:
            page = self._store.call(partial(_page, key=key, top=top, offset=offset, limit=limit))
            found += [one for one in page if after is None or (int(one[1]), one[0]) < after]
            offset += limit
            if len(found) >= limit or len(page) < limit:
                break
        found = found[:limit]
        behind = f"{int(found[-1][1])}.{found[-1][0]}" if len(found) == limit else None
        return self._get_many(site, [one for one, _ in found]), behind

    def _get_many(self, site: str, ids: Sequence[str]) -> list[Campaign]:
        def build(pipeline: Any) -> None:
            for campaign_id in ids:
                pipeline.hgetall(site_key(site, "campaign", campaign_id))

        kept = self._store.together(build) if ids else []
        return [_campaign(one, fields) for one, fields in zip(ids, kept, strict=True) if fields]


def _page(client: Redis, *, key: str, top: int | str, offset: int, limit: int) -> list[tuple[str, float]]:
    found: Any = client.zrevrangebyscore(key, top, "-inf", start=offset, num=limit, withscores=True)
    return found  # type: ignore[no-any-return]


def _campaign(campaign_id: str, kept: dict[str, str]) -> Campaign:
    return Campaign(
        id=campaign_id,
        sample=kept["sample"],
        first=int(kept["first"]),
        last=int(kept["last"]),
        pending=int(kept.get("pending", 0)),
        approved=int(kept.get("approved", 0)),
        rejected=int(kept.get("rejected", 0)),
        found="found" in kept,
        holding="holding" in kept,
        decision=kept.get("decision"),
        decided_by=kept.get("decided_by"),
        decided_at=int(kept["decided_at"]) if "decided_at" in kept else None,
        said=_said(kept["said"]) if "said" in kept else None,
        told=kept.get("told", ""),
        undone=kept.get("undone"),
        undone_by=kept.get("undone_by", ""),
        undo=kept.get("undo", ""),
        undoing="undoing" in kept,
    )


def _neighbour(  # noqa: PLR0913, PLR0917  # as the script answers
    comment_id: str,
    posted: str,
    judged: str,
    status: Status,
    received: str,
    by: str,
    action: str,
    as_one: int,
    campaign: str,
) -> Neighbour:
    body, judgement = submission_from(posted).body, judgement_from(judged)
    told = (by or None, action or None, bool(as_one), campaign or None)
    return Neighbour(comment_id, body, judgement, status, int(received), *told)


def _words(said: Said) -> dict[str, Any]:
    words = {"action": said.action, "labels": said.labels, "note": said.note, "term": said.term}
    return {name: value for name, value in words.items() if value is not None}


def _said(kept: str) -> Said:
    words = orjson.loads(kept)
    return Said(**{**words, "labels": tuple(words["labels"])})
