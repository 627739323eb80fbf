"""How often the gate's rule for a hold-out errs: what it refuses of good candidates, and lets pass of worse ones.

    python -m benchmarks.gating [--trials 200]

draws scores of two models from normal distributions with known areas under the curve (0.85 for the model in place) and
a known correlation among rows of one kind, and asks `model.registry.worse` of each draw. Prints the shares refused.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from model.intervals import auc_difference, bootstrap
from model.registry import ROUNDS, Limits, worse

AUC = 0.85
SIZES = ((100, 25), (400, 80), (1000, 150))  # rows of a hold-out, and how many of them are positive
ALIKE = (0.9, 0.99)  # correlations: a model trained anew, and adapted ones
GAPS = (0.01, 0.0, -0.01, -0.02, -0.05)  # true differences of the area


def drawn(
    rows: int, positives: int, gap: float, alike: float, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Draw truths and the scores of two models (binormal, each kind with variance 1)."""
    truth = np.arange(rows) < positives
    first, own = rng.normal(size=(2, rows))
    second = alike * first + np.sqrt(1 - alike**2) * own
    apart = [np.sqrt(2) * norm.ppf(area) * truth for area in (AUC, AUC + gap)]
    return truth, first + apart[0], second + apart[1]


def main() -> None:
    """Print the share of candidates refused, by size of the hold-out, likeness, and true difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    trials = parser.parse_args().trials
    rng = np.random.default_rng(7)
    print("rows (positive)  correlation  " + "  ".join(f"{gap:+.2f}" for gap in GAPS))
    for rows, positives in SIZES:
        for alike in ALIKE:
            shares = []
            for gap in GAPS:
                draws = (drawn(rows, positives, gap, alike, rng) for _ in range(trials))
                refused = [worse(bootstrap(auc_difference, *draw, rounds=ROUNDS), Limits().auc) for draw in draws]
                shares.append(np.mean(refused))
            print(
                f"{rows:6} ({positives:3})     {alike:8}    " + "   ".join(f"{share:4.0%}" for share in shares),
                flush=True,
            )


if __name__ == "__main__":
    main()
