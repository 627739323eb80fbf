"""`winnow migrate`: from what a newsroom has to what it needs here."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from math import nan
from pathlib import Path
from textwrap import fill
from typing import Any, Final, cast

import click
import numpy as np
import orjson
from marshmallow import ValidationError

from model.artifact import ArtifactError
from model.classifier import Classifier
from service.commands.score import BATCH, model_option
from service.commands.scored_log import Skipped, comments_of
from service.moderation.migration import (
    FEW_HELD,
    Agreement,
    Flags,
    Scores,
    agreement,
    monotone_map,
    same_share,
)
from service.moderation.monotone import MonotoneMap
from service.moderation.perspective import ATTRIBUTE_OF, USUAL_THRESHOLD, Logged
from service.moderation.policy import default_policy
from service.schemas.policy import PolicySchema

SHOWN_NAMES: Final = 20


class InUse(click.ParamType[tuple[str, float]]):
    """`TOXICITY=0.8`: one of Perspective's attributes and the score from which a comment is held there."""

    name = "NAME=SCORE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """The name and the score, or a usage error."""
        if isinstance(value, tuple):
            return cast("tuple[str, float]", value)
        name, _, said = str(value).partition("=")
        name = name.strip().upper()
        if name not in ATTRIBUTE_OF:
            self.fail(f"{name or value!r} has no attribute here; these have one: {', '.join(ATTRIBUTE_OF)}", param, ctx)
        try:
            score = float(said)
        except ValueError:
            score = nan
        if not 0 < score <= 1:
            self.fail(f"{value!r} does not say a score above 0 and up to 1, as in TOXICITY=0.8", param, ctx)
        return name, score


class Columns:
    """Scores of comments there and here, side by side, NaN where there is none: 16 bytes a comment and attribute."""

    def __init__(self) -> None:
        """Begin with no comment."""
        self.comments = 0
        self.unknown: Counter[str] = Counter()
        self._theirs: dict[str, array[float]] = {}
        self._ours: dict[str, array[float]] = {}

    def add(self, theirs: Mapping[str, float], ours: Mapping[str, float]) -> None:
        """Keeps one comment's scores; names of theirs that have no attribute here are only counted."""
        for name in theirs:
            if name in self._theirs:
                continue
            if name in ATTRIBUTE_OF:
                self._theirs[name] = array("d", [nan]) * self.comments
                self._ours[name] = array("d", [nan]) * self.comments
            elif name in self.unknown or len(self.unknown) < SHOWN_NAMES:
                self.unknown[name] += 1
        for name, column in self._theirs.items():
            column.append(theirs.get(name, nan))
            self._ours[name].append(ours.get(ATTRIBUTE_OF[name], nan))
        self.comments += 1

    @property
    def names(self) -> list[str]:
        """Perspective's attributes that were seen, in the order of our table."""
        return [name for name in ATTRIBUTE_OF if name in self._theirs]

    def of(self, name: str) -> tuple[Scores, Scores]:
        """Scores there and here of every comment, NaN where there is none."""
        return np.array(self._theirs[name]), np.array(self._ours[name])


@dataclass(frozen=True, slots=True)
class Fit:
    """An attribute's threshold there and here, and how far the two agree on `comments`.

    `there` None: none was given. `here` None: no comment was held there. `left_out` counts comments in languages in
    which the model does not know the attribute.
    """

    name: str
    attribute: str
    comments: int
    left_out: int
    there: float | None
    here: float | None
    found: Agreement | None
    means: MonotoneMap


@click.group()
def migrate() -> None:
    """From another service to this one."""


@migrate.command()
@click.argument("log", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path), metavar="FILE")
@click.option(
    "--threshold",
    "given",
    multiple=True,
    type=InUse(),
    help=f"A threshold in use there; may be given several times. By default {USUAL_THRESHOLD} for every attribute.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--policy",
    "target",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a policy with these thresholds here, ready for PUT /v1/policy.",
)
@click.option(
    "--base",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The policy that gets the thresholds, as GET /v1/policy gave it; by default a new site's.",
)
@model_option
def perspective(  # noqa: PLR0913, PLR0917  # one for each option
    log: Path,
    given: tuple[tuple[str, float], ...],
    as_json: bool,
    target: Path | None,
    base: Path | None,
    path: Path,
) -> None:
    """Find the thresholds that hold as many comments here as Perspective's do there.

    FILE has a text and its Perspective scores a line, as JSON: {"text": "…", "scores": {"TOXICITY": 0.83}}, or the
    API's response beside the text. - is stdin; a name that ends in .gz is unpacked.
    """
    if base and not target:
        raise click.UsageError("--base goes with --policy")
    edited = _policy(base) if target else {}
    try:
        classifier = Classifier.load(path)
    except ArtifactError as error:
        raise click.ClickException(str(error)) from error
    columns, skipped = Columns(), Skipped()
    for one, ours in _scored(comments_of(log, skipped), classifier):
        columns.add(one.scores, ours)
    for line in skipped:
        click.echo(line, err=True)
    thresholds = dict(given) or dict.fromkeys(columns.names, USUAL_THRESHOLD)
    fits, together = _fits(columns, thresholds)
    if not any(fit.found for fit in fits):
        wanted = f"there and here for {', '.join(thresholds)}" if thresholds else "for an attribute that is known here"
        raise click.ClickException(f"{log}: no comment has a score {wanted}")
    if target:
        _write(target, edited | {"thresholds": _bands(fits, classifier)})
    if as_json:
        click.echo(orjson.dumps(_report(fits, together, columns, skipped, classifier)))
    else:
        click.echo("\n".join(_page(fits, together, columns, thresholds, bool(given))))


def _scored(log: Iterator[Logged], classifier: Classifier) -> Iterator[tuple[Logged, Mapping[str, float]]]:
    """Each comment with our scores, a batch in memory at a time."""
    while batch := list(islice(log, BATCH)):
        found = classifier.score([one.text for one in batch], [one.language for one in batch])
        yield from zip(batch, (one.scores for one in found), strict=True)


def _fits(columns: Columns, thresholds: Mapping[str, float]) -> tuple[list[Fit], Agreement]:
    """Each attribute by itself, and how the rules agree when any of them holds a comment."""
    fits = []
    any_there: Flags = np.zeros(columns.comments, dtype=np.bool_)
    any_here, compared = any_there.copy(), any_there.copy()
    for name in columns.names:
        theirs, ours = columns.of(name)
        known = ~np.isnan(theirs) & ~np.isnan(ours)
        if not known.any():
            continue
        there = thresholds.get(name)
        here = None if there is None else same_share(theirs[known], ours[known], there)
        found = None
        if there is not None:
            held_there, held_here = known & (theirs >= there), known & (ours >= (np.inf if here is None else here))
            found = agreement(held_there[known], held_here[known])
            any_there, any_here, compared = any_there | held_there, any_here | held_here, compared | known
        left_out = int((~np.isnan(theirs) & ~known).sum())
        means = monotone_map(theirs[known], ours[known])
        fits.append(Fit(name, ATTRIBUTE_OF[name], int(known.sum()), left_out, there, here, found, means))
    return fits, agreement(any_there[compared], any_here[compared])


def _policy(base: Path | None) -> dict[str, Any]:
    """The policy that gets the thresholds.

    :raises ClickException: it is none.
    """
    if base is None:
        return cast("dict[str, Any]", PolicySchema().dump(default_policy({})))
    try:
        said = orjson.loads(base.read_bytes())
        PolicySchema().load(said)
    except (OSError, orjson.JSONDecodeError, ValidationError) as problem:
        raise click.ClickException(f"{base}: no policy as GET /v1/policy gives it ({problem})") from problem
    return cast("dict[str, Any]", said)


def _bands(fits: Sequence[Fit], classifier: Classifier) -> dict[str, dict[str, float | None]]:
    """The policy's thresholds: of several of theirs that are one of ours the lowest, and none where there was none."""
    held: dict[str, float] = {}
    for fit in fits:
        if fit.here is not None:
            held[fit.attribute] = min(fit.here, held.get(fit.attribute, 1.0))
    return {attribute: {"hold": held.get(attribute), "reject": None} for attribute in classifier.attributes}


def _write(target: Path, policy: Mapping[str, Any]) -> None:
    try:
        target.write_bytes(orjson.dumps(policy, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise click.ClickException(f"{target}: {error.strerror}") from error


def _report(
    fits: Sequence[Fit], together: Agreement, columns: Columns, skipped: Skipped, classifier: Classifier
) -> dict[str, Any]:
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
            }
            for fit in fits
        ],
        "together": _figures(together),
        "thresholds": _bands(fits, classifier),
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


def _page(
    fits: Sequence[Fit], together: Agreement, columns: Columns, thresholds: Mapping[str, float], given: bool
) -> Iterator[str]:
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
        yield f"\nNo attribute here: {', '.join(f'{name} ({count:,})' for name, count in columns.unknown.items())}"


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
    pairs = "  ".join(f"{theirs:.3f}={ours:.3f}" for theirs, ours in fit.means.pairs)
    yield fill(f"there=here: {pairs}", 110, subsequent_indent="    ")


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
