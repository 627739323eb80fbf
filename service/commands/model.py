"""`winnow model`: train a classifier, measure one, read its card."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import click
import orjson

from model.artifact import CARD, ArtifactError, digest_of, write
from model.classifier import Classifier
from model.contrast import contrast_examples
from model.data import DataError, Example, files, read, select
from model.evaluate import Measure, evaluate
from model.report import card as card_of
from model.train import Recipe, TooLittleError, train
from service.commands.score import model_option

DATA = click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="DATA…")


@click.group()
def model() -> None:
    """Train and measure models. DATA are files, or folders of them, in JSON lines (also .gz) or CSV."""


@model.command("train")
@DATA
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the model goes.")
@click.option(
    "--news",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Comments at their natural rate, to calibrate and choose thresholds on; never trained on.",
)
@click.option(
    "--exclude",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Comments to measure on later: rows with the same text are not trained on.",
)
@click.option("--all-sources", is_flag=True, help="Also train on sources whose licence forbids to ship the result.")
@click.option("--contrast/--no-contrast", default=True, help="Also train on Winnow's own contrast examples.")
@click.option("--seed", default=Recipe().seed, show_default=True, help="Chooses the rows that are held out.")
def train_command(  # noqa: PLR0913, PLR0917 (one for each option)
    data: tuple[Path, ...],
    out: Path,
    news: tuple[Path, ...],
    exclude: tuple[Path, ...],
    all_sources: bool,
    contrast: bool,
    seed: int,
) -> None:
    """Train a model from labelled comments. The same data and seed give the same bytes."""
    try:
        labelled = chain(read(data), contrast_examples() if contrast else ())
        examples, skipped = select(labelled, against=chain(read(news), read(exclude)), all_sources=all_sources)
        news_examples = list(read(news))
    except DataError as error:
        raise click.ClickException(str(error)) from error
    for reason, count in sorted(skipped.items()):
        click.echo(f"skipped {count}: {reason}")
    if not examples:
        raise click.ClickException("nothing is left to train on")
    digests = {path.name: digest_of(path) for path in files([*data, *news])}
    try:
        trained = train(examples, news_examples, Recipe(seed=seed), digests, click.echo)
    except TooLittleError as error:
        raise click.ClickException(str(error)) from error
    made = write(out, trained.manifest, trained.weights, card_of(trained.manifest))
    click.echo(f"{out}: version {trained.manifest['version']}, digest {made}")


@model.command("evaluate")
@DATA
@model_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per measure.")
def evaluate_command(data: tuple[Path, ...], path: Path, as_json: bool) -> None:
    """Measure a model on labelled comments, by source and attribute."""
    try:
        measures = evaluate(Classifier.load(path), _labelled(data))
    except (ArtifactError, DataError) as error:
        raise click.ClickException(str(error)) from error
    for measure in measures:
        if as_json:
            click.echo(orjson.dumps(asdict(measure)))
    if not as_json:
        click.echo(_table(measures))


@model.command()
@model_option
def card(path: Path) -> None:
    """Print a model's card: what it was trained on, how well it does, what it is bad at."""
    try:
        Classifier.load(path)
    except ArtifactError as error:
        raise click.ClickException(str(error)) from error
    click.echo((path / CARD).read_text(encoding="utf-8"), nl=False)


def _labelled(data: Sequence[Path]) -> list[Example]:
    examples = [example for example in read(data) if example.labels]
    if not examples:
        raise DataError("no row has a label")
    return examples


def _table(measures: Sequence[Measure]) -> str:
    def cell(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    head = (
        f"{'source':30} {'attribute':16} {'rows':>6} {'bad':>6}   AUC    AP    ECE    F1  caught  clean held (at 85 %)"
    )
    lines = [head]
    for m in measures:
        lines.append(
            f"{m.source:30} {m.attribute:16} {m.rows:6} {m.positives:6} {cell(m.auc):>5} {cell(m.average_precision):>5}"
            f" {cell(m.calibration_error):>5} {cell(m.f1):>5}   {cell(m.caught):>5}   {cell(m.clean_held):>5}"
            f" ({cell(m.clean_held_at_85)})"
        )
    return "\n".join(lines)
