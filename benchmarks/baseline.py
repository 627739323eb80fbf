"""The plain scikit-learn baseline: TF-IDF of words 1-2 and characters 2-5, one logistic regression per attribute.

    python -m benchmarks.baseline ../shared/data/train --eval ../shared/data/eval [--analyzer char_wb]

trains it on the raw rows that may train the shipped model, and prints its AUC on each evaluation file, to be read
beside `winnow model evaluate`. Takes about three minutes and 6 GB.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import FeatureUnion

from model import ATTRIBUTES
from model.data import MAJORITY, Example, files, select
from model.evaluate import clean_held_at


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


def main() -> None:
    """Train, score, and print a line per file and attribute."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", nargs="+", type=Path)
    parser.add_argument("--eval", nargs="+", type=Path, required=True, dest="evaluation")
    parser.add_argument("--analyzer", choices=["char", "char_wb"], default="char")
    arguments = parser.parse_args()
    examples, _ = select(raw(arguments.train), against=raw(arguments.evaluation))
    vectoriser, models = fit(examples, arguments.analyzer)
    for path in files(arguments.evaluation):
        rows = list(raw([path]))
        features = vectoriser.transform([row.text for row in rows])
        for attribute, model in models.items():
            known = [i for i, row in enumerate(rows) if attribute in row.labels]
            truth = np.array([rows[i].labels[attribute] >= MAJORITY for i in known], dtype=bool)
            if truth.any() and not truth.all():
                scores = model.predict_proba(features[known])[:, 1]
                print(
                    f"{path.name:34} {attribute:16} AUC {roc_auc_score(truth, scores):.4f}"
                    f"  clean held to catch 85 % {clean_held_at(scores, truth, 0.85):.3f}"
                    f"  clean at 0.5 or more {(scores[~truth] >= 0.5).mean():.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
