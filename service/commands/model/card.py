"""`winnow model card`."""

from pathlib import Path

import click

from model.artifact import CARD, ArtifactError
from model.classifier import Classifier
from service.commands.score import model_option


@click.command()
@model_option
def card(path: Path) -> None:
    """Print a model's card: what it was trained on, how well it does, what it is bad at."""
    try:
        Classifier.load(path, compiled=False)
    except ArtifactError as error:
        raise click.ClickException(str(error)) from error
    click.echo((path / CARD).read_text(encoding="utf-8"), nl=False)
