"""`winnow sites`: which there are, closed, given out and erased."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson

from service.commands.common import SiteName, by_option, config_option, opened_store, settings_or_fail
from service.commands.lines import write
from service.holdings import SiteHoldings
from service.schemas.fields import rfc3339_of
from service.store.sites import Sites, UnknownSite

name_argument = click.argument("name", type=SiteName())


@click.group()
def sites() -> None:
    """Sites: listed, closed, exported, erased; with the service running or not."""


@contextmanager
def opened_sites(config: Path | None) -> Iterator[Sites]:
    """The sites.

    :raises ClickException: the store cannot be reached, or there is no such site.
    """
    with opened_store(settings_or_fail(config)) as store:
        try:
            yield Sites(store)
        except UnknownSite as problem:
            raise click.ClickException(f"there is no site {problem}") from problem


@sites.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
def list_sites(as_json: bool, config: Path | None) -> None:
    """List the sites: how many comments stand where, how many keys, whether it is closed."""
    with opened_sites(config) as known:
        found = known.all()
    for site in found:
        closed = None if site.closed is None else rfc3339_of(site.closed)
        if as_json:
            row = {"site": site.name, "closed_at": closed, "comments": site.comments, "keys": site.keys}
            click.echo(orjson.dumps(row).decode())
        else:
            counts = ", ".join(f"{n} {status}" for status, n in site.comments.items())
            click.echo(f"{site.name}  {f'closed {closed}' if closed else 'open'}  {counts}  {site.keys} keys")


@sites.command()
@name_argument
@by_option
@config_option
def close(name: str, by: str, config: Path | None) -> None:
    """Take in nothing more for a site, in every worker within two seconds; all else goes on."""
    with opened_sites(config) as known:
        if not known.close(name, secrets.token_urlsafe(9), by):
            click.echo(f"{name} was closed before")


@sites.command()
@name_argument
@by_option
@config_option
def reopen(name: str, by: str, config: Path | None) -> None:
    """Take in again what readers write."""
    with opened_sites(config) as known:
        if not known.reopen(name, secrets.token_urlsafe(9), by):
            click.echo(f"{name} is open")


@sites.command()
@name_argument
@config_option
def export(name: str, config: Path | None) -> None:
    """Write out all that a site holds, as JSON lines on stdout; each says its kind."""
    with opened_store(settings_or_fail(config)) as store:
        try:
            write(SiteHoldings(store, name).everything())
        except UnknownSite as problem:
            raise click.ClickException(f"there is no site {name}") from problem


@sites.command()
@name_argument
@click.option("--yes", is_flag=True, help="Do not ask for the name again.")
@by_option
@config_option
def erase(name: str, yes: bool, by: str, config: Path | None) -> None:
    """Erase a site for good: its comments, keys, policies, logs. What was cut short is done by doing it again."""
    with opened_sites(config) as known:
        if not known.holds(name):
            raise UnknownSite(name)
        if not yes and click.prompt("Type the name of the site to erase all of it for good") != name:
            raise click.ClickException("that is another name; nothing was erased")
        went = 0
        for step in known.erase(name, secrets.token_urlsafe(9), by):
            went += step
            click.echo(f"{went} keys erased", err=True)
        rewritten = known.rewrite(name)
    click.echo(f"{name} is erased")
    if not rewritten:
        click.echo("Redis did not begin to rewrite its append-only file, which still has it: have it done", err=True)
