"""How far a site's comments have moved from what the model saw when it was made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from model.reference import Reference, Spread

PSI_MAJOR: Final = 0.25
"""The population stability index from which a shift counts as a major one.

Siddiqi, "Credit Risk Scorecards" (2006); below 0.1 nothing has shifted.
"""

DIVERGENCE_MAJOR: Final = 0.1
"""The divergence of words, in bits, from which they count as others.

Measured against the model that ships, in English: two news sites 0.025 and 0.027, insults on news sites 0.022, debate
posts 0.061, text messages 0.071, comments under videos 0.053 and 0.103; another language from 0.26 on.
"""

LEAST_SCORES: Final = 1000
LEAST_WORDS: Final = 20_000
"""Comments, and words, below which a shift may be chance and raises no alarm.

The index of two samples of n and m without any shift is on average (1/n + 1/m) times one less than the bins (Yurdakul
2018, "Statistical properties of population stability index"): 0.02 for 1,000 comments and the 1,105 of our reference.
"""

LEAST_SHARE: Final = 0.02
"""The share of the reference that a bin has at least; smaller ones are put together with the next."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: counts by bin, by language and attribute, and by bucket of words, by language."""

    scores: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    words: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one thing has moved, over a sample of so many; `drifted` is None where that is too few to say."""

    value: float
    sample: int
    threshold: float
    drifted: bool | None


@dataclass(frozen=True, slots=True)
class Drift:
    """By language, how far the scores of each attribute have moved, and the words."""

    scores: Mapping[str, Mapping[str, Shift]]
    words: Mapping[str, Shift]

    @property
    def drifted(self) -> bool:
        """Whether anything has moved so far that an alarm is due."""
        return bool(self.alarms())

    def alarms(self) -> list[tuple[str, str, Shift]]:
        """What has: its language, the attribute or `words`, and how far."""
        every = [(language, name, one) for language, known in self.scores.items() for name, one in known.items()]
        every += [(language, "words", one) for language, one in self.words.items()]
        return [one for one in every if one[2].drifted]


def drift(reference: Reference, seen: Seen) -> Drift:
    """Compares what was seen with the reference, where the reference knows the language."""
    scores = {
        language: {
            attribute: _shift(stability(spread, seen.scores[language][attribute]), PSI_MAJOR, LEAST_SCORES, counts)
            for attribute, spread in known.items()
            if (counts := seen.scores.get(language, {}).get(attribute)) and sum(counts)
        }
        for language, known in reference.scores.items()
        if language in seen.scores
    }
    words = {
        language: _shift(divergence(spread, counts), DIVERGENCE_MAJOR, LEAST_WORDS, counts)
        for language, spread in reference.words.items()
        if (counts := seen.words.get(language)) and sum(counts)
    }
    return Drift(scores, words)


def stability(reference: Spread, counts: Sequence[int]) -> float:
    """The population stability index: over bins, the sum of (q - p) ln(q / p) of their shares p before and q now.

    Lewis, "An Introduction to Credit Scoring" (1994). Neighbouring bins are put together until each has `LEAST_SHARE`
    of the reference, and half a comment is added to each side of a bin, since an empty one would make it infinite.
    """
    pairs: list[list[float]] = []
    before = now = 0.0
    for share, count in zip(reference.shares, counts, strict=True):
        before += share
        now += count
        if before >= LEAST_SHARE:
            pairs.append([before * reference.sample, now])
            before = now = 0.0
    pairs[-1][0] += before * reference.sample
    pairs[-1][1] += now
    p, q = (_smoothed(side) for side in zip(*pairs, strict=True))
    return sum((now - before) * math.log(now / before) for before, now in zip(p, q, strict=True))


def divergence(reference: Spread, counts: Sequence[int]) -> float:
    """The Jensen-Shannon divergence in bits: 0 for the same shares, 1 for words of which none is in both.

    Lin, "Divergence measures based on the Shannon entropy" (1991).
    """
    total = sum(counts)
    found = 0.0
    for p, count in zip(reference.shares, counts, strict=True):
        q = count / total
        middle = (p + q) / 2
        found += sum(share * math.log2(share / middle) for share in (p, q) if share) / 2
    return max(found, 0.0)


def _smoothed(counts: Sequence[float]) -> list[float]:
    total = sum(counts) + 0.5 * len(counts)
    return [(count + 0.5) / total for count in counts]


def _shift(value: float, threshold: float, least: int, counts: Sequence[int]) -> Shift:
    sample = sum(counts)
    return Shift(value, sample, threshold, value >= threshold if sample >= least else None)
