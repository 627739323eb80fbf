"""What `winnow migrate perspective` found, for people and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from textwrap import fill
from typing import Any

from model.classifier import Classifier
from service.commands.fitting import Columns, Fit, bands
from service.commands.scored_log import Skipped
from service.moderation.differing import Differing, shortened
from service.moderation.migration import FEW_HELD, Agreement
from service.moderation.perspective import USUAL_THRESHOLD


def report(
    fits: Sequence[Fit], together: Agreement, columns: Columns, skipped: Skipped, classifier: Classifier
) -> dict[str, Any]:
    """All of it as plain values; comments on which the two differ with their shortened texts."""
    return {
        "model": classifier.version,
        "comments": columns.comments,
        "skipped": [
            {"reason": reason, "lines": count, "first": skipped.lines[reason]}
            for reason, count in skipped.counts.items()
        ],
        "not_known_here": dict(columns.unknown),
        "attributes": [
            {
                "theirs": fit.name,
                "attribute": fit.attribute,
                "comments": fit.comments,
                "left_out": fit.left_out,
                "threshold_there": fit.there,
                "threshold_here": fit.here,
                "agreement": _figures(fit.found),
                "map": fit.means.pairs,
                "differing": asdict(fit.differ),
            }
            for fit in fits
        ],
        "together": _figures(together),
        "thresholds": bands(fits, classifier.attributes),
    }


def _figures(found: Agreement | None) -> dict[str, Any] | None:
    if found is None or not found.comments:
        return None
    return asdict(found) | {
        "held_there": found.held_there / found.comments,
        "held_here": found.held_here / found.comments,
        "same": found.same,
        "kappa": found.kappa,
        "precision": found.precision,
        "recall": found.recall,
    }


def page(
    fits: Sequence[Fit], together: Agreement, columns: Columns, thresholds: Mapping[str, float], given: bool
) -> Iterator[str]:
    """The lines for a terminal; `given` says whether thresholds were, or the usual ones are taken."""
    yield f"{columns.comments:,} comments with Perspective's scores"
    if not given:
        yield f"No --threshold was given: {USUAL_THRESHOLD} is taken for every attribute there."
    for fit in fits:
        yield f"\n{fit.name}, here {fit.attribute}: {fit.comments:,} comments"
        yield from (f"  {line}" for line in _of_one(fit))
    if sum(fit.found is not None for fit in fits) > 1:
        yield "\nHeld by any of these"
        yield from (f"  {line}" for line in _compared(together))
    for name in sorted(thresholds.keys() - {fit.name for fit in fits}):
        yield f"\n{name}: no comment has a score for it there and here"
    if columns.unknown:
        unknown = (f"{shortened(name)} ({count:,})" for name, count in columns.unknown.items())
        yield f"\nNo attribute here: {', '.join(unknown)}"


def _of_one(fit: Fit) -> Iterator[str]:
    if fit.left_out:
        yield f"{fit.left_out:,} more are in languages in which the model does not know {fit.attribute}"
    if fit.found is None:
        yield "no threshold was given for it there: here it holds nothing"
    elif fit.here is None:
        yield f"no comment reaches {fit.there} there: no threshold can be told, and here it holds nothing"
    else:
        yield f"threshold there {fit.there}, here {fit.here}"
        yield from _compared(fit.found)
        if min(fit.found.held_there, fit.comments - fit.found.held_there) < FEW_HELD:
            yield f"fewer than {FEW_HELD} comments on one side of the threshold: take it for a rough guess"
        if fit.found.held_here != fit.found.held_there:
            yield "many comments have one and the same score here: no threshold holds exactly as many"
    yield from _differing("there and not here", fit.differ.only_there)
    yield from _differing("here and not there", fit.differ.only_here)
    pairs = "  ".join(f"{theirs:.3f}={ours:.3f}" for theirs, ours in fit.means.pairs)
    yield fill(f"there=here: {pairs}", 110, subsequent_indent="    ")


def _differing(where: str, some: Sequence[Differing]) -> Iterator[str]:
    if some:
        yield f"held {where}, the furthest from it first:"
    for one in some:
        yield f"  line {one.line:,}, there {one.there:.3f}, here {one.here:.3f}: {one.text}"


def _compared(found: Agreement) -> Iterator[str]:
    total = found.comments
    yield f"held there {_percent(found.held_there / total)}, here {_percent(found.held_here / total)}"
    kappa = "-" if found.kappa is None else f"{found.kappa:.2f}"
    yield f"same answer for {_percent(found.same)}, kappa {kappa}"
    yield (
        f"of what is held here, {_percent(found.precision)} was held there;"
        f" of what was held there, {_percent(found.recall)} is held here"
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}".replace("%", " %")
