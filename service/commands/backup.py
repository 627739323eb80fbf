"""`winnow backup`: a consistent copy of the store, or of one site, while the service runs."""

from pathlib import Path
from typing import Any

import click
import orjson

from service.backups.folder import BadBackup, Manifest
from service.backups.saving import Backup
from service.commands.common import SiteName, config_option, settings_or_fail
from service.commands.told import Told
from service.processes.private_redis import for_the_moment
from service.schemas.fields import rfc3339_of
from service.settings import SettingsError
from service.store.connection import HOUSE, StoreUnavailable
from service.store.sites import UnknownSite
from service.store.snapshots import NoSnapshot


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--site", type=SiteName(), help="This one alone; by default the whole store.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@config_option
def backup(folder: Path, site: str | None, as_json: bool, config: Path | None) -> None:
    """Copy the store, or one site, into a new FOLDER, as it is at one moment; the service goes on meanwhile.

    The folder holds readable texts and secrets: keep it as you keep the store.
    """
    settings, told = settings_or_fail(config), Told()
    try:
        with for_the_moment(settings) as url:
            manifest = Backup(settings, url, told).save(folder.absolute(), site)
    except UnknownSite as problem:
        raise click.ClickException(f"there is no site {problem}") from problem
    except (SettingsError, StoreUnavailable, NoSnapshot, BadBackup) as problem:
        raise click.ClickException(str(problem)) from problem
    finally:
        told.end()
    if as_json:
        click.echo(orjson.dumps({"folder": str(folder), **summary(manifest)}).decode())
        return
    for line in lines(manifest, [name for name in manifest.sites if name != HOUSE]):
        click.echo(line)
    click.echo(f"{folder} is a backup of {rfc3339_of(manifest.taken_at)}")


def summary(manifest: Manifest) -> dict[str, Any]:
    """A backup in figures."""
    sites = {
        name: {"keys": sum(held["keys"].values()), "comments": held["comments"]}
        for name, held in manifest.sites.items()
        if name != HOUSE
    }
    return {"taken_at": rfc3339_of(manifest.taken_at), "digest": manifest.digest, "sites": sites}


def lines(manifest: Manifest, sites: list[str]) -> list[str]:
    """These sites of a backup, one a line."""
    found = []
    for name in sites:
        held = manifest.sites[name]
        comments = ", ".join(f"{n} {status}" for status, n in held["comments"].items())
        found.append(f"{name}  {comments}  {sum(held['keys'].values())} keys of Redis")
    return found
