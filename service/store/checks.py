"""Checks: comments that another system keeps and asks about. Nothing of them is stored; they are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.moderation.comment import Submission, Verdict
from service.moderation.signals import USUAL
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

    def tally(self, site: str, surface: Surface, verdicts: Mapping[str, int], terms: Terms | None) -> Counted:
        """Counts how many checks of one request got which verdict, by some terms, or by the policy in force (None).

        Of facts there is the policy's version alone.
        """
        pairs = (word for verdict, n in verdicts.items() for word in (verdict, n))
        granted = (terms.rate_name, terms.rate_limit, terms.policy.version) if terms else ("", 0, "")
        what, requests, left, version = self._store.run("tally_checks", site, surface, *granted, *pairs)
        facts = Facts(version, USUAL) if what == "differs" else None
        return Counted(requests, left, limited=what == "limited", facts=facts)
