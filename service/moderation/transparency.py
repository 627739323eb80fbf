"""The figures that article 15 of the EU's Digital Services Act (Regulation 2022/2065) has a provider publish.

The letters are those of its first paragraph. What no count of ours can know is not here: orders of authorities (a), who
of those that reported was a trusted flagger and what followed on law or on terms (b), how moderators are trained (c).
"""

from dataclasses import dataclass
from typing import Final

from service.moderation.figures import Agreement, Counts, Share, Times, agreement, kinds, times

MOST_KINDS: Final = 200
"""Reasons, labels or terms that are told apart, the most frequent; the others are counted together."""

OTHERS: Final = "(others)"

PURPOSE: Final = (
    "A statistical model estimates how likely a comment is to be toxic, severely toxic, obscene, a threat, an insult, "
    "an attack on a group of people, or spam; rules look at its text, its links and how often its author posts. "
    "By the policy that the newsroom has set, a comment is published, held for a moderator, or rejected."
)

SAFEGUARDS: Final = (
    "What is held is published or rejected by a moderator, who sees the reasons and the words that led to them.",
    "Moderators can take back what was decided, and the machine's rejections too.",
    "An author can contest a rejection.",
    "A share of what was approved automatically, set by the policy, is looked at by a moderator: the error rate is "
    "measured on it.",
    "An alarm is raised when comments move away from those that the model was made for.",
)


@dataclass(frozen=True, slots=True)
class Notices:
    """Reports by readers (b)."""

    received: int
    by_reason: dict[str, int]


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Comments that were restricted in one way, and for what; one may be counted under several reasons."""

    count: int
    by_reason: dict[str, int]


@dataclass(frozen=True, slots=True)
class Removals:
    """Rejections by moderators that stand, by their labels and terms, and by what drew attention to the comment."""

    count: int
    by_label: dict[str, int]
    by_term: dict[str, int]
    detected_automatically: int
    detected_by_people: int


@dataclass(frozen=True, slots=True)
class OwnInitiative:
    """Moderation at one's own initiative (c): what was held back or removed automatically, and removed by people."""

    held_automatically: Restrictions
    removed_automatically: Restrictions
    removed_by_moderators: Removals


@dataclass(frozen=True, slots=True)
class Complaints:
    """Appeals (d): how those ended that were decided, and the seconds that it took."""

    received: int
    reversed: int
    upheld: int
    time_to_decision: Times


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """The possible rate of error (e).

    Of the machine's approvals, measured on the audit sample: what a moderator would have rejected. Of comments in which
    the model found something, all that moderators decided: what they approved.
    """

    approvals: Share
    findings: Share


@dataclass(frozen=True, slots=True)
class AutomatedMeans:
    """The use of automated means (e); accuracy is how often moderators confirm what the model found."""

    purpose: str
    model: str
    accuracy: dict[str, Agreement]
    error_rate: ErrorRates
    safeguards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transparency:
    """All of it, for one range of time."""

    comments: int
    notices: Notices
    own_initiative: OwnInitiative
    complaints: Complaints
    automated_means: AutomatedMeans


def transparency(counts: Counts, model: str) -> Transparency:
    """The figures of what was counted; `model` is the version in force."""

    def n(what: str) -> int:
        return counts.get(what, 0)

    found = n("found:approve") + n("found:reject")
    return Transparency(
        comments=n("approve") + n("hold") + n("reject"),
        notices=Notices(n("reported"), _by(counts, "reported")),
        own_initiative=OwnInitiative(
            held_automatically=Restrictions(n("machine:hold"), _by(counts, "machine:hold")),
            removed_automatically=Restrictions(n("machine:reject"), _by(counts, "machine:reject")),
            removed_by_moderators=Removals(
                count=n("detected:machine") + n("detected:people"),
                by_label=_by(counts, "label"),
                by_term=_by(counts, "term"),
                detected_automatically=n("detected:machine"),
                detected_by_people=n("detected:people"),
            ),
        ),
        complaints=Complaints(n("appealed"), n("appeal:approved"), n("appeal:rejected"), times(counts, "appeal")),
        automated_means=AutomatedMeans(
            purpose=PURPOSE,
            model=model,
            accuracy=agreement(counts),
            error_rate=ErrorRates(Share(n("audited:wrong"), n("audited")), Share(n("found:approve"), found)),
            safeguards=SAFEGUARDS,
        ),
    )


def _by(counts: Counts, what: str) -> dict[str, int]:
    """The kinds of it, the most frequent first, and all others as one."""
    every = kinds(counts, what)
    others = every.pop("", 0)
    ordered = sorted(every.items(), key=lambda one: (-one[1], one[0]))
    others += sum(n for _, n in ordered[MOST_KINDS:])
    return dict(ordered[:MOST_KINDS]) | ({OTHERS: others} if others else {})
