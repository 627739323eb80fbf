"""`winnow model evaluate`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from statistics import median

import click
import orjson

from model.artifact import ArtifactError
from model.classifier import Classifier
from model.data import DataError
from model.evaluate import Bias, Evaluation, Measure, examine
from model.identity import FACTOR
from service.commands.model.common import data_argument, labelled, rounds_option, suggested_option, write_report
from service.commands.score import model_option


@click.command()
@data_argument
@model_option
@rounds_option
@suggested_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per measure, and per group of people mentioned.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Also write one HTML page here, with plots and the mistakes that tell most.",
)
def evaluate(  # noqa: PLR0913, PLR0917 (one for each option)
    data: tuple[Path, ...], path: Path, rounds: int, suggested: bool, as_json: bool, report: Path | None
) -> None:
    """Measure a model on labelled comments, by source, slice and attribute, with 95 % intervals."""
    try:
        classifier = Classifier.load(path)
        found = examine(classifier, labelled(data, suggested=suggested), rounds)
    except (ArtifactError, DataError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        for row in _rows(found):
            click.echo(orjson.dumps(row))
    else:
        click.echo("\n".join(_page(found)))
    if report:
        write_report(report, found, classifier)


def _rows(found: Evaluation) -> Iterator[dict[str, object]]:
    for measure in (*found.measures, *found.slices):
        yield asdict(measure)
    for bias in found.biases:
        for term in bias.terms:
            yield {"source": bias.source, "attribute": bias.attribute, "threshold": bias.threshold, **asdict(term)}


def _page(found: Evaluation) -> Iterator[str]:
    yield from _table(found.measures)
    for source, slices in groupby(found.slices, key=lambda measure: measure.source):
        yield f"\nSlices of {source}"
        yield from _table(list(slices))
    for bias in found.biases:
        yield from _groups(bias)


def _table(measures: Sequence[Measure]) -> Iterator[str]:
    yield (
        f"{'':30} {'attribute':16} {'rows':>6} {'bad':>6}  {'AUC':22}  AP    ECE   (refit)  F1     caught"
        "  clean held (at 85 %)"
    )
    for m in measures:
        yield (
            f"{m.slice or m.source:30} {m.attribute:16} {m.rows:6} {m.positives:6}  {_with_interval(m, 'auc'):22}"
            f"  {_cell(m.average_precision)} {_cell(m.calibration_error)} ({_cell(m.refitted_error)})  {_cell(m.f1)}"
            f"  {_cell(m.caught)}   {_cell(m.clean_held)}      ({_cell(m.clean_held_at_85)})"
        )


def _groups(bias: Bias) -> Iterator[str]:
    apart = sorted((term for term in bias.terms if term.beyond_chance), key=lambda term: -term.ratio)
    middle = median(term.false_positive_rate for term in bias.terms)
    off = sum(term.apart for term in bias.terms)
    yield f"\n{bias.source}, {bias.attribute}: {len(bias.terms)} groups of people are mentioned often enough"
    yield (
        f"  Clean rows held: {middle:.3f} in the median. {off} groups are off by more than a factor of {FACTOR},"
        f" {len(apart)} of them beyond chance{':' if apart else '.'}"
    )
    for term in apart:
        yield (
            f"  {term.term:28} {term.clean:6} clean, held {term.false_positive_rate:.3f}, {term.ratio:6.2f} times the"
            f" median   AUC {_cell(term.subgroup_auc)}  BPSN {_cell(term.bpsn_auc)}  BNSP {_cell(term.bnsp_auc)}"
        )


def _with_interval(measure: Measure, name: str) -> str:
    value = _cell(getattr(measure, name))
    ends = measure.intervals.get(name)
    return f"{value} ({ends[0]:.3f} to {ends[1]:.3f})" if ends else value


def _cell(value: float | None) -> str:
    return "-".rjust(5) if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124 (NaN is not itself)
