"""The plain scikit-learn baseline: TF-IDF of words 1-2 and characters 2-5, one logistic regression per attribute.

    python -m benchmarks.baseline TRAIN… --eval EVAL… [--out FILE]

trains it on the rows that may train the shipped model and scores the evaluation files, so that both can be read side by
side with `winnow model evaluate`. The scores go to FILE as JSON: `{file: {attribute: [score, …]}}`, one per row.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import FeatureUnion

from model import ATTRIBUTES
from model.data import Example, read, select


def fit(examples: list[Example]) -> tuple[FeatureUnion, dict[str, LogisticRegression]]:
    """Fit the vectoriser on all texts, and a regression per attribute on the rows whose label is known."""
    vectoriser = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, dtype=np.float32)),
            ("chars", TfidfVectorizer(analyzer="char", ngram_range=(2, 5), min_df=2, dtype=np.float32)),
        ]
    )
    features = vectoriser.fit_transform([example.text for example in examples]).tocsr()
    models = {}
    for attribute in ATTRIBUTES:
        known = [i for i, example in enumerate(examples) if attribute in example.labels]
        truth = [examples[i].labels[attribute] >= 0.5 for i in known]
        models[attribute] = LogisticRegression(max_iter=200).fit(features[known], truth)
        print(f"fitted {attribute} on {len(known)} rows", flush=True)
    return vectoriser, models


def main() -> None:
    """Train, score, and print an AUC per file and attribute."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", nargs="+", type=Path)
    parser.add_argument("--eval", nargs="+", type=Path, required=True, dest="evaluation")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    examples, _ = select(read(arguments.train), against=read(arguments.evaluation))
    vectoriser, models = fit(examples)
    scores: dict[str, dict[str, list[float]]] = {}
    for path in arguments.evaluation:
        rows = list(read([path]))
        features = vectoriser.transform([row.text for row in rows])
        scores[path.name] = {}
        for attribute, model in models.items():
            found = model.predict_proba(features)[:, 1]
            scores[path.name][attribute] = found.tolist()
            known = [i for i, row in enumerate(rows) if attribute in row.labels]
            truth = [rows[i].labels[attribute] >= 0.5 for i in known]
            if len(set(truth)) == 2:
                print(f"{path.name} {attribute} AUC {roc_auc_score(truth, found[known]):.4f}", flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(scores))


if __name__ == "__main__":
    main()
