r"""Our scores on Perspective's scale beside what raters say: `python -m benchmarks.perspective ../shared/data`.

A site without a map of its own answers Perspective's clients by one rule (`usual_score`). Civil Comments' fractions of
raters are what Perspective learned, so a score there should be near them. For each threshold, in percent:

- raters: comments whose fraction reaches it, where the labels are fractions (0.5 alone, where they are majorities);
- the rule: comments whose score reaches it on Perspective's scale;
- as it is: the same with our score unchanged;
- old rule: the same with our odds multiplied so that the model's own threshold becomes 0.8.

The sets in `train/` were among what the shipped model learned from, and are not at their natural rate.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from model.classifier import DEFAULT, Classifier
from model.data import MAJORITY, read
from service.moderation.perspective import USUAL_THRESHOLD, usual_score

SETS = {
    "Civil Comments, natural rate": "eval/civil_toxic_natural.jsonl.gz",
    "Globe and Mail": "eval/news_ucc_val.jsonl.gz",
    "news insults, 2012": "eval/insults.jsonl.gz",
    "Civil Comments, toxic side": "train/civil_toxic_spans.jsonl.gz",
    "Civil Comments, chosen for extremes": "train/civil_sixlabel.jsonl.gz",
}
THERE = (0.5, 0.7, 0.8, 0.9)
FEW = 10  # comments that reach a threshold, below which a share says nothing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """Shares of one set's comments that reach a threshold there, in percent."""

    comments: str
    attribute: str
    known: int
    threshold: float
    raters: float
    rule: float
    as_it_is: float
    old_rule: float


def rows(classifier: Classifier, data: Path) -> list[Row]:
    """Each set, attribute and threshold of which the labels tell anything."""
    found = []
    for name, path in SETS.items():
        examples = list(read([data / path]))
        scored = classifier.score([one.text for one in examples], [one.language for one in examples])
        for attribute in classifier.attributes:
            pairs = [
                (example.labels[attribute], one.scores[attribute])
                for example, one in zip(examples, scored, strict=True)
                if attribute in example.labels and attribute in one.scores
            ]
            labels, ours = np.array(pairs).reshape(-1, 2).T
            if len(set(labels)) > 1:
                found += of_one(name, attribute, labels, ours, classifier.thresholds[attribute])
    return found


def of_one(name: str, attribute: str, labels: Floats, ours: Floats, threshold: float) -> list[Row]:
    """The rows of one attribute in one set."""
    shifted = _old(ours, threshold)
    usual = np.array([usual_score(float(score)) for score in ours])
    there = (MAJORITY,) if set(labels) <= {0, 1} else THERE
    return [
        Row(name, attribute, len(labels), t, *(round(100 * float((one >= t).mean()), 2) for one in columns))
        for t in there
        if (labels >= t).sum() >= FEW
        for columns in [(labels, usual, ours, shifted)]
    ]


def _old(ours: Floats, threshold: float) -> Floats:
    ratio = USUAL_THRESHOLD / (1 - USUAL_THRESHOLD) * (1 - threshold) / threshold
    return ratio * ours / (1 + (ratio - 1) * ours)


def main() -> None:
    """Print a row for each threshold, and keep the figures if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=DEFAULT)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = rows(Classifier.load(asked.model), asked.data)
    table = Table("comments", "attribute", "known", "there", "raters", "the rule", "as it is", "old rule")
    for row in found:
        table.add_row(*(f"{value:,}" if isinstance(value, int | float) else value for value in asdict(row).values()))
    Console().print(table)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
