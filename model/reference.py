"""What a model saw when it was made, in figures: with it a service can say how far its comments have moved away.

A reference has two parts, each by language. Of every attribute, how its scores were spread over bins of equal width on
the logit scale; and how often each word was read, hashed into buckets. It holds no word and no text. It lies beside the
weights as `reference.json`, and nothing is scored by it: a model without one serves as well, but nobody can say how far
the comments have moved from it.

Scores are those of the comments that the model was calibrated on, since these alone have the mixture that its scores
are meant for: news comments at their natural rate, and elsewhere rows held out, each kind weighted by its rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.features import FeatureSpec, batches, word_columns
from model.text import fold

LOGITS: Final = (-6.0, 5.0)
BINS: Final = 22
"""Scores are binned by their logit; the first and the last bin hold what lies beyond, too.

Below the lowest, 0.0025, all scores mean the same to a newsroom.
"""

BUCKETS: Final = 1024
"""Words are told apart by 10 bits of the hash that the features have of them."""

_SPEC: Final = FeatureSpec()
_SHIFT: Final = _SPEC.word_bits - (BUCKETS.bit_length() - 1)
_DIGITS: Final = 6
_MOST_SAMPLED: Final = 10**12
_NEAR: Final = 0.01  # what rounding leaves of a sum of 1
_BINS_A_LOGIT: Final = BINS / (LOGITS[1] - LOGITS[0])
_LOWEST, _HIGHEST = (float(1 / (1 + np.exp(-logit))) for logit in LOGITS)


@dataclass(frozen=True, slots=True)
class Spread:
    """How a sample of so many (rows or words) is spread: the share of each bin or bucket."""

    sample: int
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """`scores` by language and attribute, `words` by language; what is not there is not known."""

    scores: Mapping[str, Mapping[str, Spread]]
    words: Mapping[str, Spread]

    def document(self) -> dict[str, Any]:
        """Plain values, for `reference_from`."""
        return {
            "logits": list(LOGITS),
            "scores": {
                language: {attribute: _plain(spread) for attribute, spread in known.items()}
                for language, known in self.scores.items()
            },
            "words": {language: _plain(spread) for language, spread in self.words.items()},
        }


def reference_from(document: Mapping[str, Any]) -> Reference:
    """A reference from its plain values. Raises `ValueError` where they are of other bins than ours."""
    try:
        scores = {
            language: {attribute: _spread(spread, BINS) for attribute, spread in known.items()}
            for language, known in document["scores"].items()
        }
        words = {language: _spread(spread, BUCKETS) for language, spread in document["words"].items()}
        if document["logits"] != list(LOGITS):
            raise ValueError("the bins are others")
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"it is incomplete: {error!r}") from error
    return Reference(scores, words)


def bins_of(scores: ArrayLike) -> NDArray[np.intp]:
    """The bins of scores, which may be 0 or 1: an array of the same shape."""
    clipped = np.clip(np.asarray(scores, dtype=np.float64), _LOWEST, _HIGHEST)
    found = (np.log(clipped / (1 - clipped)) - LOGITS[0]) * _BINS_A_LOGIT
    return np.minimum(found.astype(np.intp), BINS - 1)


def word_counts(texts: Sequence[str]) -> NDArray[np.int64]:
    """How many words of the texts, folded as the features see them, fall into each bucket."""
    counts = np.zeros(BUCKETS, dtype=np.int64)
    for batch in batches(texts):
        whole = word_columns(fold(batch), _SPEC).columns[0]
        counts += np.bincount((whole - _SPEC.words_from) >> _SHIFT, minlength=BUCKETS)
    return counts


def _plain(spread: Spread) -> dict[str, Any]:
    return {"sample": spread.sample, "shares": [round(share, _DIGITS) for share in spread.shares]}


def _spread(plain: Mapping[str, Any], size: int) -> Spread:
    shares, sample = plain["shares"], plain["sample"]
    numbers = all(isinstance(one, int | float) and 0 <= one <= 1 for one in shares)
    if len(shares) != size or not numbers or abs(sum(shares) - 1) > _NEAR:
        raise ValueError("the shares are none")
    if not isinstance(sample, int) or not 0 <= sample <= _MOST_SAMPLED:
        raise ValueError("the sample is none")
    return Spread(int(sample), tuple(map(float, shares)))
