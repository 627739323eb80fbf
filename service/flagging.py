"""Texts that other systems keep, by OpenAI's categories: scored as they are, flagged by the policy, and not stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.intake import Rated, RateRule
from service.metrics import Metrics
from service.models import Models
from service.moderation.openai import Flags, flags_of
from service.moderation.policy import Policy, default_policy
from service.moderation.rules import talks_of_self_harm
from service.store.checks import Checks
from service.store.connection import StoreUnavailable
from service.store.policies import Policies
from service.turns import slices


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in texts, in order, by a model's version."""

    model: str
    found: Sequence[Flags]


class Flagging:
    """Flags texts by what a site's policy says of our attributes.

    While Redis is away it goes on at sites that this worker looked for before, by the policy that it saw last.
    """

    def __init__(self, checks: Checks, policies: Policies, models: Models, metrics: Metrics) -> None:
        self._checks = checks
        self._policies = policies
        self._models = models
        self._metrics = metrics
        self._known: set[str] = set()

    def look(self, site: str, texts: Sequence[str]) -> Looked:
        """Looks at texts, in slices, so that others get their turn.

        :raises StoreUnavailable: Redis is away, and this worker knows nothing of the site yet.
        """
        classifier = self._models.in_force(site)
        policy = self._policy(site, default_policy(classifier.thresholds))
        by_rule = policy.self_harm == "hold"
        found = [
            flags_of(scored.scores, self_harm=by_rule and talks_of_self_harm(text), policy=policy)
            for part in slices(texts)
            for text, scored in zip(part, classifier.score(part), strict=True)
        ]
        return Looked(classifier.version, found)

    def count(self, site: str, looked: Looked, rate: RateRule) -> Rated | None:
        """Counts what was found, and the request against its key's rate; over that, the request alone.

        None while Redis is away, when nothing counts.
        """
        flagged = sum(one.flagged for one in looked.found)
        verdicts = {"flagged": flagged, "passed": len(looked.found) - flagged}
        said = {verdict: n for verdict, n in verdicts.items() if n}
        try:
            counted = self._checks.tally(
                site, "openai", said, rate_name=rate.name if rate.limit else "", rate_limit=rate.limit
            )
        except StoreUnavailable:
            counted = None
        if counted is None or not counted.limited:
            for verdict, n in said.items():
                self._metrics.checked("openai", verdict, n)
        return Rated(counted.requests, counted.seconds_left) if counted else None

    def _policy(self, site: str, default: Policy) -> Policy:
        try:
            policy = self._policies.in_force(site, default)
        except StoreUnavailable:
            if site not in self._known:
                raise
            return self._policies.last_seen(site, default)
        self._known.add(site)
        return policy
