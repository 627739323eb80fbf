"""`winnow model evaluate`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from model import evaluate as evaluation
from model.artifact import ArtifactError
from model.classifier import Classifier
from model.data import DataError
from service.commands.model.common import data_argument, labelled
from service.commands.score import model_option


@click.command()
@data_argument
@model_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per measure.")
def evaluate(data: tuple[Path, ...], path: Path, as_json: bool) -> None:
    """Measure a model on labelled comments, by source and attribute."""
    try:
        found = evaluation.evaluate(Classifier.load(path), labelled(data))
    except (ArtifactError, DataError) as error:
        raise click.ClickException(str(error)) from error
    for measure in found:
        if as_json:
            click.echo(orjson.dumps(asdict(measure)))
    if not as_json:
        click.echo(_table(found))


def _table(measures: Sequence[evaluation.Measure]) -> str:
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
