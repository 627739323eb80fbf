"""Checks: comments that another system keeps and asks about. Nothing of them is stored; they are counted."""

from dataclasses import dataclass
from typing import Literal

from service.moderation.comment import Submission, Verdict
from service.store.arrivals import Facts, Terms, around_of, granted
from service.store.connection import Store

Surface = Literal["akismet", "coral", "openai", "perspective"]
"""Whose client asked."""


@dataclass(frozen=True, slots=True)
class Check:
    """A comment that is asked about; `id` names the request.

    It is not `fresh` where it came before or is a test: then it is no further copy, and counts against no rate of the
    policy.
    """

    surface: Surface
    submission: Submission
    id: str
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of a check: `requests` of the key in this minute, of which `seconds_left` are left.

    `facts` are what is the case, where the judgement took something else for granted; then it does not count yet.
    """

    requests: int
    seconds_left: int
    limited: bool = False
    facts: Facts | None = None


class Checks:
    """What is counted of every site's checks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, site: str, check: Check, verdict: Verdict, terms: Terms | None) -> Counted:
        """Counts a check that was judged under some terms, or by the facts (None)."""
        submission = check.submission
        what, requests, left, *facts = self._store.run(
            "check",
            site,
            check.surface,
            verdict,
            check.id,
            submission.author.id or "",
            submission.article.id or "",
            int(check.fresh),
            *granted(submission, terms),
        )
        if what == "differs":
            version, *around = facts
            return Counted(requests, left, facts=Facts(version, around_of(*around)))
        return Counted(requests, left, limited=what == "limited")

    def scored(self, site: str, surface: Surface, rate_name: str, limit: int) -> tuple[Counted, int]:
        """Counts a comment that is scored without a verdict, and says which version of the policy is in force.

        :param rate_name: the key whose request it is, of which there may be `limit` a minute; "" is not counted.
        """
        what, requests, left, version = self._store.run("count_scored", site, surface, rate_name, limit)
        return Counted(requests, left, limited=what == "limited"), int(version)
