"""What the service uses of the model, all of it: load, score, explain. Needs numpy, no scikit-learn.

The score of a comment is linear until the last step. With F the set of its feature columns, W the table of weights,
s the scale of each column (its squares are the table's last column), and w(a) the weighting that serves attribute a in
the comment's language (of its own name, unless the manifest says otherwise),

    z[a] = sum(W[f, w(a)] for f in F) / sqrt(sum(s[f]**2 for f in F))
    logit(score[a]) = slope[a] * z[a] + intercept[a]

where slope and intercept are the calibration of attribute a in the comment's language (Platt 1999, with the prior moved
to that of news comments). This equals scikit-learn's `LogisticRegression.predict_proba` on L2-normalised features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.artifact import Artifact, ArtifactError, read
from model.explain import Pull, pulls
from model.features import FeatureSpec, columns
from model.language import detect, hinted, prepare

DEFAULT = Path(__file__).with_name("default")
ANY_LANGUAGE = "*"
SHOWN = 8  # spans of one attribute in an explanation
SUREST = 14.0  # the largest logit: no score is nearer to 0 or 1 than 0.000001
_SLICE = 256


@dataclass(frozen=True, slots=True)
class Scored:
    """A comment's scores.

    `scores` maps an attribute to a calibrated probability; an attribute that the model does not know in the comment's
    language is absent. `language` is an ISO 639-1 code (639-3 where there is none), "und" if unknown.
    """

    scores: dict[str, float]
    language: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text as sent, `[start, end)` in code points, and its share of the attribute's logit."""

    start: int
    end: int
    attribute: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a comment got its scores: spans that push a score up, most telling first.

    `rest` is, for each attribute, the intercept and all that is not shown: with the weights of that attribute's spans
    it adds up to the logit of the score.
    """

    scored: Scored
    spans: tuple[Span, ...]
    rest: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Calibration:
    """Slopes and intercepts of the attributes known in one language; `places` are their weightings in the table."""

    attributes: tuple[str, ...]
    places: NDArray[np.intp]
    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]


class Classifier:
    """A model in use. Immutable, and safe to share between threads and forked processes."""

    def __init__(self, artifact: Artifact) -> None:
        manifest = artifact.manifest
        try:
            self.spec = FeatureSpec(**manifest["features"])
            self.attributes: tuple[str, ...] = tuple(manifest["attributes"])
            self.thresholds: dict[str, float] = {a: float(manifest["thresholds"][a]) for a in self.attributes}
            self.version: str = manifest["version"]
            weightings, served_by = tuple(manifest["weightings"]), manifest["served_by"]
            known = {
                code: _calibration(row, self.attributes, weightings, served_by.get(code, {}))
                for code, row in manifest["calibration"].items()
            }
            self._anywhere = known.pop(ANY_LANGUAGE)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"the manifest is incomplete: {error!r}") from error
        if artifact.weights.shape != (self.spec.width, len(weightings) + 1):
            raise ArtifactError(f"the table of weights has the shape {artifact.weights.shape}")
        self.manifest: Mapping[str, Any] = manifest
        self.digest = artifact.digest
        self._known = known
        self._weights = artifact.weights

    @classmethod
    def load(cls, path: Path | None = None) -> Classifier:
        """Load the artifact in the folder `path`, or the one that ships. Raises `ArtifactError`."""
        prepare()
        return cls(read(path or DEFAULT))

    @property
    def table(self) -> NDArray[np.float32]:
        """The weights, read-only: an array (columns of the features, weightings + 1)."""
        return self._weights

    def score(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Scored]:
        """Score comments, in order. `languages` are hints (BCP 47), one per text; where None, the language is detected.

        Any string can be scored, and the work is linear in its length.
        """
        hints = languages if languages is not None else [None] * len(texts)
        if len(hints) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(hints)} languages")
        scored: list[Scored] = []
        for start in range(0, len(texts), _SLICE):
            scored += self._score(texts[start : start + _SLICE], hints[start : start + _SLICE])
        return scored

    def explain(self, text: str, language: str | None = None) -> Explanation:
        """Score one comment and say which parts of it pushed the scores up."""
        scored = self.score([text], [language])[0]
        calibration = self._calibration(scored.language)
        found = pulls(text, self.spec, self._weights)
        rest = self._logits(found.total[None, :], calibration)[0]
        spans: list[Span] = []
        for k, attribute in enumerate(calibration.attributes):
            shown = _strongest(found, calibration.places[k], calibration.slopes[k], attribute)
            rest[k] -= sum(span.weight for span in shown)
            spans += shown
        spans.sort(key=lambda span: -span.weight)
        return Explanation(scored, tuple(spans), dict(zip(calibration.attributes, rest.tolist(), strict=True)))

    def _score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scored]:
        found = linear(texts, self.spec, self._weights)
        languages = [hinted(hint) or detect(text) for text, hint in zip(texts, hints, strict=True)]
        scored: list[Scored | None] = [None] * len(texts)
        for language in set(languages):
            calibration = self._calibration(language)
            rows = [k for k, spoken in enumerate(languages) if spoken == language]
            scores = 1 / (1 + np.exp(-self._logits(found[rows], calibration)))
            for k, values in zip(rows, scores.tolist(), strict=True):
                scored[k] = Scored(dict(zip(calibration.attributes, values, strict=True)), language)
        return [one for one in scored if one is not None]

    def _calibration(self, language: str) -> _Calibration:
        return self._known.get(language, self._anywhere)

    @staticmethod
    def _logits(found: NDArray[np.float64], calibration: _Calibration) -> NDArray[np.float64]:
        logits = found[:, calibration.places] * calibration.slopes + calibration.intercepts
        return np.minimum(np.maximum(logits, -SUREST), SUREST)


def linear(texts: Sequence[str], spec: FeatureSpec, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return z of each text and weighting, before calibration: an array (texts, weightings)."""
    sums = np.empty((len(texts), weights.shape[1]), dtype=np.float64)
    for row, found in zip(sums, columns(texts, spec), strict=True):
        row[:] = _ones(len(found)) @ weights.take(found, axis=0)
    return sums[:, :-1] / np.sqrt(sums[:, -1:])


@cache
def _all_ones(size: int) -> NDArray[np.float32]:
    return np.ones(size, dtype=np.float32)


def _ones(size: int) -> NDArray[np.float32]:
    return _all_ones(1 << size.bit_length())[:size]


def _calibration(
    row: Mapping[str, Sequence[float]],
    attributes: tuple[str, ...],
    weightings: tuple[str, ...],
    served_by: Mapping[str, str],
) -> _Calibration:
    known = tuple(attribute for attribute in attributes if attribute in row)
    lines = np.array([row[attribute] for attribute in known], dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(lines).all():
        raise ValueError("a calibration is not finite")
    places = np.array([weightings.index(served_by.get(attribute, attribute)) for attribute in known], dtype=np.intp)
    return _Calibration(known, places, lines[:, 0], lines[:, 1])


def _strongest(found: Pull, place: int, slope: float, attribute: str) -> list[Span]:
    weights = found.words[:, place] * slope
    order = np.argsort(-weights, kind="stable")[:SHOWN]
    return [
        Span(int(found.starts[k]), int(found.ends[k]), attribute, float(weights[k])) for k in order if weights[k] > 0
    ]
