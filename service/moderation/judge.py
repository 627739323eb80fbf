"""Signals and a policy make a verdict: the one function that decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.moderation.comment import Reason, Verdict
from service.moderation.policy import Policy
from service.moderation.signals import Signals

BANDS: Final = 32
"""Bands of urgency in the queue; 0 comes first."""

URGENT_BANDS: Final = 4
"""The first bands are for threats, whatever else is in the queue."""

REASON_CODES: Final = ("score", "duplicate", "rate", "language", "mode")
"""Every code that `judge` gives; documented and stable."""

FIGURELESS_URGENCY: Final = 0.5
"""The urgency of a reason that carries no score."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What `judge` found; `band` is the place in the queue (0 is the most urgent), should the comment be held."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    band: int


def judge(signals: Signals, policy: Policy) -> Ruling:
    """Applies every rule of the policy; the strictest one that fires decides, and each of them is named."""
    fired = [*_by_score(signals, policy), *_by_rule(signals, policy)]
    verdicts = {verdict for verdict, _ in fired}
    verdict: Verdict = "reject" if "reject" in verdicts else "hold" if "hold" in verdicts else "approve"
    reasons = tuple(reason for _, reason in fired)
    return Ruling(verdict, reasons, _band(reasons))


def reached(attribute: str, score: float, threshold: float) -> Reason:
    """The reason for which a score holds or rejects a comment; its figures say all of it, so that they may be kept."""
    detail = f"{attribute.replace('_', ' ')} {score:.3f} is at or over the policy's {threshold:.3f}"
    return Reason("score", detail, attribute, score, threshold)


def _by_score(signals: Signals, policy: Policy) -> Iterator[tuple[Verdict, Reason]]:
    for attribute, score in signals.scores.items():
        bands = policy.thresholds.get(attribute)
        if bands is None:
            continue
        verdict: Verdict
        if bands.reject is not None and score >= bands.reject:
            verdict, threshold = "reject", bands.reject
        elif bands.hold is not None and score >= bands.hold:
            verdict, threshold = "hold", bands.hold
        else:
            continue
        yield verdict, reached(attribute, round(score, 4), threshold)


def _by_rule(signals: Signals, policy: Policy) -> Iterator[tuple[Verdict, Reason]]:
    nth = signals.copies + 1
    if policy.repeats.hold is not None and nth >= policy.repeats.hold:
        yield "hold", Reason("duplicate", f"the same text was posted {signals.copies} times before")
    limit = policy.author_rate.limit
    if limit is not None and signals.author_comments > limit:
        seconds = policy.author_rate.seconds
        yield "hold", Reason("rate", f"{signals.author_comments} comments by this author within {seconds} seconds")
    if policy.unknown_language == "hold" and "toxicity" not in signals.scores:
        yield "hold", Reason("language", f"the model does not know toxicity in the language '{signals.language}'")
    if policy.mode == "pre":
        yield "hold", Reason("mode", "every comment waits for a moderator on this site")


def _band(reasons: tuple[Reason, ...]) -> int:
    """The more certain the worst reason, the earlier; threats come before everything."""
    if any(reason.attribute == "threat" for reason in reasons):
        first, last = 0, URGENT_BANDS - 1
    else:
        first, last = URGENT_BANDS, BANDS - 1
    scores = [FIGURELESS_URGENCY if reason.score is None else reason.score for reason in reasons]
    return first + round((1 - max(scores, default=0.0)) * (last - first))
