"""`winnow model gate`."""

import sys
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from model.artifact import ArtifactError
from model.classifier import DEFAULT, Classifier
from model.data import DataError
from model.registry import examine
from service.commands.common import config_option, settings_or_fail
from service.commands.model.common import comments_option, suggested_option, trusted

CURRENT = "current"


@click.command()
@click.argument("candidate", type=click.Path(path_type=Path))
@click.option(
    "--against",
    default=CURRENT,
    show_default=True,
    metavar="current|DIR",
    help="The model to beat; current is $WINNOW_MODEL, or the one that ships.",
)
@comments_option("--holdout", "Labelled comments that neither was trained on; may be given several times.")
@suggested_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per check.")
@config_option
def gate(  # noqa: PLR0913, PLR0917 (one for each option)
    candidate: Path, against: str, holdout: tuple[Path, ...], suggested: bool, as_json: bool, config: Path | None
) -> None:
    """Make the checks that publishing makes, without publishing. Ends with 1 when one refuses the candidate.

    The hold-out that adapt left in CANDIDATE is used as well.
    """
    try:
        place = (settings_or_fail(config).model or DEFAULT) if against == CURRENT else Path(against)
        checks = examine(candidate, Classifier.load(place), trusted(holdout, suggested=suggested))
    except (ArtifactError, DataError) as error:
        raise click.ClickException(str(error)) from error
    for check in checks:
        said = f"{'passed ' if check.passed else 'REFUSED'}  {check.name}: {check.message}"
        click.echo(orjson.dumps(asdict(check)) if as_json else said)
    if not all(check.passed for check in checks):
        sys.exit(1)
