"""Verdicts on comments that another system keeps: judged as a post is, and nothing stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from service.intake import Rated, RateExceeded, RateRule
from service.judging import judgement_of, signals_of
from service.models import Models
from service.moderation.comment import Judgement
from service.moderation.policy import Policy, default_policy
from service.monitoring.metrics import Metrics
from service.scoring import Scoring
from service.store.arrivals import Terms
from service.store.checks import Check, Checks, Surface
from service.store.connection import StoreUnavailable
from service.store.policies import Policies

NEVER_DRAWN: Final = 1.0
"""The lot of a comment that is not here to be looked at: the audit sample is of what is stored."""


class KnownSites:
    """Sites that this worker answered for: while Redis is away it goes on there, by what it saw last."""

    def __init__(self) -> None:
        self._sites: set[str] = set()

    @contextmanager
    def asking(self, site: str) -> Iterator[None]:
        """Around what is asked of the store for a site; at one that is known, the rest is left out while Redis is away.

        :raises StoreUnavailable: Redis is away, and the site is not known yet.
        """
        try:
            yield
            self._sites.add(site)
        except StoreUnavailable:
            if site not in self._sites:
                raise


class Checking:
    """Judges comments for other systems, in one round trip as a rule.

    While Redis is away it goes on at sites that this worker judged for before, by the policy that it saw last and with
    what is usual around a comment.
    """

    def __init__(self, checks: Checks, policies: Policies, models: Models, metrics: Metrics) -> None:
        self._checks = checks
        self._policies = policies
        self._models = models
        self._metrics = metrics
        self._scoring = Scoring()
        self._known = KnownSites()

    def check(self, site: str, check: Check, rate: RateRule) -> tuple[Judgement, Rated | None]:
        """Judges a comment, and says where the key stands; None where that is not known.

        :raises RateExceeded: the key's requests of the minute are used up.
        :raises StoreUnavailable: Redis is away, and this worker knows nothing of the site yet.
        """
        classifier = self._models.in_force(site)
        default = default_policy(classifier.thresholds)
        policy = self._policies.last_seen(site, default)
        submission = check.submission
        scored = self._scoring.score(classifier, [submission])[0]
        signals = signals_of(submission, scored, policy, lot=NEVER_DRAWN)
        judgement, _ = judgement_of(submission, signals, policy, classifier.version)
        terms = Terms(policy, *rate.terms)
        rated = None
        with self._known.asking(site):
            counted = self._checks.count(site, check, judgement.verdict, terms)
            rated = Rated(counted.requests, counted.seconds_left)
            if counted.limited:
                raise RateExceeded(counted.seconds_left)
            if counted.facts is not None:
                policy = self._policies.at(site, counted.facts.policy, default)
                signals = signals_of(submission, scored, policy, lot=NEVER_DRAWN, around=counted.facts.around)
                judgement, _ = judgement_of(submission, signals, policy, classifier.version)
                self._checks.count(site, check, judgement.verdict, None)
        self._metrics.checked(check.surface, judgement.verdict)
        return judgement, rated

    def scored(self, site: str, surface: Surface, rate: RateRule) -> tuple[Policy, Rated | None]:
        """Counts a comment that is scored for another system, without a verdict; says by which policy, and as `check`.

        :raises RateExceeded: the key's requests of the minute are used up.
        :raises StoreUnavailable: Redis is away, and this worker knows nothing of the site yet.
        """
        default = default_policy(self._models.in_force(site).thresholds)
        policy = self._policies.last_seen(site, default)
        rated = None
        with self._known.asking(site):
            counted = self._checks.tally(site, surface, {"scored": 1}, rate.terms)
            rated = Rated(counted.requests, counted.seconds_left)
            if counted.limited:
                raise RateExceeded(counted.seconds_left)
            policy = self._policies.at(site, counted.policy, default)
        self._metrics.checked(surface, "scored")
        return policy, rated
