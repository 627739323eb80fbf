"""Adapting a model to a newsroom: its moderators' decisions correct the scores of the model it begins with.

With o the base's logit of a decided comment and x its features (rows of length 1), scikit-learn's logistic regression
fits

    logit(P) = a * o + d . x + b[stratum],        penalty |d|**2 / (2 * C)

in which o is a prior: its column, and the strata's, are so large that the penalty does not reach them, while d is held
near 0. Only d / a, what the base did not know, is added to the base's weights: the result is one table, served as any
other. A stratum is a language, whether the chance is known with which a comment was looked at, and whether a moderator
labelled it. Moderators see a selection, richer in bad comments than the site is; how much richer lies in b, which is
dropped: the correction says what is worse than what, and the base keeps saying how much of it there is.

C is chosen by cross-validation over campaigns. A correction that does worse there than none is dropped, and so is one
that is not surely better where the base's scores have nothing to do with the decisions (a near 0). The correction is
cut down to a share of the base's own spread, so that it cannot turn the order of other kinds of comments upside down.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from model import ATTRIBUTES
from model.calibrate import SPAM, TOXICITY, Line
from model.classifier import ANY_LANGUAGE, Classifier, linear
from model.data import MAJORITY, Example, held_out
from model.language import hinted
from model.report import card as base_card
from model.text import normalise
from model.train import design, normalise_rows

RECIPE_DATE = "2026.11.25"  # of the last change to what adapting does
_PRIOR = 10.0  # factor on the columns that the penalty shall not reach
_LEAST_SLOPE = 0.25  # of the base's logit, below which decisions contradict it rather than correct it
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?")
_HANDLE = re.compile(r"[@#]\w+")
_REST = re.compile(r"[\W\d_]+")

_CARD = """
## What it was adapted to
It is model {base[version]} (digest {base[digest]}), corrected by {decisions:,} decisions of moderators{beside}; the
newest {held_out:,} decisions were held out, and nothing was learned from them. The figures above are those of the model
that it began with. Decisions say which comments are worse than which; how many are bad is still reckoned as the base
does, since moderators see a selection. By weighting:

{learned}
"""

Floats = NDArray[np.float64]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that adapting may be asked to do differently."""

    strengths: tuple[float, ...] = (0.1, 1.0, 10.0)  # scikit-learn's C, of which one is chosen
    reach: float = 0.1  # the largest standard deviation of a correction, over that of the base's logits
    held_out: float = 0.2  # share of the decisions that nothing is learned from: the newest
    enough: int = 10  # decisions of each kind without which an attribute keeps the base's weights
    doubt: float = 1.0  # standard errors by which a correction may be worse than none in cross-validation
    heaviest: float = 10.0  # the largest weight of a comment that was looked at by chance
    folds: int = 5
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Adapted:
    """What adapting made: the table of weights, a manifest without digests of files, and the hold-out."""

    weights: NDArray[np.float32]
    manifest: dict[str, Any]
    holdout: list[Example]


@dataclass(frozen=True, slots=True)
class _Decided:
    """Decisions on one weighting: features times the slopes of their lines, base logits, and so on, one per row."""

    matrix: sparse.csr_matrix
    prior: Floats
    truth: NDArray[np.bool_]
    weight: Floats
    strata: NDArray[np.intp]
    fold: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Correction:
    """What was learned for one weighting: a weight per column of the matrix, all 0 where nothing was."""

    coefficients: Floats
    strength: float = 0.0
    slope: float = 1.0
    reach: float = 0.0
    gain: float = 0.0
    error: float = 0.0


def adapt(
    base: Classifier,
    decisions: Sequence[Example],
    data_digests: Mapping[str, str],
    recipe: Recipe | None = None,
    say: Say = lambda line: None,
) -> Adapted:
    """Correct `base` by decisions. The same base, decisions and recipe give the same bytes."""
    recipe = recipe or Recipe()
    decided = latest([one for one in decisions if not one.suggested])
    training, holdout = split(decided, recipe.held_out, recipe.seed)
    say(f"{len(training)} decisions to learn from, {len(holdout)} of the newest held out")
    if beside := suggested_beside(decided, decisions):
        say(f"{len(beside)} suggested labels to learn from, of campaigns that no moderator decided on")
    training += beside
    weights = np.array(base.table)
    lines: dict[str, dict[str, Line]] = {code: dict(row) for code, row in base.manifest["calibration"].items()}
    learned: dict[str, Any] = {}
    with threadpool_limits(limits=1):
        for weighting, served in _served(base, training).items():
            learned[weighting] = _learn(base, weighting, served, recipe, weights, lines)
            say(f"{weighting}: {told(learned[weighting])}")
    return Adapted(weights, _manifest(base, training, holdout, recipe, data_digests, lines, learned), holdout)


def card(manifest: Mapping[str, Any]) -> str:
    """Write the card of an adapted model: that of its base, and what was learned from whose decisions."""
    adapted = manifest["adapted"]
    learned = "\n".join(f"- {weighting}: {told(one)}" for weighting, one in adapted["learned"].items())
    suggested = adapted.get("suggested", 0)
    beside = f" and {suggested:,} labels that none of them gave" if suggested else ""
    return base_card(manifest) + _CARD.format(**adapted | {"learned": learned or "- nothing", "beside": beside})


def implied(labels: Mapping[str, float]) -> dict[str, float]:
    """Add what follows: a comment that is not toxic is none of its kinds, and one of a kind of toxicity is toxic.

    In the four sources where all are labelled, at least 95 of 100 comments of a kind are toxic, and at most one in two
    hundred that are not toxic is of a kind.
    """
    kinds = [attribute for attribute in ATTRIBUTES if attribute not in {TOXICITY, SPAM}]
    found = dict(labels)
    if any(found.get(kind, 0) >= MAJORITY for kind in kinds):
        found.setdefault(TOXICITY, 1.0)
    if found.get(TOXICITY, 1) < MAJORITY:
        found = dict.fromkeys(kinds, 0.0) | found
    return found


def campaign(text: str) -> str:
    """Return what copies of a text have in common: its words, without links, handles and digits."""
    masked = _HANDLE.sub(" ", _LINK.sub(" ", normalise(text).text))
    return _REST.sub(" ", masked).strip() or masked


def latest(decisions: Sequence[Example]) -> list[Example]:
    """Keep the last decision on each text, with its campaign as its group, oldest first."""
    ordered = sorted(decisions, key=lambda example: example.decided_at)
    last = {normalise(example.text).text: example for example in ordered if example.labels}
    return [
        replace(example, labels=implied(example.labels), group=campaign(example.text))
        for key, example in last.items()
        if key
    ]


def suggested_beside(decided: Sequence[Example], given: Sequence[Example]) -> list[Example]:
    """Return the labels that no moderator gave, the last on each text, of campaigns that no moderator decided on.

    So they never contradict a moderator, and the hold-out, which is made of decisions alone, has no copy of them.
    """
    known = {example.group for example in decided}
    return [one for one in latest([one for one in given if one.suggested]) if one.group not in known]


def split(decisions: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Part decisions, oldest first, into those to learn from and the hold-out: the campaigns that began last.

    Without any time of a decision, the hold-out is drawn by a hash of the campaign.
    """
    if not any(example.decided_at for example in decisions):
        chosen = held_out(decisions, share, seed)
    else:
        began: dict[str, int] = {}
        first = [began.setdefault(example.group, place) for place, example in enumerate(decisions)]
        cut = sorted(first)[int(len(first) * (1 - share))] if first else 0
        chosen = [place >= cut for place in first]
    parts: tuple[list[Example], list[Example]] = [], []
    for example, out in zip(decisions, chosen, strict=True):
        parts[out].append(example)
    return parts


def told(learned: Mapping[str, Any]) -> str:
    """Say what was learned for a weighting."""
    counts = f"{learned['positive']} positive and {learned['negative']} negative decisions"
    if not learned["enough"]:
        return f"{counts}, too few of a kind: unchanged"
    crossed = f"log-loss {-learned['gain']:+.4f} (standard error {learned['error']:.4f}) in cross-validation"
    if not learned["strength"]:
        slope = f"slope of the base's scores {learned['slope']:.2f}"
        return f"{counts}, unchanged, for want of evidence that a correction helps: {crossed}, {slope}"
    return (
        f"{counts}, corrected with C={learned['strength']:g} by {learned['reach']:.1%} of the base's spread; {crossed}"
    )


def convincing(learned: Mapping[str, Any]) -> bool:
    """Say whether cross-validation found a correction better than none by more than its standard error."""
    return bool(learned["strength"] and learned["gain"] > learned["error"])


def _served(base: Classifier, decisions: Sequence[Example]) -> dict[str, list[tuple[str, str, Example]]]:
    """Sort decisions by the weighting that they speak of: (attribute, language of its line, decision)."""
    calibration, served_by = base.manifest["calibration"], base.manifest["served_by"]
    found: dict[str, list[tuple[str, str, Example]]] = {}
    for example in decisions:
        language = hinted(example.language) or ANY_LANGUAGE
        code = language if language in calibration else ANY_LANGUAGE
        for attribute in example.labels:
            if attribute in calibration[code]:
                weighting = served_by.get(code, {}).get(attribute, attribute)
                found.setdefault(weighting, []).append((attribute, code, example))
    order = base.manifest["weightings"]
    return {weighting: found[weighting] for weighting in order if weighting in found}


def _learn(  # noqa: PLR0913, PLR0917 (two of them are what is changed)
    base: Classifier,
    weighting: str,
    served: Sequence[tuple[str, str, Example]],
    recipe: Recipe,
    weights: NDArray[np.float32],
    lines: dict[str, dict[str, Line]],
) -> dict[str, Any]:
    """Learn one weighting's correction, put it into `weights` and `lines`, and say what was done."""
    place = base.manifest["weightings"].index(weighting)
    attribute = served[0][0]
    codes = [code for _, code, _ in served]
    slopes, intercepts = np.array([lines[code][attribute] for code in codes]).T
    texts = [example.text for _, _, example in served]
    raw = linear(texts, base.spec, base.table)[:, place]
    scale = np.sqrt(base.table[:, -1]).astype(np.float32)
    features = normalise_rows(design(texts, base.spec), scale)
    used = np.unique(features.indices)
    decided = _Decided(
        matrix=sparse.diags(slopes).dot(features[:, used]).tocsr(),
        prior=raw * slopes + intercepts,
        truth=np.array([example.labels[attribute] >= MAJORITY for _, _, example in served]),
        weight=_weights([example.probability for _, _, example in served], recipe.heaviest),
        strata=_strata([(code, example.probability is None, example.suggested) for _, code, example in served]),
        fold=_folds([example for _, _, example in served], recipe),
    )
    positive = int(decided.truth.sum())
    negative = len(served) - positive
    enough = min(positive, negative) >= recipe.enough
    found = correction(decided, recipe) if enough else _Correction(np.zeros(len(used)))
    weights[used, place] += (found.coefficients * scale[used]).astype(np.float32)
    if found.strength:
        shift = decided.matrix @ found.coefficients
        for code in set(codes):
            rows = np.array([one == code for one in codes])
            slope, intercept = lines[code][attribute]
            lines[code][attribute] = slope, intercept + _balance(decided.prior[rows], shift[rows], decided.weight[rows])
    return {"positive": positive, "negative": negative, "enough": enough} | {
        name: float(getattr(found, name)) for name in ("strength", "slope", "reach", "gain", "error")
    }


def correction(decided: _Decided, recipe: Recipe) -> _Correction:
    """Choose the strength by cross-validation, and fit with it on all decisions."""
    losses = [_losses(decided, strength, recipe) for strength in (0.0, *recipe.strengths)]
    gains = [losses[0] - other for other in losses[1:]]
    best = int(np.argmax([gain.mean() for gain in gains]))
    gain = float(gains[best].mean())
    error = float(gains[best].std() / np.sqrt(len(gains[best])))
    everything = np.ones(len(decided.truth), dtype=np.bool_)
    coefficients, slope = _fit(decided, everything, recipe.strengths[best], recipe.reach)
    if gain < (error if slope < _LEAST_SLOPE else -recipe.doubt * error):
        return _Correction(np.zeros(decided.matrix.shape[1]), slope=slope, gain=gain, error=error)
    return _Correction(
        coefficients, recipe.strengths[best], slope, _reach(decided, everything, coefficients), gain, error
    )


def _fit(decided: _Decided, chosen: NDArray[np.bool_], strength: float, reach: float) -> tuple[Floats, float]:
    """Fit a correction to the chosen decisions and cut it to its reach; also return the slope of the prior."""
    free = _free(decided, decided.prior)
    fitted = _regression(sparse.hstack([free, decided.matrix], format="csr"), decided, chosen, strength)
    slope = float(fitted[0]) * _PRIOR
    coefficients = fitted[free.shape[1] :] / max(slope, _LEAST_SLOPE)
    return coefficients * (reach / max(reach, _reach(decided, chosen, coefficients))), slope


def _free(decided: _Decided, logits: Floats) -> sparse.csr_matrix:
    """Return the columns that the penalty shall not reach: logits and strata."""
    strata = np.eye(decided.strata.max() + 1)[decided.strata]
    return sparse.csr_matrix(np.column_stack([logits, strata]) * _PRIOR)


def _regression(
    matrix: sparse.csr_matrix, decided: _Decided, chosen: NDArray[np.bool_], strength: float = 1.0
) -> Floats:
    regression = LogisticRegression(C=strength, fit_intercept=False, tol=1e-3, max_iter=100)
    with warnings.catch_warnings():  # running out of iterations is a way to stop, not a fault
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(matrix[chosen], decided.truth[chosen], sample_weight=decided.weight[chosen])
    found: Floats = regression.coef_[0]
    return found


def _reach(decided: _Decided, chosen: NDArray[np.bool_], coefficients: Floats) -> float:
    """Return the standard deviation of a correction on the chosen decisions, over that of the base's logits."""
    return float(np.std(decided.matrix[chosen] @ coefficients) / np.std(decided.prior[chosen]))


def _losses(decided: _Decided, strength: float, recipe: Recipe) -> Floats:
    """Return each decision's log-loss under a correction (none at strength 0) that did not see its campaign.

    The slope and the rates of the corrected logits are fitted anew each time: it is the order that counts.
    """
    logits = decided.prior.copy()
    for k in range(recipe.folds if strength else 0):
        out = decided.fold == k
        if out.any() and len(set(decided.truth[~out].tolist())) > 1:
            logits[out] += decided.matrix[out] @ _fit(decided, ~out, strength, recipe.reach)[0]
    free = _free(decided, logits)
    margin = np.asarray(free @ _regression(free, decided, np.ones(len(logits), dtype=np.bool_)), dtype=np.float64)
    losses: Floats = np.logaddexp(0, np.where(decided.truth, -margin, margin)) * decided.weight
    return losses


def _balance(prior: Floats, shift: Floats, weight: Floats) -> float:
    """Return what to add to the intercept so that the mean score of the decisions stays what the base's was."""

    def surplus(move: float) -> float:
        return float(weight @ (expit(prior + shift + move) - expit(prior)))

    bound = float(np.abs(shift).max()) + 1
    return float(brentq(surplus, -bound, bound))


def _weights(probabilities: Sequence[float | None], heaviest: float) -> Floats:
    """Weigh a comment by the inverse of the chance with which it was looked at; 1 where that is not known."""
    found: Floats = np.array([1.0 if chance is None else 1 / max(chance, 1 / heaviest) for chance in probabilities])
    return found / float(found.mean())


def _strata(keys: Sequence[tuple[str, bool, bool]]) -> NDArray[np.intp]:
    names = sorted(set(keys))
    return np.array([names.index(key) for key in keys], dtype=np.intp)


def _folds(decisions: Sequence[Example], recipe: Recipe) -> NDArray[np.intp]:
    def fold(group: str) -> int:
        content = f"{recipe.seed}/fold/{group}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.sha256(content).digest()[:4], "big") % recipe.folds

    return np.array([fold(example.group) for example in decisions], dtype=np.intp)


def _manifest(  # noqa: PLR0913, PLR0917 (all that a manifest says)
    base: Classifier,
    training: Sequence[Example],
    holdout: Sequence[Example],
    recipe: Recipe,
    data_digests: Mapping[str, str],
    lines: Mapping[str, Mapping[str, Line]],
    learned: Mapping[str, Any],
) -> dict[str, Any]:
    beside = sum(example.suggested for example in training)
    told_apart = (beside,) if beside else ()
    content = repr((base.digest, sorted(data_digests.items()), RECIPE_DATE, asdict(recipe), *told_apart))
    names = sorted({example.source for example in training})
    own = [
        {
            "source": name,
            "comments": sum(example.source == name for example in training),
            "name": name,
            "licence": "your own",
        }
        for name in names
    ]
    return {
        **base.manifest,
        "version": f"{base.version}+{hashlib.sha256(content.encode()).hexdigest()[:6]}",
        "calibration": lines,
        "sources": [*base.manifest["sources"], *own],
        "adapted": {
            "base": {"version": base.version, "digest": base.digest},
            "decisions": len(training) - beside,
            **({"suggested": beside} if beside else {}),
            "held_out": len(holdout),
            "data": dict(sorted(data_digests.items())),
            "recipe": {"date": RECIPE_DATE, **asdict(recipe)},
            "learned": dict(learned),
        },
    }
