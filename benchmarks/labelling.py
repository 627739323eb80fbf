"""How many labels it takes, by the way in which comments are chosen for labelling: `informative` beside others.

    python -m benchmarks.labelling ../shared/data/eval/insults.jsonl.gz --attribute insult [--held] [--seeds 5]

simulates a newsroom that the shipped model never saw. Half of the comments are a pool to label, the other half measure.
Comments are chosen in rounds; after each, the model is corrected by a logistic regression on its own features and its
logit, and the ways that look at scores look at the new ones. Printed are the mean AUC on the other half after so many
labels, and the share of labels with which a way reaches what drawing by lot reaches with all of them, by AUC and by
accuracy at the best threshold.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from model import ATTRIBUTES
from model.classifier import Classifier, linear
from model.data import MAJORITY, Example, read
from model.informative import informativeness
from model.text import normalise
from model.train import design, normalise_rows

STRENGTH = 10**0.5  # standard deviation of the weight of a comment's features, which have length 1
SLOPE = 0.2  # of the slope of the shipped logit, about 1
SHIFT = 2.0  # of the intercept
SUREST = 6.0  # the largest logit of the shipped model that counts

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Newsroom:
    """Comments with their labels, what the shipped model says of them, and how alike they are (cosine)."""

    attribute: str
    truth: NDArray[np.bool_]
    logits: Floats
    scores: list[dict[str, float]]
    weightings: Floats
    features: NDArray[np.intp]
    alike: Floats
    threshold: float


@dataclass(frozen=True)
class Look:
    """What is known when the next round is chosen: the corrected logit of each comment, and chance."""

    room: Newsroom
    corrected: Floats
    chance: np.random.Generator


def newsroom(path: Path, attribute: str, rows: int) -> Newsroom:
    """Reads a file; of the same text one comment."""
    unique: dict[str, Example] = {}
    for example in read([path]):
        if attribute in example.labels:
            unique.setdefault(normalise(example.text).text, example)
    examples = list(unique.values())
    examples = [examples[k] for k in np.random.default_rng(0).permutation(len(examples))[:rows]]
    texts = [example.text for example in examples]
    classifier = Classifier.load()
    scored = classifier.score(texts, [example.language for example in examples])
    table = np.asarray(classifier._weights)  # noqa: SLF001  # the scales of columns have no other door
    matrix = design(texts, classifier.spec)
    features = np.diff(matrix.indptr)
    normalise_rows(matrix, np.sqrt(table[:, -1]))
    own = np.array([one.scores[attribute] for one in scored])
    found = linear(texts, classifier.spec, table)
    return Newsroom(
        attribute=attribute,
        truth=np.array([example.labels[attribute] >= MAJORITY for example in examples]),
        logits=np.clip(logit(own), -SUREST, SUREST),
        scores=[one.scores for one in scored],
        weightings=(found - found.mean(axis=0)) / found.std(axis=0),
        features=features,
        alike=(matrix @ matrix.T).toarray(),
        threshold=float(logit(classifier.thresholds[attribute])),
    )


def corrected(room: Newsroom, labelled: NDArray[np.intp]) -> Floats:
    """The logit of every comment once some are labelled: a logistic regression that begins at the shipped model.

    It has a weight for each feature, for the shipped logit and for all alike. With K the likeness of labelled comments
    and L its Cholesky factor, the rows of L have the same products as the features, in as many dimensions as labels.
    """
    factor = cholesky(room.alike[np.ix_(labelled, labelled)] + 1e-5 * np.eye(len(labelled)), lower=True)
    common = np.column_stack((SLOPE * room.logits, np.full(len(room.logits), SHIFT)))
    known = np.column_stack((STRENGTH * factor, common[labelled]))
    sign = np.where(room.truth[labelled], 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sign * (room.logits[labelled] + known @ weights)
        return weights @ weights / 2 + np.logaddexp(0, -margin).sum(), weights - known.T @ (sign * expit(-margin))

    weights = minimize(loss, np.zeros(known.shape[1]), jac=True, method="L-BFGS-B").x
    pulls: Floats = solve_triangular(factor.T, weights[:-2])
    found: Floats = room.logits + STRENGTH * room.alike[:, labelled] @ pulls + common @ weights[-2:]
    return found


def by_informativeness(look: Look) -> Floats:
    """As the queue's order and the exported batch choose: by all scores, of which this attribute's is corrected."""
    now = expit(look.corrected)
    return np.array(
        [
            informativeness({**scores, look.room.attribute: score})
            for scores, score in zip(look.room.scores, now, strict=True)
        ]
    )


def by_attribute(look: Look) -> Floats:
    """The same for this attribute alone: `--attribute`."""
    return -np.abs(look.corrected)


def by_lot(look: Look) -> Floats:
    """Drawn at random."""
    return look.chance.random(len(look.corrected))


def by_lot_of_the_unsure(look: Look) -> Floats:
    """Drawn with a chance that grows with the variance p (1 - p), as Efraimidis and Spirakis do (2006)."""
    score = expit(look.corrected)
    keys: Floats = np.log(score * (1 - score)) + look.chance.gumbel(size=len(score))
    return keys


WAYS: dict[str, Callable[[Look], Floats]] = {
    "by lot": by_lot,
    "informative": by_informativeness,
    "near 0.5, this attribute": by_attribute,
    "near 0.5, shipped scores": lambda look: -np.abs(look.room.logits),
    "near the threshold, shipped scores": lambda look: -np.abs(look.room.logits - look.room.threshold),
    "likely positives": lambda look: look.corrected,
    "weightings disagree": lambda look: look.room.weightings.std(axis=1),
    "short": lambda look: -look.room.features.astype(float),
    "long": lambda look: look.room.features.astype(float),
    "near 0.5, weighed by lot": by_lot_of_the_unsure,
}
"""Ways to choose: the greatest value is labelled first."""


def accuracy(truth: NDArray[np.bool_], scores: Floats) -> float:
    """Accuracy at the threshold where it is best."""
    order = np.argsort(-scores)
    right = np.concatenate(([0], np.cumsum(np.where(truth[order], 1, -1)))) + np.count_nonzero(~truth)
    return float(right.max() / len(truth))


def labelled_by(
    room: Newsroom, way: Callable[[Look], Floats], sizes: Sequence[int], seed: int, *, held: bool
) -> list[tuple[float, float]]:
    """AUC and accuracy before the first label and after each round."""
    halves = np.random.default_rng(seed).permutation(len(room.truth))
    rest, pool = np.split(halves, [len(halves) // 2])
    if held:
        pool = pool[room.logits[pool] >= room.threshold]
    chance = np.random.default_rng([seed, 1])
    logits, chosen = room.logits, np.empty(0, dtype=np.intp)
    found = [(float(roc_auc_score(room.truth[rest], logits[rest])), accuracy(room.truth[rest], logits[rest]))]
    for size in sizes:
        left = np.setdiff1d(pool, chosen)
        worth = way(Look(room, logits, chance))[left]
        best = left[np.lexsort((chance.random(len(left)), -worth))][: size - len(chosen)]
        chosen = np.concatenate((chosen, best))
        logits = corrected(room, chosen)
        found.append((float(roc_auc_score(room.truth[rest], logits[rest])), accuracy(room.truth[rest], logits[rest])))
    return found


def share(sizes: Sequence[int], reached: Floats, by_lot: Floats, kind: int, at: int) -> float:
    """The labels with which a curve first reaches what drawing by lot reaches with `sizes[at]`, as a share of these.

    Between sizes by a straight line; NaN if it never does. Curves only count where they are higher than before.
    """
    best, wanted = np.maximum.accumulate(reached[:, kind]), by_lot[: at + 1, kind].max()
    if best[-1] < wanted:
        return float("nan")
    first = int(np.argmax(best >= wanted))
    low = max(0, first - 1)
    part = (wanted - best[low]) / (best[first] - best[low]) if first else 0.0
    return float((sizes[low] + part * (sizes[first] - sizes[low])) / sizes[at])


def main() -> None:
    """Simulates, and prints a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comments", type=Path)
    parser.add_argument("--attribute", choices=ATTRIBUTES, default="toxicity")
    parser.add_argument("--labels", type=int, default=500)
    parser.add_argument("--round", type=int, default=50, dest="step")
    parser.add_argument("--rows", type=int, default=5000, help="comments at the most")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--held", action="store_true", help="a pool of what the default threshold holds, alone")
    wanted = parser.parse_args()
    room = newsroom(wanted.comments, wanted.attribute, wanted.rows)
    sizes = list(range(wanted.step, wanted.labels + 1, wanted.step))
    every = [0, *sizes]
    shown = range(2, len(every), 2)
    print(f"{wanted.comments.name}: {len(room.truth)} comments, {room.truth.mean():.1%} {wanted.attribute}")
    print(f"{'AUC after labels':36}", *(f"{every[k]:6}" for k in (0, *shown)), " sd    | labels needed: AUC | accuracy")
    lot: Floats | None = None
    for name, way in WAYS.items():
        runs = np.array([labelled_by(room, way, sizes, seed, held=wanted.held) for seed in range(wanted.seeds)])
        mean = runs.mean(axis=0)  # (rounds + 1, AUC and accuracy)
        lot = mean if lot is None else lot
        print(
            f"{name:36}",
            *(f"{mean[k, 0]:.4f}" for k in (0, *shown)),
            f"{runs[:, -1, 0].std():.4f}",
            *("| " + " ".join(f"{share(every, mean, lot, kind, k):4.2f}" for k in shown) for kind in (0, 1)),
            flush=True,
        )


if __name__ == "__main__":
    main()
