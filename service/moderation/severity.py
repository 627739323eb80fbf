"""Which comments are severe, so that the console shows them on request only, and not too many of them in a row."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from service.moderation.comment import Reason

SEVERE: Final = ("threat", "severe_toxicity", "identity_attack")
"""Attributes that make a comment severe."""

SEVERE_FROM: Final = 0.3
"""The score from which they do so whatever brought the comment here; what the policy holds for them always does.

The default thresholds are 0.1. Of 5,532 comments of news readers at their natural rate 20 reach one of these, and 2
reach 0.3 (Civil Comments and Globe and Mail, with the model that shipped in November 2026).
"""

SELF_HARM: Final = "self_harm"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Severity:
    """What is severe about a comment: an attribute with its score in [0, 1], or `self_harm` without one."""

    what: str
    score: float | None = None


def severity(reasons: Iterable[Reason], scores: Mapping[str, float]) -> tuple[Severity, ...]:
    """What is severe about a comment, talk of self-harm first, then the surest; empty if nothing is."""
    said = list(reasons)
    named = {reason.attribute for reason in said if reason.code == "score"}
    found = [
        Severity(attribute, scores[attribute])
        for attribute in SEVERE
        if attribute in scores and (attribute in named or scores[attribute] >= SEVERE_FROM)
    ]
    found.sort(key=lambda one: -(one.score or 0.0))
    harm = [Severity(SELF_HARM)] if any(reason.code == SELF_HARM for reason in said) else []
    return (*harm, *found)


def interleave(items: Sequence[Item], severe: Sequence[bool], cap: int | None, before: int = 0) -> list[Item]:
    """The items in an order in which at most `cap` severe ones follow each other while milder ones are left.

    Otherwise the order stays: a milder one is only brought forward to where the cap asks for it. What is severe stays
    in order among itself, and so does what is milder.

    :param severe: for each item whether it is severe.
    :param cap: at least 1; None for no cap.
    :param before: how many severe ones the moderator saw last, one after the other.
    """
    if cap is None:
        return list(items)
    waiting = {flag: deque(at for at, one in enumerate(severe) if one == flag) for flag in (True, False)}
    order: list[Item] = []
    row = before
    while waiting[True] and waiting[False]:
        flag = waiting[True][0] < waiting[False][0] and row < cap
        order.append(items[waiting[flag].popleft()])
        row = row + 1 if flag else 0
    return order + [items[at] for rest in waiting.values() for at in rest]
