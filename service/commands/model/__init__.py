"""`winnow model`: train a classifier, measure it, compare it, publish it."""

from typing import Final

import click

from service.commands.lazy import Lazy

COMMANDS: Final = {
    "train": "from labelled comments",
    "adapt": "a model to a newsroom's decisions",
    "teach": "label pieces of comments with a transformer, for train",
    "evaluate": "measure on labelled comments",
    "compare": "two models, side by side",
    "gate": "the checks that publishing makes",
    "card": "what a model says of itself",
    "publish": "put a model in force, in every worker",
    "rollback": "take the last publication back",
    "list": "what was published, and what is in force where",
}


@click.group(cls=Lazy, package=__name__, briefs=COMMANDS)
def model() -> None:
    """Train, measure and publish models. DATA are files or folders, in JSON lines, CSV (both also .gz) or Parquet."""
