"""Words for groups of people: who is mentioned, and whether scores treat the groups alike.

The suite (`identity.json`, our own sentences, CC0 1.0) says the same things of some 65 groups: plain and friendly ones,
and hostile ones. It has sentences about people by name and about matters of debate as well. None of its templates is
trained on, so that it measures what was learned of the words and not what was learned by heart.

The measures are those of Borkan et al. 2019, "Nuanced Metrics for Measuring Unintended Bias with Real Data for Text
Classification".
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from model import ATTRIBUTES
from model.data import Example
from model.intervals import auc, share

SOURCE = "winnow_identity"
NAME, TOPIC = "(a name)", "(a topic)"  # what stands for a term in sentences about a person by name, or about a subject
FACTOR = 1.5  # a term whose false positive rate is further from the median than this factor is treated differently
_PLAIN = dict.fromkeys(ATTRIBUTES, 0.0)
_HOSTILE = {"toxicity": 1.0}


@dataclass(frozen=True, slots=True)
class TermBias:
    """How one attribute's scores do on the rows that mention one term.

    `false_positive_rate` is the share of the `clean` rows with the term that are at or above the threshold, and `ratio`
    that rate over the median of all terms (infinite over a median of 0; 1 where both are 0). `beyond_chance` says that
    the rate's whole interval lies outside a factor of `FACTOR` of the median (of the mean, if the median is 0).

    Of the areas under the curve, `subgroup_auc` is on the rows with the term alone; `bpsn_auc` sets its clean rows
    against the bad rows without it ("background positive, subgroup negative": low where the term itself raises scores),
    `bnsp_auc` its bad rows against the clean ones without it. NaN are areas without rows of both kinds.
    """

    term: str
    rows: int
    clean: int
    false_positive_rate: float
    ratio: float
    beyond_chance: bool
    subgroup_auc: float
    bpsn_auc: float
    bnsp_auc: float

    @property
    def apart(self) -> bool:
        """Whether the false positive rate lies outside a factor of `FACTOR` of the median."""
        return not 1 / FACTOR <= self.ratio <= FACTOR


def identity_examples() -> list[tuple[str, Example]]:
    """Return the suite in a fixed order: the term that a row mentions (or `NAME` or `TOPIC`), and the row."""
    content = _content()
    forms = [(row["term"], {"person": row["person"], "people": row["people"]}, "") for row in content["terms"]]
    forms += [(NAME, {"name": name}, "_name") for name in content["names"]]
    forms += [(TOPIC, {"topic": topic}, "_topic") for topic in content["topics"]]
    return [
        (term, Example(_sentence(template, form), labels, SOURCE, "en", template))
        for kind, labels in (("plain", _PLAIN), ("hostile", _HOSTILE))
        for term, form, suffix in forms
        for template in content["templates"].get(kind + suffix, ())
    ]


def mentioned(text: str) -> frozenset[str]:
    """Return the terms that a text mentions, whatever it means by them: "old news" mentions "old"."""
    pattern, terms = _lexicon()
    return frozenset(terms[found.lower()] for found in pattern.findall(text))


def bias(
    scores: NDArray[np.float64],
    truth: NDArray[np.bool_],
    terms: Sequence[str | Collection[str]],
    threshold: float = 0.5,
    least: int = 1,
) -> list[TermBias]:
    """Measure scores (rows,) against truths (rows,) by term; `terms` are those that each row mentions, one or several.

    Terms with fewer than `least` clean rows (at least 1) are left out. The others come in alphabetical order.
    """
    mentions = [{one} if isinstance(one, str) else set(one) for one in terms]
    held = scores >= threshold
    within = {term: np.array([term in one for one in mentions]) for term in sorted(set().union(*mentions))}
    within = {term: rows for term, rows in within.items() if (rows & ~truth).sum() >= least}
    rates = {term: share(held[rows & ~truth], "exact") for term, rows in within.items()}
    values = [rate.value for rate in rates.values()] or [0.0]
    median = float(np.median(values))
    usual = median or float(np.mean(values))  # over a median of 0 any rate is infinitely large
    return [
        TermBias(
            term=term,
            rows=int(rows.sum()),
            clean=int((rows & ~truth).sum()),
            false_positive_rate=rates[term].value,
            ratio=_ratio(rates[term].value, median),
            beyond_chance=rates[term].low > usual * FACTOR or rates[term].high < usual / FACTOR,
            subgroup_auc=auc(truth[rows], scores[rows]),
            bpsn_auc=auc(*_chosen((rows & ~truth) | (~rows & truth), truth, scores)),
            bnsp_auc=auc(*_chosen((rows & truth) | (~rows & ~truth), truth, scores)),
        )
        for term, rows in within.items()
    ]


def _chosen(
    rows: NDArray[np.bool_], truth: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    return truth[rows], scores[rows]


def _ratio(rate: float, median: float) -> float:
    return rate / median if median else math.inf if rate else 1.0


def _sentence(template: str, form: dict[str, str]) -> str:
    filled = template.format(**form)
    return filled[0].upper() + filled[1:]


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(Path(__file__).with_name("identity.json").read_bytes())
    return content


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern that finds the words, the longest first, and the term that each stands for."""
    terms = {word: row["term"] for row in _content()["terms"] for word in row["words"]}
    words = "|".join(re.escape(word) for word in sorted(terms, key=len, reverse=True))
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE), terms
