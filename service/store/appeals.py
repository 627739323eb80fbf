"""Appeals: an author contests a rejection, and somebody else decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.moderation.comment import Status
from service.moderation.judge import URGENT_BANDS
from service.store.comments import UnknownComment
from service.store.connection import Store, site_key
from service.store.queue import OlderRevision
from service.store.records import ErasedComment, Record, facets

APPEAL_BAND: Final = URGENT_BANDS
"""Where appeals stand in the queue: with the surest of all others, behind threats."""


class NotRejected(Exception):
    """Only a rejection can be contested; the argument is where the comment stands."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class ContestedBefore(Exception):
    """This rejection was contested already, or is the decision on an appeal."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """A comment's last appeal; times in ms. `of` rejected the comment, None for the machine.

    `outcome` is `upheld` or `reversed`, what became of the rejection, and None while the appeal waits.
    """

    at: int
    revision: int
    statement: str | None
    of: str | None
    outcome: str | None = None
    decided_by: str | None = None
    decided_at: int | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """When a rejection was contested (ms), and whether just now."""

    at: int
    fresh: bool


class Appeals:
    """The appeals of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def contest(self, site: str, op: str, record: Record, statement: str) -> Contest:
        """Brings a rejected comment back into the queue; the same appeal again changes nothing.

        :raises UnknownComment, ErasedComment: there is nothing to contest any more.
        :raises NotRejected, ContestedBefore, OlderRevision: it cannot be contested, or not now.
        """
        shelves = "\n".join(facets(record.submission, record.judgement))
        answer = self._store.run("appeal", site, record.id, op, statement, record.revision, APPEAL_BAND, shelves)
        kind, *rest = answer
        if kind in ("appealed", "same"):
            return Contest(rest[0], kind == "appealed")
        refusals: dict[str, type[Exception]] = {
            "unknown": UnknownComment,
            "erased": ErasedComment,
            "standing": NotRejected,
            "contested": ContestedBefore,
            "revision": OlderRevision,
        }
        raise refusals[kind](*rest)

    def last_of(self, site: str, records: Sequence[Record]) -> dict[str, Appeal]:
        """The last appeals of those of the comments that were ever contested; one round trip, if there are any."""
        ids = [record.id for record in records if record.appealed]

        def build(pipeline: Any) -> None:
            for comment_id in ids:
                pipeline.hgetall(site_key(site, "appeal", comment_id))

        kept = self._store.together(build) if ids else []
        return {comment_id: _appeal(fields) for comment_id, fields in zip(ids, kept, strict=True) if fields}


def _appeal(kept: Mapping[str, str]) -> Appeal:
    decided_at = kept.get("decided_at")
    return Appeal(
        at=int(kept["at"]),
        revision=int(kept["revision"]),
        statement=kept["statement"] or None,
        of=kept.get("of"),
        outcome=kept.get("outcome"),
        decided_by=kept.get("decided_by"),
        decided_at=int(decided_at) if decided_at else None,
    )
