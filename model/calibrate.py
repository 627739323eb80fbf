"""From linear scores to probabilities, and from probabilities to the thresholds that hold a comment by default.

A calibration is a line per attribute and language on the logit scale (Platt 1999), so that explanations add up. Its
slope comes from rows that the weights had not seen. Its intercept is moved to the rate of news comments: going from the
rate r of the rows to the rate n of news multiplies the odds of a class by n(1 - r) / (r(1 - n)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from model import ATTRIBUTES
from model.classifier import ANY_LANGUAGE
from model.data import MAJORITY, Example
from model.language import ENGLISH

CAUGHT = 0.85  # share of toxic news comments that the default threshold of toxicity holds
SPARED = 0.995  # share of clean news comments that every other threshold leaves alone
LOWEST = 0.1  # of those other thresholds
SPAM_RATE = 0.05  # assumed: no source says how much spam a news site gets
NEWS_RATE = 0.1  # of toxic comments, where no news comments are given
KNOWN_FROM = 0.80  # AUC below which an attribute is left out in a language
ENOUGH = 15  # positive and negative rows without which nothing is said of a language
FOLDS = 5
TOXICITY, SPAM = "toxicity", "spam"
ENGLISH_TOXICITY = "english_toxicity"
WEIGHTINGS = (*ATTRIBUTES, ENGLISH_TOXICITY)  # of the table of weights, in order
SERVED_BY = {ENGLISH: {TOXICITY: ENGLISH_TOXICITY}}  # everything else by the weighting of the attribute's name

Floats = NDArray[np.float64]
Line = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scores:
    """Linear scores (rows, attributes) of rows that the weights did not see, labels likewise (NaN: unknown)."""

    linear: Floats
    labels: Floats
    languages: NDArray[np.str_]

    @classmethod
    def of(cls, examples: Sequence[Example], linear: Floats) -> Scores:
        """Put the linear scores of `examples` (rows, weightings), as they serve, beside what is known of them."""
        labels = np.array([[example.labels.get(a, np.nan) for a in ATTRIBUTES] for example in examples])
        languages = np.array([example.language for example in examples], dtype=np.str_)
        return cls.serving(labels.reshape(-1, len(ATTRIBUTES)), languages, linear)

    @classmethod
    def serving(cls, labels: Floats, languages: NDArray[np.str_], linear: Floats) -> Scores:
        """Choose for each row the linear scores (rows, weightings) that serve its language."""
        serving = linear[:, : len(ATTRIBUTES)].copy()
        for language, served in SERVED_BY.items():
            rows = languages == language
            for attribute, weighting in served.items():
                serving[rows, ATTRIBUTES.index(attribute)] = linear[rows, WEIGHTINGS.index(weighting)]
        return cls(serving, labels, languages)

    def known(self, attribute: str, language: str | None = None) -> tuple[Floats, NDArray[np.bool_]]:
        """Return scores and truths of the rows where the attribute is known (in one language, if given)."""
        place = ATTRIBUTES.index(attribute)
        rows = ~np.isnan(self.labels[:, place])
        if language:
            rows &= self.languages == language
        return self.linear[rows, place], self.labels[rows, place] >= MAJORITY


@dataclass(frozen=True, slots=True)
class Calibration:
    """Lines (slope, intercept) by language and attribute, thresholds by attribute, and how well they do."""

    lines: dict[str, dict[str, Line]]
    thresholds: dict[str, float]
    metrics: dict[str, Any]


def calibrate(held: Scores, news: Scores, civil: Floats) -> Calibration:
    """Calibrate on held-out rows and on news comments at their natural rate; choose thresholds on the latter.

    `civil` are labels (rows, attributes; NaN: unknown) of Civil Comments.
    """
    rates = news_rates(news, civil)
    lines: dict[str, dict[str, Line]] = {}
    aucs: dict[str, dict[str, float]] = {}
    for language in sorted(set(held.languages.tolist())):
        for attribute in ATTRIBUTES[:-1]:
            scores, truth = held.known(attribute, language)
            auc = _auc(scores, truth)
            if auc is None:
                continue
            aucs.setdefault(language, {})[attribute] = auc
            if auc >= KNOWN_FROM or language == ENGLISH:
                lines.setdefault(language, {})[attribute] = moved(platt(scores, truth), truth.mean(), rates[attribute])
    spam, truth = held.known(SPAM)
    anywhere: dict[str, Line] = {}
    if auc := _auc(spam, truth):
        aucs[ANY_LANGUAGE] = {SPAM: auc}
        anywhere[SPAM] = moved(platt(spam, truth), truth.mean(), rates[SPAM])
    for row in (lines.setdefault(language, {}) for language in [*lines, ENGLISH]):
        row.update(anywhere)
    if _auc(*news.known(TOXICITY)):
        _move_to_news(lines[ENGLISH], news, rates)
    lines[ANY_LANGUAGE] = anywhere
    thresholds = choose_thresholds(lines[ENGLISH], news)
    known = {"held_out_auc": aucs, "rates": rates}
    return Calibration(lines, thresholds, {**known, **news_metrics(news, lines[ENGLISH], thresholds)})


def news_rates(news: Scores, civil: Floats) -> dict[str, float]:
    """Estimate how often each attribute is true of a news comment.

    Toxicity is counted; of the others only their share among toxic comments is known, from Civil Comments.
    """
    _, toxic = news.known(TOXICITY)
    rates = {TOXICITY: float(toxic.mean()) if toxic.any() else NEWS_RATE, SPAM: SPAM_RATE}
    among = civil[civil[:, ATTRIBUTES.index(TOXICITY)] >= MAJORITY]
    for place, attribute in enumerate(ATTRIBUTES[1:-1], 1):
        known = among[~np.isnan(among[:, place]), place]
        share = (1 + np.count_nonzero(known >= MAJORITY)) / (10 + len(known))  # a tenth where nothing is known
        rates[attribute] = rates[TOXICITY] * share
    return rates


def platt(scores: Floats, truth: NDArray[np.bool_]) -> Line:
    """Fit a line on the logit scale; lightly held back, so that perfectly separated rows do not get certainty."""
    regression = LogisticRegression(C=100).fit(scores[:, None], truth)
    return float(regression.coef_[0, 0]), float(regression.intercept_[0])


def moved(line: Line, rate: float, to: float) -> Line:
    """Move a calibration from rows with one rate of positives to another."""
    return line[0], line[1] + float(np.log(to / (1 - to)) - np.log(rate / (1 - rate)))


def probability(scores: Floats, line: Line) -> Floats:
    """Apply a calibration."""
    found: Floats = expit(scores * line[0] + line[1])
    return found


def calibration_error(scores: Floats, truth: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error: mean |share of positives - mean score| over bins of equal width, by their size."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = np.bincount(place, scores - truth, minlength=bins)
    return float(np.abs(gaps).sum() / len(scores))


def choose_thresholds(lines: dict[str, Line], news: Scores) -> dict[str, float]:
    """Choose each attribute's default hold threshold on news comments; without any, 0.5."""
    scores, toxic = news.known(TOXICITY)
    thresholds = dict.fromkeys(ATTRIBUTES, 0.5)
    if not toxic.any() or TOXICITY not in lines:
        return thresholds
    thresholds[TOXICITY] = _down(np.quantile(probability(scores[toxic], lines[TOXICITY]), 1 - CAUGHT, method="lower"))
    clean = news.linear[news.labels[:, 0] < MAJORITY]
    for place, attribute in enumerate(ATTRIBUTES[1:], 1):
        if attribute in lines:
            highest = float(np.quantile(probability(clean[:, place], lines[attribute]), SPARED))
            thresholds[attribute] = max(LOWEST, _down(highest + 0.001))
    return thresholds


def news_metrics(news: Scores, lines: dict[str, Line], thresholds: dict[str, float]) -> dict[str, Any]:
    """Say how toxicity does on news comments, line and threshold fitted on four fifths and measured on the fifth."""
    scores, toxic = news.known(TOXICITY)
    if _auc(scores, toxic) is None:
        return {}
    found, held = np.empty_like(scores), np.empty(len(scores), dtype=np.bool_)
    fold = np.arange(len(scores)) % FOLDS
    for k in range(FOLDS):
        fit, out = fold != k, fold == k
        found[out] = probability(scores[out], platt(scores[fit], toxic[fit]))
        held[out] = scores[out] >= np.quantile(scores[fit & toxic], 1 - CAUGHT)
    return {
        "news": {
            "auc": round(float(roc_auc_score(toxic, scores)), 4),
            "calibration_error": round(calibration_error(found, toxic), 4),
            "caught": round(float(held[toxic].mean()), 4),
            "clean_held": round(float(held[~toxic].mean()), 4),
        }
    }


def _move_to_news(lines: dict[str, Line], news: Scores, rates: dict[str, float]) -> None:
    """Fit toxicity on news; give the other attributes the intercept that makes their mean score on news their rate."""
    for place, attribute in enumerate(ATTRIBUTES[:-1]):
        if attribute == TOXICITY:
            lines[attribute] = platt(*news.known(TOXICITY))
        elif attribute in lines:
            slope, scores, rate = lines[attribute][0], news.linear[:, place], rates[attribute]

            def surplus(intercept: float, slope: float = slope, scores: Floats = scores, rate: float = rate) -> float:
                return float(probability(scores, (slope, intercept)).mean()) - rate

            lines[attribute] = slope, float(brentq(surplus, -1000, 1000))


def _auc(scores: Floats, truth: NDArray[np.bool_]) -> float | None:
    if min(truth.sum(), (~truth).sum()) < ENOUGH:
        return None
    return round(float(roc_auc_score(truth, scores)), 4)


def _down(value: float) -> float:
    """Round down to three decimals, so that a rounded threshold holds no less than the exact one."""
    return float(np.floor(value * 1000) / 1000)
