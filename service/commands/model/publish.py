"""`winnow model publish`."""

import secrets
from pathlib import Path

import click

from model import registry
from model.artifact import ArtifactError
from model.checks import Report
from model.classifier import DEFAULT, Classifier
from model.data import DataError
from service.commands.common import by_option, config_option, place_name, settings_or_fail
from service.commands.model.common import comments_option, opened_publishing, site_option, trusted
from service.store.models import EVERY_SITE, Change, NotStored, VersionTaken


@click.command()
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@site_option
@click.option("--force", is_flag=True, help="Publish what the gate refuses, too; takes --reason.")
@click.option("--reason", default="", help="Why; recorded with the publication.")
@comments_option("--holdout", "More labelled comments for the gate, which neither model was trained on.")
@by_option
@config_option
def publish(  # noqa: PLR0913, PLR0917  # click passes each option by itself
    folder: Path | None,
    site: str | None,
    force: bool,
    reason: str,
    holdout: tuple[Path, ...],
    by: str,
    config: Path | None,
) -> None:
    """Put the model in DIR in force, in every worker of every host within 5 seconds.

    The gate compares it with the model that is in force there, and may refuse it; what it said is kept. Without DIR it
    is $WINNOW_MODEL, or the model that ships.
    """
    if force and not reason:
        raise click.UsageError("--force takes --reason: it is recorded")
    settings = settings_or_fail(config)
    folder = folder or settings.model or DEFAULT
    place = site or EVERY_SITE
    try:
        candidate = Classifier.load(folder)
        with opened_publishing(settings) as publishing:
            current = publishing.models.in_force(place)
            report = Report(
                current.version, tuple(registry.examine(folder, current, trusted(holdout, suggested=False)))
            )
            if report.refused and not force:
                said = "; ".join(f"{one.name}: {one.message}" for one in report.checks if not one.passed)
                raise click.ClickException(f"the gate refuses {candidate.version}: {said}")
            over = f" (over the gate's {', '.join(report.refused)})" if report.refused else ""
            change = Change(secrets.token_urlsafe(9), by, f"{reason}{over}")
            publishing.publish(place, folder, candidate, change, report)
    except VersionTaken as problem:
        raise click.ClickException(f"another model was published as {problem}: train this one anew") from problem
    except NotStored as problem:
        raise click.ClickException("another publication dropped it meanwhile: publish it again") from problem
    except (ArtifactError, DataError) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{candidate.version} is in force for {place_name(place)}{over}; before it was {current.version}")
