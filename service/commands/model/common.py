"""What the commands of `winnow model` share."""

from collections.abc import Sequence
from pathlib import Path

import click

from model.data import DataError, Example, read
from model.intervals import ROUNDS

data_argument = click.argument(
    "data", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="DATA…"
)
rounds_option = click.option(
    "--rounds",
    default=ROUNDS,
    show_default=True,
    type=click.IntRange(min=100),
    help="Draws of the bootstrap, which makes the intervals.",
)


def labelled(data: Sequence[Path]) -> list[Example]:
    """Return the rows of the files that have a label. Raises `DataError`, also where there is none."""
    examples = [example for example in read(data) if example.labels]
    if not examples:
        raise DataError("no row has a label")
    return examples
