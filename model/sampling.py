"""Which rows a regression sees where not all of their features fit into memory, and how much each then weighs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def sample(
    sizes: NDArray[np.int64], precious: NDArray[np.bool_], ranks: NDArray[np.uint64], room: int
) -> NDArray[np.float32]:
    """Choose rows with `room` features at most; return each row's weight (rows,), 0 for those that are left out.

    `sizes` are the rows' numbers of features. `precious` rows are all taken if they leave half of the room, or as much
    of it as the others need; else they are sampled too. Samples go by `ranks`, numbers as good as random that belong
    to the rows: the same rows give the same sample in any order. What is taken of a kind weighs as much as all of it.
    """
    weights = np.ones(len(sizes), dtype=np.float32)
    if sizes.sum() <= room:
        return weights
    left = max(room // 2, room - int(sizes[~precious].sum()))
    for kind in (precious, ~precious):
        rows = np.flatnonzero(kind)
        rows = rows[np.argsort(ranks[rows], kind="stable")]
        count = int(np.searchsorted(np.cumsum(sizes[rows]), left, side="right"))
        weights[rows[:count]] = len(rows) / max(count, 1)
        weights[rows[count:]] = 0
        left = room - int(sizes[rows[:count]].sum())
    return weights
