r"""The plain scikit-learn baseline: TF-IDF of words 1-2 and characters 2-5, one logistic regression per attribute.

    python -m benchmarks.baseline ../shared/data/train --eval ../shared/data/eval \\
        --news ../shared/data/eval/civil_toxic_natural.jsonl.gz [--analyzer char_wb] [--json baseline.json]

trains it on the raw rows that may train the shipped model, and prints how it does on each evaluation file, to be read
beside `winnow model evaluate`. Takes about three minutes and 6 GB. `winnow model train --baseline baseline.json` puts
its figures into a model's card.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from model import ATTRIBUTES
from model.calibrate import CAUGHT, TOXICITY
from model.data import MAJORITY, Example, files, select
from model.evaluate import measures
from model.intervals import ROUNDS

Floats = NDArray[np.float64]


def raw(paths: list[Path]) -> Iterator[Example]:
    """Read rows as they are: nothing presumed, nothing put back together."""
    for path in files(paths):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield Example(row["text"], row["labels"], row["source"], "", "")


def fit(examples: list[Example], analyzer: str) -> tuple[FeatureUnion, dict[str, LogisticRegression]]:
    """Fit the vectoriser on all texts, and a regression per attribute on the rows whose label is known."""
    vectoriser = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, dtype=np.float32)),
            ("chars", TfidfVectorizer(analyzer=analyzer, ngram_range=(2, 5), min_df=2, dtype=np.float32)),
        ]
    )
    features = vectoriser.fit_transform([example.text for example in examples]).tocsr()
    models = {}
    for attribute in ATTRIBUTES:
        known = [i for i, example in enumerate(examples) if attribute in example.labels]
        truth = [examples[i].labels[attribute] >= MAJORITY for i in known]
        models[attribute] = LogisticRegression(max_iter=200).fit(features[known], truth)
    return vectoriser, models


def scored(rows: list[Example], vectoriser: FeatureUnion, models: dict[str, LogisticRegression]) -> Floats:
    """Score rows: an array (rows, attributes)."""
    features = vectoriser.transform([row.text for row in rows])
    return np.column_stack([models[attribute].predict_proba(features)[:, 1] for attribute in ATTRIBUTES])


def thresholds(news: list[Example], scores: Floats) -> dict[str, float]:
    """Choose toxicity's as the shipped model's is chosen; all others are 0.5, as is toxicity's without news."""
    toxic = np.array([row.labels[TOXICITY] >= MAJORITY for row in news], dtype=bool)
    found = dict.fromkeys(ATTRIBUTES, 0.5)
    if toxic.any():
        found[TOXICITY] = float(np.quantile(scores[toxic, ATTRIBUTES.index(TOXICITY)], 1 - CAUGHT, method="lower"))
    return found


def main() -> None:
    """Train, score, and print a line per source and attribute."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", nargs="+", type=Path)
    parser.add_argument("--eval", nargs="+", type=Path, required=True, dest="evaluation")
    parser.add_argument("--news", nargs="*", type=Path, default=[], help="comments to choose the threshold on")
    parser.add_argument("--analyzer", choices=["char", "char_wb"], default="char")
    parser.add_argument("--json", type=Path, help="also write the measures here, with intervals, for a model's card")
    arguments = parser.parse_args()
    examples, _ = select(raw(arguments.train), against=raw([*arguments.evaluation, *arguments.news]))
    trained = fit(examples, arguments.analyzer)
    news, rows = list(raw(arguments.news)), list(raw(arguments.evaluation))
    chosen = thresholds(news, scored(news, *trained)) if news else thresholds([], np.empty((0, len(ATTRIBUTES))))
    found = measures(rows, scored(rows, *trained), chosen, ROUNDS if arguments.json else 0)
    for one in found:
        if one.auc is not None:
            print(
                f"{one.source:34} {one.attribute:16} AUC {one.auc:.4f}  held at {one.threshold:.3f}: caught"
                f" {one.caught:.3f}, clean {one.clean_held:.3f}  clean held to catch 85 % {one.clean_held_at_85:.3f}",
                flush=True,
            )
    if arguments.json:
        arguments.json.write_bytes(orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
