"""OpenAI's categories of moderation: which of our attributes answers which of them, and what of a policy flags one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.moderation.policy import Policy

CATEGORIES: Final = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""All of its categories, in the order of its answers."""

ANY_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "harassment": ("toxicity", "severe_toxicity", "insult"),
    "harassment/threatening": ("threat",),
    "hate": ("identity_attack",),
    "violence": ("threat",),
}
"""Categories that one of our attributes is enough for: the highest score counts, and any that is flagged flags."""

ALL_OF: Final[Mapping[str, tuple[str, ...]]] = {"hate/threatening": ("identity_attack", "threat")}
"""Categories that take all of the attributes: the lowest score counts, for both are no likelier than either."""

BY_RULE: Final = "self-harm"
"""The category of the rule about talk of self-harm: a list of phrases, no model, so its score is 1 or 0."""

UNANSWERED: Final = tuple(one for one in CATEGORIES if one not in {*ANY_OF, *ALL_OF, BY_RULE})
"""Categories that nothing here can tell: never flagged, with score 0."""


@dataclass(frozen=True, slots=True)
class Flags:
    """A text by its categories: whether each is flagged, and its score in [0, 1]."""

    categories: Mapping[str, bool]
    scores: Mapping[str, float]

    @property
    def flagged(self) -> bool:
        """Whether any category is."""
        return any(self.categories.values())


def flags_of(scores: Mapping[str, float], *, self_harm: bool, policy: Policy) -> Flags:
    """A text's categories.

    An attribute is flagged from the score on from which the policy holds or rejects a comment for it. One that the
    model does not know in the text's language has no score: not flagged, 0.

    :param scores: calibrated probabilities by our attributes.
    :param self_harm: whether the text has a phrase of the rule, and the policy goes by it.
    """
    flagged = {attribute: _reaches(score, attribute, policy) for attribute, score in scores.items()}
    found = dict.fromkeys(CATEGORIES, False)
    valued = dict.fromkeys(CATEGORIES, 0.0)
    for category, attributes in ANY_OF.items():
        found[category] = any(flagged.get(one, False) for one in attributes)
        valued[category] = max(scores.get(one, 0.0) for one in attributes)
    for category, attributes in ALL_OF.items():
        found[category] = all(flagged.get(one, False) for one in attributes)
        valued[category] = min(scores.get(one, 0.0) for one in attributes)
    found[BY_RULE], valued[BY_RULE] = self_harm, float(self_harm)
    return Flags(found, {category: round(score, 4) for category, score in valued.items()})


def _reaches(score: float, attribute: str, policy: Policy) -> bool:
    bands = policy.thresholds.get(attribute)
    if bands is None:
        return False
    return any(threshold is not None and score >= threshold for threshold in (bands.hold, bands.reject))
