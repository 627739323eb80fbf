"""`winnow migrate`: from what a newsroom has to what it needs here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import nan
from pathlib import Path
from typing import Any, Final, cast

import click
import orjson
from marshmallow import ValidationError

from model.artifact import ArtifactError
from model.classifier import Classifier
from service.commands.fitting import Columns, Fit, bands, fitted, maps
from service.commands.fitting_told import page, report
from service.commands.score import BATCH, model_option
from service.commands.scored_log import Skipped, comments_of
from service.moderation.differing import Picked
from service.moderation.perspective import ATTRIBUTE_OF, USUAL_THRESHOLD, Logged
from service.moderation.policy import default_policy
from service.schemas.policy import PolicySchema

DIFFERING: Final = 5
DIFFERING_AT_MOST: Final = 1000
"""Comments on which the two differ that are shown of each side, and those that may be."""


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


def _once_each(
    ctx: click.Context, param: click.Parameter, given: tuple[tuple[str, float], ...]
) -> tuple[tuple[str, float], ...]:
    """Refuses two thresholds for one attribute: a policy has one that holds."""
    if twice := [name for name, times in Counter(name for name, _ in given).items() if times > 1]:
        raise click.UsageError(f"--threshold names {', '.join(twice)} more than once", ctx)
    return given


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
    callback=_once_each,
    help=f"A threshold in use there, one an attribute. By default {USUAL_THRESHOLD} for every attribute.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--policy",
    "target",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a policy with these thresholds and maps here, ready for PUT /v1/policy.",
)
@click.option(
    "--base",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The policy that gets them, as GET /v1/policy gave it; by default a new site's.",
)
@click.option(
    "--differing",
    type=click.IntRange(0, DIFFERING_AT_MOST),
    default=DIFFERING,
    show_default=True,
    help="Show so many comments that only one side holds, of each side; their texts are shortened. 0 for none.",
)
@model_option
def perspective(  # noqa: PLR0913, PLR0917  # one for each option
    log: Path,
    given: tuple[tuple[str, float], ...],
    as_json: bool,
    target: Path | None,
    base: Path | None,
    differing: int,
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
    picked = Picked(dict(given) or dict.fromkeys(ATTRIBUTE_OF, USUAL_THRESHOLD), differing)
    for line, one, ours in _scored(comments_of(log, skipped), classifier):
        columns.add(one.scores, ours)
        _pick(picked, line, one, ours)
    for told in skipped:
        click.echo(told, err=True)
    thresholds = dict(given) or dict.fromkeys(columns.names, USUAL_THRESHOLD)
    fits, together = fitted(columns, thresholds, picked)
    if not any(fit.found for fit in fits):
        wanted = f"there and here for {', '.join(thresholds)}" if thresholds else "for an attribute that is known here"
        raise click.ClickException(f"{log}: no comment has a score {wanted}")
    if target:
        _write(target, edited | _linked(edited, fits, classifier))
    if as_json:
        click.echo(orjson.dumps(report(fits, together, columns, skipped, classifier)))
    else:
        click.echo("\n".join(page(fits, together, columns, thresholds, bool(given))))


def _scored(
    log: Iterator[tuple[int, Logged]], classifier: Classifier
) -> Iterator[tuple[int, Logged, Mapping[str, float]]]:
    """Each comment with its line and our scores, a batch in memory at a time."""
    while batch := list(islice(log, BATCH)):
        found = classifier.score([one.text for _, one in batch], [one.language for _, one in batch])
        yield from ((line, one, ours.scores) for (line, one), ours in zip(batch, found, strict=True))


def _pick(picked: Picked, line: int, one: Logged, ours: Mapping[str, float]) -> None:
    for name, there in one.scores.items():
        here = ours.get(ATTRIBUTE_OF.get(name, ""))
        if here is not None:
            picked.add(name, line, (there, here), one.text)


def _linked(edited: Mapping[str, Any], fits: Sequence[Fit], classifier: Classifier) -> dict[str, Any]:
    """What the policy gets: all thresholds, and the maps of the log's attributes beside those that it has."""
    return {"thresholds": bands(fits, classifier.attributes), "perspective": edited["perspective"] | maps(fits)}


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


def _write(target: Path, policy: Mapping[str, Any]) -> None:
    try:
        target.write_bytes(orjson.dumps(policy, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise click.ClickException(f"{target}: {error.strerror}") from error
