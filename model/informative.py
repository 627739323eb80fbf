"""Which comments teach the model most, should somebody label them: those between two answers, and no two alike.

A comment is the more informative the nearer one of its scores is to 0.5 (uncertainty sampling, Lewis and Gale 1994).
`benchmarks/labelling.py` measures it beside other ways to choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.features import FeatureSpec, columns

SAME_FROM: Final = 0.5
"""Share of features in common (Jaccard) from which two comments teach the same."""

_HASHES = 64
_FACTORS = np.random.default_rng(7).integers(1, 1 << 32, _HASHES, dtype=np.uint32) | np.uint32(1)

Item = TypeVar("Item")


def informativeness(scores: Mapping[str, float], copies: int = 0) -> float:
    """Say from 0 to 1 what labels would teach, where `copies` comments with the same text came before.

    It is 1 for a first comment with one score of 0.5, and 0 where all scores are sure, or none is known.
    """
    return max((1 - abs(2 * score - 1) for score in scores.values()), default=0.0) / (1 + copies)


def unlike(items: Iterable[tuple[str, Item]], spec: FeatureSpec) -> Iterator[Item]:
    """Yield the items whose text is no near duplicate of one yielded before, in order.

    Likeness is estimated from 64 minima of hashes of a text's columns (MinHash, Broder 1997).
    """
    seen = np.empty((0, _HASHES), dtype=np.uint32)
    kept = 0
    for text, item in items:
        signature = _signature(text, spec)
        if ((seen[:kept] == signature).mean(axis=1) >= SAME_FROM).any():
            continue
        if kept == len(seen):
            seen = np.concatenate((seen, np.empty((max(256, kept), _HASHES), dtype=np.uint32)))
        seen[kept] = signature
        kept += 1
        yield item


def _signature(text: str, spec: FeatureSpec) -> NDArray[np.uint32]:
    found = next(columns([text], spec)).astype(np.uint32)
    mixed = (found ^ (found >> np.uint32(7)))[None, :] * _FACTORS[:, None]
    mixed ^= mixed >> np.uint32(15)
    smallest: NDArray[np.uint32] = mixed.min(axis=1)
    return smallest
