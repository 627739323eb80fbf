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
from functools import partial
from itertools import chain
from math import exp, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model.artifact import Artifact, ArtifactError, read
from model.explain import Pull, pulls
from model.features import FeatureSpec, columns, summed
from model.language import detect, hinted, prepare
from model.text import fold

if TYPE_CHECKING:
    from model.compiled import Compiled

DEFAULT = Path(__file__).with_name("default")
ANY_LANGUAGE = "*"
SHOWN = 8  # spans of one attribute in an explanation
SUREST = 14.0  # the largest logit: no score is nearer to 0 or 1 than 0.000001


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
    """The attributes known in one language; for each its weighting's place in the table, slope and intercept."""

    attributes: tuple[str, ...]
    lines: tuple[tuple[int, float, float], ...]

    def logits(self, found: Sequence[float]) -> list[float]:
        """Turn z of every weighting into the logits of the attributes."""
        return [min(max(found[place] * slope + intercept, -SUREST), SUREST) for place, slope, intercept in self.lines]


class Classifier:
    """A model in use. Immutable, and safe to share between threads and forked processes."""

    def __init__(self, artifact: Artifact, compiled: bool | None = False) -> None:
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
        self.reference = artifact.reference
        self._known = known
        self._weights = artifact.weights
        self._kernel = _compiled(self.spec, artifact.weights, compiled)
        self.compiled = self._kernel is not None
        self._linear = (
            self._kernel.linear if self._kernel else partial(linear, spec=self.spec, weights=artifact.weights)
        )

    @classmethod
    def load(cls, path: Path | None = None, compiled: bool | None = None) -> Classifier:
        """Load the artifact in the folder `path`, or the one that ships.

        `compiled`: score by numba; None: if it is installed. Raises `ArtifactError`, and `ImportError` without numba.
        """
        prepare()
        return cls(read(path or DEFAULT), compiled)

    @property
    def table(self) -> NDArray[np.float32]:
        """The weights, read-only: an array (columns of the features, weightings + 1)."""
        return self._weights

    def knows(self, language: str) -> tuple[str, ...]:
        """The attributes that have scores in a language, by its code as `Scored` has it."""
        return self._calibration(language).attributes

    def score(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Scored]:
        """Score comments, in order. `languages` are hints (BCP 47), one per text; where None, the language is detected.

        Any string can be scored, and the work is linear in its length.
        """
        hints = languages if languages is not None else [None] * len(texts)
        if len(hints) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(hints)} languages")
        return list(map(self._score, texts, hints, self._linear(texts).tolist()))

    def explain(self, text: str, language: str | None = None) -> Explanation:
        """Score one comment and say which parts of it pushed the scores up."""
        folded = fold([text])
        found = pulls(folded, self.spec, self._weights)
        z = (found.z if self._kernel is None else self._kernel.linear_of(folded)).tolist()
        scored = self._score(text, language, z)
        calibration = self._calibration(scored.language)
        rest = calibration.logits(z)
        spans: list[Span] = []
        for k, (attribute, (place, slope, _)) in enumerate(zip(calibration.attributes, calibration.lines, strict=True)):
            shown = _strongest(found, place, slope, attribute)
            rest[k] -= sum(span.weight for span in shown)
            spans += shown
        spans.sort(key=lambda span: -span.weight)
        return Explanation(scored, tuple(spans), dict(zip(calibration.attributes, rest, strict=True)))

    def _score(self, text: str, hint: str | None, found: Sequence[float]) -> Scored:
        language = hinted(hint) or detect(text)
        calibration = self._calibration(language)
        scores = [1 / (1 + exp(-logit)) for logit in calibration.logits(found)]
        return Scored(dict(zip(calibration.attributes, scores, strict=True)), language)

    def _calibration(self, language: str) -> _Calibration:
        return self._known.get(language, self._anywhere)


def linear(texts: Sequence[str], spec: FeatureSpec, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return z of each text and weighting, before calibration: an array (texts, weightings)."""
    sums = np.empty((len(texts), weights.shape[1]), dtype=np.float64)
    for row, found in zip(sums, columns(texts, spec), strict=True):
        row[:] = summed(found, weights)
    return sums[:, :-1] / np.sqrt(sums[:, -1:])


def _calibration(
    row: Mapping[str, Sequence[float]],
    attributes: tuple[str, ...],
    weightings: tuple[str, ...],
    served_by: Mapping[str, str],
) -> _Calibration:
    known = tuple(attribute for attribute in attributes if attribute in row)
    lines = []
    for attribute in known:
        slope, intercept = map(float, row[attribute])
        lines.append((weightings.index(served_by.get(attribute, attribute)), slope, intercept))
    if not all(map(isfinite, chain.from_iterable(lines))):
        raise ValueError("a calibration is not finite")
    return _Calibration(known, tuple(lines))


def _compiled(spec: FeatureSpec, weights: NDArray[np.float32], wanted: bool | None) -> Compiled | None:
    if wanted is False:
        return None
    try:
        from model.compiled import Compiled  # noqa: PLC0415 (numba is an extra, and takes half a second to import)
    except ImportError:
        if wanted:
            raise
        return None
    return Compiled(spec, weights)


def _strongest(found: Pull, place: int, slope: float, attribute: str) -> list[Span]:
    weights = found.words[:, place] * slope
    most = np.arange(len(weights))
    if len(weights) > SHOWN:  # of equals the first, as in a stable sort of all, which would take longer
        most = np.flatnonzero(weights >= np.partition(weights, -SHOWN)[-SHOWN])
    order = most[np.argsort(-weights[most], kind="stable")][:SHOWN]
    return [
        Span(int(found.starts[k]), int(found.ends[k]), attribute, float(weights[k])) for k in order if weights[k] > 0
    ]
