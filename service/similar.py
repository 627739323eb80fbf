"""What is like a comment: near copies of it, in its campaign or in none, and what became of each."""

from dataclasses import dataclass
from typing import Final

from service.moderation.campaigns import alike, fingerprint, likeness, mask
from service.store.campaigns import Campaigns, Neighbour
from service.store.comments import Comments
from service.store.records import Record

MEMBERS: Final = 16
"""Members of a campaign that are compared: those that arrived around the comment."""


@dataclass(frozen=True, slots=True)
class NearCopy:
    """A comment that is like another one: `likeness`, in (0, 1], is the share of masked words in common, in order."""

    comment: Neighbour
    likeness: float


@dataclass(frozen=True, slots=True)
class Likes:
    """What is like a comment, the most alike first; of equals those that a human decided, then the newest.

    `campaign` is the one that the comment is a member of, if any, and `size` how many members that has.
    """

    record: Record
    campaign: str | None
    size: int
    copies: tuple[NearCopy, ...]


class Similar:
    """Finds what is like a comment."""

    def __init__(self, comments: Comments, campaigns: Campaigns) -> None:
        self._comments, self._campaigns = comments, campaigns

    def of(self, site: str, comment_id: str, limit: int = 5) -> Likes:
        """Near copies of a comment, as far as its fingerprint or its campaign leads to them; two round trips.

        :raises UnknownComment, ErasedComment: it is not there.
        """
        record = self._comments.get(site, comment_id)
        masked = mask(record.submission.body)
        near = self._campaigns.neighbours(site, comment_id, fingerprint(masked), MEMBERS)
        texts = [(one, mask(one.body)) for one in near.found]
        copies = [NearCopy(one, likeness(masked, text)) for one, text in texts if alike(masked, text)]
        copies.sort(key=lambda copy: (copy.likeness, copy.comment.action is not None, copy.comment.received))
        return Likes(record, near.campaign, near.size, tuple(copies[: -limit - 1 : -1]))
