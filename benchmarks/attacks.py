r"""What the attack suite does to the model: `python -m benchmarks.attacks ../shared/data [--model DIR] [--json FILE]`.

On comments that it never saw, for each transformation of `model.evasion`, three figures in percentage points:

- AUC, every comment transformed, bad and clean alike: what the normaliser loses (goal: at most 3);
- AUC, only the bad ones transformed: what an attacker gains (the same goal);
- clean comments at or above the default threshold, transformed, beyond those held as they are (goal: at most 0.5).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from model.classifier import DEFAULT, Classifier
from model.data import MAJORITY, Example, read
from model.evasion import TRANSFORMATIONS, attacked
from model.intervals import auc

MOST = 3000  # comments of a file, spread over all of it
SETS = {
    "news insults": ("eval/insults.jsonl.gz", "insult"),
    "Civil Comments": ("eval/civil_toxic_natural.jsonl.gz", "toxicity"),
    "Wikipedia": ("eval/wiki_fuzzed_identity.jsonl.gz", "toxicity"),
    "blog spam": ("train/blog_spam.jsonl.gz", "spam"),
    "gambling spam": ("train/gambling_spam_id.jsonl.gz", "spam"),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What one transformation does on one set, in points."""

    comments: str
    attack: str
    auc_all: float
    auc_bad_only: float
    clean_held: float


def scores(classifier: Classifier, examples: Sequence[Example], attribute: str) -> Floats:
    """Score rows for one attribute, each in its own language."""
    found = classifier.score([e.text for e in examples], [e.language for e in examples])
    return np.array([one.scores[attribute] for one in found])


def outcomes(classifier: Classifier, data: Path) -> list[Outcome]:
    """Attack every set in every way."""
    found = []
    for name, (path, attribute) in SETS.items():
        known = [e for e in read([data / path]) if attribute in e.labels]
        examples = known[:: -(-len(known) // MOST)]
        bad = np.array([e.labels[attribute] >= MAJORITY for e in examples])
        plain = scores(classifier, examples, attribute)
        threshold = classifier.thresholds[attribute]
        for attack in TRANSFORMATIONS:
            struck = scores(classifier, attacked(examples, attack), attribute)
            only_bad = np.where(bad, struck, plain)
            more = np.mean(struck[~bad] >= threshold) - np.mean(plain[~bad] >= threshold)
            drops = (auc(bad, those) - auc(bad, plain) for those in (struck, only_bad))
            found.append(Outcome(name, attack, *(round(100 * float(x), 2) for x in (*drops, more))))
    return found


def main() -> None:
    """Print a row for each transformation, and keep the figures if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=DEFAULT)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    found = outcomes(Classifier.load(wanted.model), wanted.data)
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    table = Table("attack", *SETS, title="AUC, all transformed · only the bad ones · clean comments held more")
    for attack in TRANSFORMATIONS:
        mine = [one for one in found if one.attack == attack]
        table.add_row(attack, *(f"{o.auc_all:+.1f} · {o.auc_bad_only:+.1f} · {o.clean_held:+.1f}" for o in mine))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
