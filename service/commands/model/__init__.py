"""`winnow model`: train a classifier, measure one, compare two, read a card."""

from typing import Final

import click

from service.commands.lazy import Lazy

COMMANDS: Final = {
    "train": "from labelled comments",
    "adapt": "a model to a newsroom's decisions",
    "evaluate": "measure on labelled comments",
    "compare": "two models, side by side",
    "gate": "the checks that publishing makes",
    "card": "what a model says of itself",
}


@click.group(cls=Lazy, package=__name__, briefs=COMMANDS)
def model() -> None:
    """Train and measure models. DATA are files, or folders of them, in JSON lines, CSV (both also .gz) or Parquet."""
