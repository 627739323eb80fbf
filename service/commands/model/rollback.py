"""`winnow model rollback`."""

import secrets
from pathlib import Path

import click

from model.artifact import ArtifactError
from service.commands.common import by_option, config_option, place_name, settings_or_fail
from service.commands.model.common import opened_publishing, site_option
from service.store.models import EVERY_SITE, Change, NothingBefore


@click.command()
@site_option
@click.option("--reason", default="", help="Why; recorded.")
@by_option
@config_option
def rollback(site: str | None, reason: str, by: str, config: Path | None) -> None:
    """Take the last publication back, in every worker of every host within 5 seconds.

    What was in force before it is so again; before the first one, that is the model that the service starts with or,
    for a site, the one that all sites use.
    """
    place = site or EVERY_SITE
    try:
        with opened_publishing(settings_or_fail(config)) as publishing:
            publishing.roll_back(place, Change(secrets.token_urlsafe(9), by, reason))
            version = publishing.models.in_force(place).version
    except NothingBefore as problem:
        raise click.ClickException(f"nothing published for {place_name(place)} is left to take back") from problem
    except ArtifactError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{version} is in force for {place_name(place)}")
