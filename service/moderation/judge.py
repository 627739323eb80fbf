"""Signals and a policy make a verdict: the one function that decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.moderation.comment import Reason, Verdict
from service.moderation.policy import Policy, Rate
from service.moderation.rules import Finding
from service.moderation.signals import Signals, Surroundings

BANDS: Final = 32
"""Bands of urgency in the queue; 0 comes first."""

URGENT_BANDS: Final = 4
"""The first bands are for threats and talk of self-harm, whatever else is in the queue."""

REASON_CODES: Final = (
    "score",
    "blocked_word",
    "suspect_word",
    "pattern",
    "link",
    "self_harm",
    "duplicate",
    "rate",
    "author",
    "article",
    "parent",
    "language",
    "mode",
    "audit",
    "report",
    "appeal",
    "campaign",
)
"""Every code of a reason; documented and stable."""

FIGURELESS_URGENCY: Final = 0.5
"""The urgency of a reason that carries no score."""

Fired = Iterator[tuple[Verdict, Reason]]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What `judge` found; `band` is the place in the queue (0 is the most urgent), should the comment be held.

    `deciding` are those of the reasons that ask for this verdict.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    band: int
    deciding: tuple[Reason, ...] = ()


def judge(signals: Signals, policy: Policy) -> Ruling:
    """Applies every rule of the policy; the strictest one that fires decides, and each of them is named.

    :param policy: as it holds in the comment's section.
    """
    fired = [
        *_by_score(signals, policy),
        *((one.verdict, Reason(one.code, one.detail)) for one in _findings(signals)),
        *_by_repetition(signals, policy),
        *_by_author(signals, policy),
        *_by_place(signals, policy),
        *_by_language(signals, policy),
    ]
    verdicts = {verdict for verdict, _ in fired}
    verdict: Verdict = "reject" if "reject" in verdicts else "hold" if "hold" in verdicts else "approve"
    if verdict == "approve" and signals.lot < policy.audit_share:
        share = policy.audit_share
        drawn = Reason("audit", f"drawn for the audit sample, {share:g} of all approvals", threshold=share)
        fired.append((verdict, drawn))
    reasons = tuple(reason for _, reason in fired)
    deciding = tuple(reason for asks, reason in fired if asks == verdict)
    return Ruling(verdict, reasons, band_of(reasons), deciding)


def reached(attribute: str, score: float, threshold: float) -> Reason:
    """The reason for which a score holds or rejects a comment; its figures say all of it, so that they may be kept."""
    detail = f"{attribute.replace('_', ' ')} {score:.3f} is at or over the policy's {threshold:.3f}"
    return Reason("score", detail, attribute, score, threshold)


def _by_score(signals: Signals, policy: Policy) -> Fired:
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


def _findings(signals: Signals) -> Iterator[Finding]:
    """What fired on the text; a trusted author's links are not counted."""
    trusted = signals.around.standing == "trusted"
    return (one for one in signals.findings if not (trusted and one.waived_by_trust))


def _by_repetition(signals: Signals, policy: Policy) -> Fired:
    around = signals.around
    nth = around.copies + 1
    yield from _by_campaign(around, policy)
    if policy.repeats.hold is not None and nth >= policy.repeats.hold and around.campaign != "approve":
        yield "hold", Reason("duplicate", f"the same text was posted {around.copies} times before")
    if around.standing != "trusted":
        yield from _over(policy.author_rate, around.author_comments, "by this author")
        yield from _over(policy.address_rate, around.address_comments, "from this address")
    yield from _over(policy.site_rate, around.site_comments, "on this site")


def _by_campaign(around: Surroundings, policy: Policy) -> Fired:
    """What a human decided on the near copies before it as one; without that, their number holds it.

    An approval only means that being a copy holds nothing: the link or the few words that differ may be what is bad.
    """
    if around.campaign == "reject":
        yield "reject", Reason("campaign", f"a near copy of {around.near} comments that a moderator rejected as one")
    elif around.campaign == "approve":
        yield "approve", Reason("campaign", f"a near copy of {around.near} comments that a moderator approved as one")
    elif policy.near_copies.hold is not None and around.near + 1 >= policy.near_copies.hold:
        yield "hold", Reason("campaign", f"a near copy of {around.near} comments before it")


def _over(rate: Rate, comments: int, whose: str) -> Fired:
    if rate.limit is not None and comments > rate.limit:
        yield "hold", Reason("rate", f"{comments} comments {whose} within {rate.seconds} seconds")


def _by_author(signals: Signals, policy: Policy) -> Fired:
    standing = signals.around.standing
    if standing == "banned":
        yield "reject", Reason("author", "the author is banned")
    elif standing == "watched":
        yield "hold", Reason("author", "the author is watched")
    least = policy.first_time.hold_below
    if least is None or standing == "trusted":
        return
    if not signals.named:
        yield "hold", Reason("author", "the author is not named, and new authors are held")
    elif signals.around.approved is not None and signals.around.approved < least:
        yield "hold", Reason("author", f"{signals.around.approved} comments of the author were approved, of {least}")


def _by_place(signals: Signals, policy: Policy) -> Fired:
    mode = signals.around.article_mode
    if mode == "closed":
        yield "reject", Reason("article", "the article takes no comments")
    elif mode == "pre":
        yield "hold", Reason("article", "every comment on this article waits for a moderator")
    elif policy.mode == "pre" and not mode and signals.around.standing != "trusted":
        yield "hold", Reason("mode", "every comment waits for a moderator here")
    if signals.around.under_rejected:
        yield "hold", Reason("parent", "it answers a rejected comment")


def _by_language(signals: Signals, policy: Policy) -> Fired:
    accepted = policy.languages.accepted
    if accepted is not None and signals.language not in accepted:
        yield policy.languages.otherwise, Reason("language", f"the site takes no comments in '{signals.language}'")
    if policy.unknown_language == "hold" and "toxicity" not in signals.scores:
        yield "hold", Reason("language", f"the model does not know toxicity in the language '{signals.language}'")


def band_of(reasons: tuple[Reason, ...]) -> int:
    """The band in the queue: the surer the worst reason, the earlier; threats and talk of self-harm come first."""
    if any(reason.attribute == "threat" or reason.code == "self_harm" for reason in reasons):
        first, last = 0, URGENT_BANDS - 1
    else:
        first, last = URGENT_BANDS, BANDS - 1
    scores = [FIGURELESS_URGENCY if reason.score is None else reason.score for reason in reasons]
    return first + round((1 - max(scores, default=0.0)) * (last - first))
