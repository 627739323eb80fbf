"""Texts that other systems keep, by OpenAI's categories: scored as they are, flagged by the policy, and not stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.checking import KnownSites
from service.intake import Rated, RateRule
from service.models import Models
from service.moderation.openai import Flags, flags_of
from service.moderation.policy import Policy, default_policy
from service.moderation.rules import talks_of_self_harm
from service.monitoring.metrics import Metrics
from service.store.checks import Checks
from service.store.policies import Policies
from service.turns import slices


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in texts, in order, by a model's version."""

    model: str
    found: Sequence[Flags]

    @property
    def verdicts(self) -> dict[str, int]:
        """How many were flagged and how many passed, as far as there were any."""
        flagged = sum(one.flagged for one in self.found)
        counts = {"flagged": flagged, "passed": len(self.found) - flagged}
        return {verdict: n for verdict, n in counts.items() if n}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a text, whatever the policy: scores by our attributes, and whether it talks of self-harm."""

    scores: Mapping[str, float]
    self_harm: bool


class Flagging:
    """Flags texts by what a site's policy says of our attributes, in one round trip as a rule.

    While Redis is away it goes on at sites that this worker looked for before, by the policy that it saw last.
    """

    def __init__(self, checks: Checks, policies: Policies, models: Models, metrics: Metrics) -> None:
        self._checks = checks
        self._policies = policies
        self._models = models
        self._metrics = metrics
        self._known = KnownSites()

    def flag(self, site: str, texts: Sequence[str], rate: RateRule) -> tuple[Looked, Rated | None]:
        """Looks at texts, in slices, so that others get their turn, and says where the key stands, if that is known.

        Beyond the key's rate the request is counted, and nothing of the texts.

        :raises StoreUnavailable: Redis is away, and this worker knows nothing of the site yet.
        """
        classifier = self._models.in_force(site)
        default = default_policy(classifier.thresholds)
        policy = self._policies.last_seen(site, default)
        seen = [
            _Seen(scored.scores, talks_of_self_harm(text))
            for part in slices(texts)
            for text, scored in zip(part, classifier.score(part), strict=True)
        ]
        looked = Looked(classifier.version, _flagged(seen, policy))
        rated, limited = None, False
        with self._known.asking(site):
            counted = self._checks.tally(site, "openai", looked.verdicts, rate.terms, policy.version)
            rated, limited = Rated(counted.requests, counted.seconds_left), counted.limited
            if counted.stale:
                policy = self._policies.at(site, counted.policy, default)
                looked = Looked(classifier.version, _flagged(seen, policy))
                self._checks.tally(site, "openai", looked.verdicts)
        if not limited:
            for verdict, n in looked.verdicts.items():
                self._metrics.checked("openai", verdict, n)
        return looked, rated


def _flagged(seen: Sequence[_Seen], policy: Policy) -> list[Flags]:
    by_rule = policy.self_harm == "hold"
    return [flags_of(one.scores, self_harm=one.self_harm and by_rule, policy=policy) for one in seen]
