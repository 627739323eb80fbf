"""Checks: comments that another system keeps and asks about. Nothing of them is stored; they are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

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


RateTerms = tuple[str, int]
"""The name under which a key's requests are counted, and how many a minute may be; "" counts nothing."""

UNRATED: Final[RateTerms] = ("", 0)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a request's checks: of the key as `Counted`; `policy` is the version in force.

    They are `stale`, and do not count yet, where they were judged by another version.
    """

    requests: int
    seconds_left: int
    policy: int
    limited: bool = False
    stale: bool = False


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

    def tally(
        self, site: str, surface: Surface, verdicts: Mapping[str, int], rate: RateTerms = UNRATED, by: int | None = None
    ) -> Tally:
        """Counts how many checks of one request got which verdict, and the request against its key's rate.

        :param by: the version of the policy that the verdicts are by; where another is in force, only the request is
            counted. None: they are by none, or by the one in force.
        """
        pairs = (word for verdict, n in verdicts.items() for word in (verdict, n))
        version = "" if by is None else by
        what, requests, left, policy = self._store.run("tally_checks", site, surface, *rate, version, *pairs)
        return Tally(requests, left, policy, limited=what == "limited", stale=what == "differs")
