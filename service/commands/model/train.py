"""`winnow model train`."""

from itertools import chain
from pathlib import Path

import click

from model.artifact import digest_of, write
from model.contrast import contrast_examples
from model.data import DataError, files, read, select
from model.report import card
from model.train import Recipe, TooLittleError
from model.train import train as fit
from service.commands.model.common import data_argument


@click.command()
@data_argument
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
def train(  # noqa: PLR0913, PLR0917 (one for each option)
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
        trained = fit(examples, news_examples, Recipe(seed=seed), digests, click.echo)
    except TooLittleError as error:
        raise click.ClickException(str(error)) from error
    made = write(out, trained.manifest, trained.weights, card(trained.manifest))
    click.echo(f"{out}: version {trained.manifest['version']}, digest {made}")
