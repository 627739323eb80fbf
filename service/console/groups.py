"""What a campaign's pages show: near copies with their differences, and in words what a decision on them does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.campaigning import Reached, Skipped
from service.console.reading.severe import severe_in
from service.console.words import LABELS
from service.moderation.differences import Segment, differences, folded
from service.moderation.severity import Severity
from service.store.campaigns import BulkAction, Campaign, Member, Said
from service.store.records import Record

LISTED: Final = 20
"""Members of a group that were left out, by name."""

DONE: Final[Mapping[BulkAction, str]] = {"approve": "approved", "reject": "rejected"}
"""What members are after a decision."""

WHY: Final = {
    "claimed": "held by a colleague at the moment",
    "decided": "decided otherwise by a person",
    "edited": "edited meanwhile",
    "appealed": "under appeal, to be decided one by one",
    "escalated": "escalated, to be decided one by one",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign in the list, with the member that stands for it, where that is still there."""

    campaign: Campaign
    sample: Record | None

    @property
    def severe(self) -> Sequence[Severity]:
        """What is severe about that member."""
        return severe_in(self.sample.judgement) if self.sample else ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A member of a campaign and how its text differs from the one that stands for all; None once it is gone."""

    member: Member
    record: Record | None
    segments: Sequence[Segment]

    @property
    def severe(self) -> Sequence[Severity]:
        """What is severe about it."""
        return severe_in(self.record.judgement) if self.record else ()

    @property
    def same(self) -> bool:
        """Whether it says the very same."""
        return all(one.kind == "same" for one in self.segments)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Members that a decision does not reach, for one reason: `by` is who holds or decided them, if anybody."""

    why: str
    by: str | None
    count: int
    ids: Sequence[str]

    @property
    def words(self) -> str:
        """Why, in words."""
        return f"{WHY[self.why]}, {self.by}" if self.by else WHY[self.why]


def copy_of(member: Member, record: Record | None, sample: Record | None) -> Copy:
    """A member beside the one that stands for all; long runs that both have are cut in their middle."""
    own = record.submission.body if record else ""
    return Copy(member, record, folded(differences(own, sample.submission.body if sample else own)))


def left_out(skipped: Sequence[Skipped]) -> list[LeftOut]:
    """Who was left out, by reason and person, the most first."""
    groups = Counter((one.why, one.by) for one in skipped)
    return [
        LeftOut(why, by, count, [one.id for one in skipped if (one.why, one.by) == (why, by)][:LISTED])
        for (why, by), count in groups.most_common()
    ]


def outcome_words(action: BulkAction, reached: Reached | None, size: int) -> str:
    """What a decision did; None where it is under way."""
    done = DONE[action]
    if reached is None:
        return f"{count_words(size)} are being {done}. This page shows how far that is."
    return f"{count_words(len(reached.ids))} {done}.{_left_words(reached)}"


def undone_words(reached: Reached | None, size: int) -> str:
    """What taking a decision back did; None where it is under way."""
    if reached is None:
        return f"The decision is being taken back from {count_words(size)}. This page shows how far that is."
    return f"The decision was taken back from {count_words(len(reached.ids))}.{_left_words(reached)}"


def said_words(said: Said) -> str:
    """A decision in words, without its note."""
    named = [LABELS.get(one, one) for one in said.labels]
    more = f" as {', '.join(named)}" if named else ""
    return f"{DONE[said.action]}{more}{f' by the rule “{said.term}”' if said.term else ''}"


def count_words(count: int) -> str:
    """So many comments."""
    return f"{count:,} comment{'' if count == 1 else 's'}"


def _left_words(reached: Reached) -> str:
    if not reached.skipped:
        return ""
    told = "; ".join(f"{one.count:,} {one.words}" for one in left_out(reached.skipped))
    return f" Left as they are: {told}."
