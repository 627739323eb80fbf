"""`winnow export` of what is no training data: comments, events, the audit log, authors."""

from datetime import datetime
from pathlib import Path

import click

from service.backups.erasures import erasures_of
from service.commands.common import config_option, opened_store, settings_or_fail
from service.commands.lines import ms_of, since_formats, site_option, write
from service.holdings import SiteHoldings

since_option = click.option("--since", type=since_formats, help="From then on, in UTC.")


@click.command()
@site_option
@since_option
@config_option
def comments(site: str | None, since: datetime | None, config: Path | None) -> None:
    """All comments with their histories, newest first."""
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        write(SiteHoldings(store, site or settings.site).comments(ms_of(since)))


@click.command()
@site_option
@since_option
@config_option
def events(site: str | None, since: datetime | None, config: Path | None) -> None:
    """The events that are kept, oldest first."""
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        write(SiteHoldings(store, site or settings.site).events(ms_of(since)))


@click.command()
@site_option
@since_option
@config_option
def audit(site: str | None, since: datetime | None, config: Path | None) -> None:
    """Who did what and when, oldest first."""
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        write(SiteHoldings(store, site or settings.site).audit(ms_of(since)))


@click.command()
@site_option
@since_option
@config_option
def erasures(site: str | None, since: datetime | None, config: Path | None) -> None:
    """What was erased, by id, for `winnow restore --erased`."""
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        write(erasures_of(store, site or settings.site, ms_of(since)))


@click.command()
@site_option
@config_option
def authors(site: str | None, config: Path | None) -> None:
    """Authors that are known by an id: counts and standing."""
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        write(SiteHoldings(store, site or settings.site).authors())
