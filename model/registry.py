"""The gate: whether a candidate may take the place of the model that serves, check by check.

It needs no data but what ships: our own sentences (`suite.json`), the attacks on them (`model.evasion`) and the
identity suite (`model.identity`), none of which is trained on. A hold-out, where there is one, is what it trusts most.
Publishing itself is `service/store/models.py`, for the model knows no Redis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model import ATTRIBUTES
from model.adapt import convincing
from model.artifact import ArtifactError
from model.calibrate import SPAM, TOXICITY, calibration_error
from model.checks import Check, Figure
from model.classifier import Classifier
from model.contrast import suite_examples
from model.data import MAJORITY, Example, read
from model.evaluate import score
from model.evasion import TRANSFORMATIONS, attacked
from model.identity import bias, identity_examples
from model.intervals import Interval, auc_difference, bootstrap

HOLDOUT = "holdout.jsonl.gz"  # beside an adapted artifact's files, and no part of it
ENOUGH = 15  # rows of each kind without which a hold-out says nothing of an attribute
ROUNDS = 500  # of the bootstrap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gate lets pass. Differences are the candidate's less those of the model in place."""

    comments: int = 1000  # that a model was trained on, at least
    decisions: int = 100  # that an adapted one learned from, at least
    auc: float = 0.01  # loss of area under a curve that is refused, unless chance alone may well have done it
    calibration: float = 0.02  # rise of the calibration error on a hold-out
    rise: float = 0.05  # of the mean score of plain sentences
    fall: float = 0.15  # of the mean score of bad ones, which are fewer
    attacked: float = 0.02  # loss of area under the curve on average over the attacks
    attack: float = 0.05  # and under the worst of them
    positives: float = 0.02  # rise of the false positive rate over all identity terms
    term: float = 0.1  # and for one of them


def examine(folder: Path, current: Classifier, holdout: Sequence[Example] = ()) -> list[Check]:
    """Load the candidate in `folder` and gate it on `holdout` and on the hold-out that lies beside it.

    A candidate that cannot be loaded fails the check "integrity", and no other is made.
    Raises `DataError` where the hold-out beside it cannot be read.
    """
    try:
        candidate = Classifier.load(folder)
    except ArtifactError as error:
        return [Check("integrity", passed=False, message=str(error))]
    beside = folder / HOLDOUT
    return gate(candidate, current, [*holdout, *(read([beside]) if beside.exists() else ())])


def gate(
    candidate: Classifier, current: Classifier, holdout: Sequence[Example] = (), limits: Limits | None = None
) -> list[Check]:
    """Make every check of a loaded candidate against the model in place; refuse it where one did not pass."""
    limits = limits or Limits()
    first = [_integrity(candidate), _attributes(candidate, current), _training(candidate, limits)]
    if not first[0].passed:
        return first
    return [
        *first,
        _calibration(candidate, current, limits),
        *_held_out(candidate, current, holdout, limits),
        _contrast(candidate, current, limits),
        _attacks(candidate, current, limits),
        _identity(candidate, current, limits),
    ]


def worse(difference: Interval, tolerated: float) -> bool:
    """Say whether a difference of areas under the curve is a loss that must not pass.

    It is when its whole interval lies below 0, and when it is more than tolerated and the interval reaches less far
    above 0 than that: chance alone hardly makes the one without the other (`benchmarks/gating.py`).
    """
    return difference.high < 0 or (difference.value <= -tolerated and difference.high < tolerated)


def _verdict(name: str, faults: Sequence[str], otherwise: str, figures: Sequence[Figure] = ()) -> Check:
    return Check(name, passed=not faults, message="; ".join(faults) or otherwise, figures=tuple(figures))


def _integrity(candidate: Classifier) -> Check:
    faults = []
    if not np.isfinite(candidate.table).all():
        faults.append(f"{np.count_nonzero(~np.isfinite(candidate.table))} weights are no numbers")
    elif candidate.table[:, -1].min() < 0 or not candidate.table[:, -1].any():
        faults.append("the scales of the features are no squares")
    faults += [
        f"the threshold of {attribute} is {value}, not above 0 and at most 1"
        for attribute, value in candidate.thresholds.items()
        if not 0 < value <= 1
    ]
    return _verdict("integrity", faults, f"version {candidate.version}, {candidate.table.size:,} weights, all finite")


def _attributes(candidate: Classifier, current: Classifier) -> Check:
    """Refuse a candidate that no longer says what policies rely on."""
    faults = [
        f"{attribute} is no longer known in {language}"
        for language, known in current.manifest["calibration"].items()
        for attribute in known
        if attribute not in candidate.manifest["calibration"].get(language, {})
    ]
    return _verdict("attributes", faults, "knows every attribute in every language that the model in place knows")


def _training(candidate: Classifier, limits: Limits) -> Check:
    comments = sum(source["comments"] for source in candidate.manifest["sources"])
    adapted = candidate.manifest.get("adapted")
    faults = []
    if comments < limits.comments:
        faults.append(f"trained on {comments:,} comments, at least {limits.comments:,} are needed")
    if adapted and adapted["decisions"] < limits.decisions:
        faults.append(f"learned from {adapted['decisions']} decisions, at least {limits.decisions} are needed")
    if adapted and not any(convincing(one) for one in adapted["learned"].values()):
        faults.append("no correction was better than none in cross-validation by more than its standard error")
    figures = [Figure("comments learned from", comments, comments >= limits.comments, least=limits.comments)]
    if adapted:
        learned = adapted["decisions"]
        figures.append(Figure("decisions learned from", learned, learned >= limits.decisions, least=limits.decisions))
    decisions = f", {adapted['decisions']} decisions among them" if adapted else ""
    return _verdict("training", faults, f"trained on {comments:,} comments{decisions}", figures)


def _calibration(candidate: Classifier, current: Classifier, limits: Limits) -> Check:
    """Slopes, and what scores our own sentences get: an intercept moves no curve, but every verdict."""
    faults = [
        f"the slope of {attribute} in {language} is {line[0]:.3f}, not positive"
        for language, known in candidate.manifest["calibration"].items()
        for attribute, line in known.items()
        if line[0] <= 0
    ]
    figures = []
    examples = suite_examples()
    mine, theirs = score(candidate, examples), score(current, examples)
    for attribute in ATTRIBUTES:
        rows, truth = _known(examples, attribute, mine, theirs)
        for bad, kind in ((False, "plain"), (True, "bad")):
            if (truth != bad).all():
                continue
            now, before = (float(_of(one, attribute)[rows][truth == bad].mean()) for one in (mine, theirs))
            off, tolerated = (before - now, limits.fall) if bad else (now - before, limits.rise)
            bounds = (-tolerated, None) if bad else (None, tolerated)
            figures.append(
                Figure(f"{attribute}: mean score of {kind} sentences", now - before, off <= tolerated, *bounds)
            )
            if off > tolerated:
                faults.append(
                    f"{attribute} of {kind} sentences is {now:.3f} on average, which was {before:.3f} "
                    f"({now - before:+.3f}, {tolerated:.3f} is tolerated)"
                )
    said = "slopes are positive, mean scores of our own sentences where they were"
    return _verdict("calibration", faults, said, figures)


def _held_out(
    candidate: Classifier, current: Classifier, holdout: Sequence[Example], limits: Limits
) -> Iterator[Check]:
    """Compare on decisions that neither model saw, by source: order, and how near scores are to rates."""
    mine, theirs = score(candidate, holdout), score(current, holdout)
    measured, faults, blurs = [], [], []
    orders, errors = [], []
    sources = np.array([example.source for example in holdout], dtype=np.str_)
    for source in sorted(set(sources.tolist())):
        for attribute in ATTRIBUTES:
            rows, truth = _known(holdout, attribute, mine, theirs)
            rows, truth = rows & (sources == source), truth[sources[rows] == source]
            if min(truth.sum(), (~truth).sum()) < ENOUGH:
                continue
            scores = _of(theirs, attribute)[rows], _of(mine, attribute)[rows]
            order = bootstrap(auc_difference, truth, *scores, rounds=ROUNDS)
            error = bootstrap(_error_difference, truth, *scores, rounds=ROUNDS)
            said = f"{attribute} on {len(truth)} rows of {source}"
            measured.append(f"{said}: AUC {_signed(order)}, calibration error {_signed(error)}")
            orders.append(_compared(f"{said}: AUC", order, passed=not worse(order, limits.auc), least=-limits.auc))
            if worse(order, limits.auc):
                faults.append(f"{said}: AUC {_signed(order)}, {limits.auc:.3f} less is tolerated")
            blurred = error.low > 0 and error.value > limits.calibration
            errors.append(_compared(f"{said}: error", error, passed=not blurred, most=limits.calibration))
            if blurred:
                blurs.append(f"{said}: calibration error {_signed(error)}, {limits.calibration:.3f} more is tolerated")
    nothing = f"{len(holdout)} rows, fewer than {ENOUGH} of a kind for every attribute: nothing was measured"
    yield _verdict("hold-out", faults, "; ".join(measured) or nothing, orders)
    unmoved = "no attribute's calibration error rose" if measured else nothing
    yield _verdict("hold-out calibration", blurs, unmoved, errors)


def _contrast(candidate: Classifier, current: Classifier, limits: Limits) -> Check:
    """Compare on our own sentences, about which the candidate has learned nothing by heart."""
    examples = suite_examples()
    mine, theirs = score(candidate, examples), score(current, examples)
    measured, faults, figures = [], [], []
    for attribute in ATTRIBUTES:
        rows, truth = _known(examples, attribute, mine, theirs)
        if not truth.any() or truth.all():
            continue
        found = bootstrap(
            auc_difference, truth, _of(theirs, attribute)[rows], _of(mine, attribute)[rows], rounds=ROUNDS
        )
        measured.append(f"{attribute} {_signed(found)}")
        passed = not worse(found, 2 * limits.auc)
        figures.append(_compared(f"{attribute}: AUC", found, passed=passed, least=-2 * limits.auc))
        if not passed:  # a hundred sentences say less than a hold-out
            faults.append(f"{attribute}: AUC {_signed(found)}, {2 * limits.auc:.3f} less is tolerated")
    return _verdict("contrast suite", faults, f"AUC {', '.join(measured)}", figures)


def _attacks(candidate: Classifier, current: Classifier, limits: Limits) -> Check:
    """Compare on our own sentences as disguised by every transformation."""
    examples = suite_examples()
    disguised = [one for name in TRANSFORMATIONS for one in attacked(examples, name)]
    mine, theirs = score(candidate, disguised), score(current, disguised)
    measured, faults, figures = [], [], []
    for attribute in (TOXICITY, SPAM):
        known = np.array([attribute in example.labels for example in examples])
        truth = np.array([example.labels.get(attribute, 0) >= MAJORITY for example in examples])[known]
        shape = (len(TRANSFORMATIONS), len(examples))
        now, before = (_of(one, attribute).reshape(shape)[:, known] for one in (mine, theirs))
        if np.isnan([now, before]).any():
            continue
        losses = {
            name: auc_difference(truth, old, new) for name, old, new in zip(TRANSFORMATIONS, before, now, strict=True)
        }
        mean, worst = float(np.mean(list(losses.values()))), min(losses, key=lambda name: losses[name])
        measured.append(f"{attribute} {mean:+.3f} on average, {losses[worst]:+.3f} under {worst}")
        for of, value, tolerated in (
            ("on average", mean, limits.attacked),
            (f"under {worst}", losses[worst], limits.attack),
        ):
            figures.append(Figure(f"{attribute}: AUC {of}", value, value >= -tolerated, least=-tolerated))
        if mean < -limits.attacked:
            faults.append(f"{attribute}: AUC {mean:+.3f} on average, {limits.attacked:.3f} less is tolerated")
        if losses[worst] < -limits.attack:
            faults.append(f"{attribute}: AUC {losses[worst]:+.3f} under {worst}, {limits.attack:.3f} less is tolerated")
    said = f"{len(TRANSFORMATIONS)} attacks: AUC {'; '.join(measured)}"
    return _verdict("attack suite", faults, said, figures)


def _identity(candidate: Classifier, current: Classifier, limits: Limits) -> Check:
    """Compare false positives, and order among rows with a term, on sentences that mention groups of people."""
    terms, examples = zip(*identity_examples(), strict=True)
    truth = np.array([example.labels[TOXICITY] >= MAJORITY for example in examples])
    rates, order = [], []
    for model in (candidate, current):
        scores = _of(score(model, examples), TOXICITY)
        if np.isnan(scores).any():
            return Check(
                "identity slices", passed=True, message="toxicity is not known in English: nothing was measured"
            )
        found = bias(scores, truth, terms, model.thresholds[TOXICITY])
        rates.append({one.term: one.false_positive_rate for one in found})
        order.append(float(np.nanmean([one.subgroup_auc for one in found])))
    rises = {term: rate - rates[1][term] for term, rate in rates[0].items()}
    worst = max(rises, key=lambda term: rises[term])
    mean = float(np.mean(list(rises.values())))
    change = order[0] - order[1]
    figures = [
        Figure("false positive rate, over all terms", mean, mean <= limits.positives, most=limits.positives),
        Figure(f"false positive rate, “{worst}”", rises[worst], rises[worst] <= limits.term, most=limits.term),
        Figure("mean subgroup AUC", change, change >= -limits.auc, least=-limits.auc),
    ]
    faults = []
    if mean > limits.positives:
        faults.append(f"false positive rate {mean:+.3f} over all terms, {limits.positives:.3f} more is tolerated")
    if rises[worst] > limits.term:
        faults.append(f"false positive rate {rises[worst]:+.3f} for “{worst}”, {limits.term:.3f} more is tolerated")
    if change < -limits.auc:
        faults.append(f"mean subgroup AUC {change:+.3f}, {limits.auc:.3f} less is tolerated")
    otherwise = f"{len(rises)} terms: false positive rate {mean:+.3f}, at most {rises[worst]:+.3f} (“{worst}”)"
    return _verdict("identity slices", faults, f"{otherwise}; mean subgroup AUC {change:+.3f}", figures)


def _known(examples: Sequence[Example], attribute: str, *scores: Floats) -> tuple[Flags, Flags]:
    """Say which rows have a label and every score, and of those which are positive."""
    labels = np.array([example.labels.get(attribute, np.nan) for example in examples])
    rows: Flags = ~np.isnan(np.array([labels, *(_of(one, attribute) for one in scores)])).any(axis=0)
    return rows, labels[rows] >= MAJORITY


def _of(scores: Floats, attribute: str) -> Floats:
    """Return an attribute's column of scores (rows, attributes)."""
    return scores[:, ATTRIBUTES.index(attribute)]


def _error_difference(truth: Flags, first: Floats, second: Floats) -> float:
    return calibration_error(second, truth) - calibration_error(first, truth)


def _compared(
    of: str, found: Interval, *, passed: bool, least: float | None = None, most: float | None = None
) -> Figure:
    """Return a measured difference beside its bounds."""
    return Figure(of, found.value, passed, least, most, found.low, found.high)


def _signed(found: Interval) -> str:
    return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
