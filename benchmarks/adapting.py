"""What `winnow model adapt` makes of a newsroom's decisions, shown on comments that the shipped model never saw.

    python -m benchmarks.adapting ../shared/data/eval [--seeds 5] [--decisions 50 100 500 5000] [--sources insults]

lets moderators who agree with the raters decide comments of one source, adapts the shipped model to their decisions,
and prints how far AUC moves on the rest of that source and on every other file and our own suites: the mean over the
seeds, and the worst. Moderators decide either comments drawn at random, or mostly what the model's threshold holds, and
otherwise what they come upon, bad comments three times as readily as good ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import roc_auc_score

from model import ATTRIBUTES
from model.adapt import adapt
from model.artifact import Artifact
from model.calibrate import calibration_error
from model.classifier import DEFAULT, Classifier
from model.contrast import contrast_examples, suite_examples
from model.data import MAJORITY, Example, files, read
from model.identity import identity_examples
from model.train import design

SOURCES = {"insults": "insult", "news_ucc_val": "toxicity"}  # files, and the label that a rejection gives
HELD = 0.8  # of decisions on a queue: the share that the policy held
NATURAL = "civil_toxic_natural"  # news comments at their natural rate
READY = 3.0  # how much more readily moderators come upon a bad comment


@dataclass(frozen=True)
class Newsroom:
    """Whose comments moderators decide, how many of them, and whether those are of a queue or drawn at random."""

    source: str
    decisions: int
    queue: bool


@dataclass(frozen=True)
class Rows:
    """A file's comments and their features."""

    examples: list[Example]
    matrix: sparse.csr_matrix

    def aucs(self, model: Classifier, chosen: NDArray[np.bool_] | None = None) -> dict[str, float]:
        """AUC by attribute, as the model scores English, on the chosen rows where there are both kinds."""
        served_by = model.manifest["served_by"].get("en", {})
        sums = np.asarray(self.matrix @ model.table, dtype=np.float64)
        found = {}
        for attribute in ATTRIBUTES:
            known = np.array([attribute in example.labels for example in self.examples])
            known &= True if chosen is None else chosen
            truth = np.array(
                [self.examples[k].labels[attribute] >= MAJORITY for k in np.flatnonzero(known)], dtype=bool
            )
            if truth.any() and not truth.all() and attribute in model.manifest["calibration"]["en"]:
                place = model.manifest["weightings"].index(served_by.get(attribute, attribute))
                found[attribute] = float(roc_auc_score(truth, sums[known, place] / np.sqrt(sums[known, -1])))
        return found


def decided(
    rows: list[Example], scores: NDArray[np.float64], count: int, rng: np.random.Generator, threshold: float | None
) -> NDArray[np.intp]:
    """Draw the comments that moderators decide: any, or those of a queue."""
    if threshold is None:
        return rng.permutation(len(rows))[:count]
    held = rng.permutation(np.flatnonzero(scores >= threshold))[: int(count * HELD)]
    rest = np.setdiff1d(np.arange(len(rows)), held)
    bad = np.array([rows[k].labels["toxicity"] >= MAJORITY for k in rest])
    ready = np.where(bad, READY, 1.0)
    found = rng.choice(rest, min(count - len(held), len(rest)), replace=False, p=ready / ready.sum())
    return np.concatenate([held, found])


def runs(base: Classifier, data: Mapping[str, Rows], room: Newsroom, seeds: int) -> Iterator[dict[str, float]]:
    """Adapt once a seed; yield what moved, by file and attribute ("rest" is the rest of the source)."""
    rows = data[room.source]
    threshold = base.thresholds["toxicity"]
    scores = toxicity(base, rows.examples)
    known = np.array([k for k, example in enumerate(rows.examples) if "toxicity" in example.labels])
    before = {other: data[other].aucs(base) for other in data}
    for seed in range(seeds):
        candidates = [rows.examples[k] for k in known]
        limit = threshold if room.queue else None
        mine = known[decided(candidates, scores[known], room.decisions, np.random.default_rng(seed), limit)]
        decisions = [
            replace(
                rows.examples[k], source="newsroom", probability=1.0 if room.queue and scores[k] >= threshold else None
            )
            for k in mine
        ]
        adapted = adapt(base, decisions, {"seed": str(seed)})
        model = Classifier(Artifact(adapted.manifest, "", adapted.weights))
        rest = ~np.isin(np.arange(len(rows.examples)), mine)
        moved = moves("rest", rows.aucs(base, rest), rows.aucs(model, rest))
        for other in data:
            if other != room.source:
                moved |= moves(other, before[other], data[other].aucs(model))
        natural = data[NATURAL].examples
        truth = np.array([example.labels["toxicity"] >= MAJORITY for example in natural])
        moved[f"{NATURAL} calibration error, after"] = calibration_error(toxicity(model, natural), truth)
        learned = adapted.manifest["adapted"]["learned"].values()
        moved["attributes corrected"] = float(sum(one["strength"] > 0 for one in learned))
        yield moved


def moves(name: str, before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return how far each attribute's area moved."""
    return {f"{name} {attribute}": after[attribute] - before[attribute] for attribute in before}


def toxicity(model: Classifier, examples: list[Example]) -> NDArray[np.float64]:
    """Score the toxicity of English comments."""
    found = model.score([example.text for example in examples], ["en"] * len(examples))
    return np.array([one.scores["toxicity"] for one in found])


def main() -> None:
    """Adapt to each source, with each number of decisions, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=DEFAULT)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--decisions", type=int, nargs="+", default=[50, 100, 500, 5000])
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=list(SOURCES))
    arguments = parser.parse_args()
    base = Classifier.load(arguments.model)
    suites = {
        "our contrast examples": contrast_examples(),
        "our gate's suite": suite_examples(),
        "our identity suite": [example for _, example in identity_examples()],
    }
    examples = {path.name.split(".")[0]: list(read([path])) for path in files([arguments.data])} | suites
    data = {
        name: Rows(rows, design([example.text for example in rows], base.spec))
        for name, rows in examples.items()
        if any(example.labels for example in rows)
    }
    for name, label in SOURCES.items():
        mine = [
            replace(e, labels={**e.labels, "toxicity": e.labels[label]}) if label in e.labels else e
            for e in data[name].examples
        ]
        data[name] = Rows(mine, data[name].matrix)
    for name in arguments.sources:
        most = sum("toxicity" in example.labels for example in data[name].examples) * 4 // 5
        for count in dict.fromkeys(min(count, most) for count in arguments.decisions):
            for queue in (False, True):
                moved = list(runs(base, data, Newsroom(name, count, queue), arguments.seeds))
                print(f"\n{count} decisions on {name}, {'as queued' if queue else 'at random'}:")
                for key in moved[0]:
                    values = [one[key] for one in moved]
                    print(f"  {key:40} {np.mean(values):+.4f}  ({min(values):+.4f} to {max(values):+.4f})", flush=True)


if __name__ == "__main__":
    main()
