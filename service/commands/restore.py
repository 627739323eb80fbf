"""`winnow restore`: a backup brought back."""

from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from service.backups.erasures import BadLine, Erasure, told
from service.backups.folder import BadBackup, checked
from service.backups.restoring import Differs, NotEmpty, Restore
from service.commands.backup import lines, summary
from service.commands.common import SiteName, config_option, opened_store, settings_or_fail
from service.commands.told import Told
from service.schemas.fields import rfc3339_of
from service.store.connection import HOUSE


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--site", type=SiteName(), help="This one alone, into a store that does not have it.")
@click.option(
    "--erased",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="What was erased since, as `winnow export erasures`, `audit` or `events` wrote it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@config_option
def restore(folder: Path, site: str | None, files: Sequence[Path], as_json: bool, config: Path | None) -> None:
    """Bring the backup in FOLDER back into an empty store, or one site of it into a store without that site.

    What was cut short is done by doing it again. Without --erased, what was erased after the backup comes back.
    """
    settings, progress = settings_or_fail(config), Told()
    try:
        erasures = _erasures(folder, site, files)
        with opened_store(settings) as store:
            done = Restore(store, progress).load(folder, site, erasures)
    except (BadBackup, BadLine, NotEmpty, Differs) as problem:
        raise click.ClickException(str(problem)) from problem
    finally:
        progress.end()
    if as_json:
        about = summary(done.manifest)
        about["sites"] = {name: about["sites"][name] for name in done.sites}
        click.echo(orjson.dumps({"folder": str(folder), **about, "erased": done.erased}).decode())
        return
    for line in lines(done.manifest, done.sites):
        click.echo(line)
    click.echo(f"{done.erased} erasures were done again")
    click.echo(f"{folder} of {rfc3339_of(done.manifest.taken_at)} is restored")


def _erasures(folder: Path, site: str | None, files: Sequence[Path]) -> list[Erasure]:
    """What the files tell, of the one site that they can be of where they do not say it."""
    if not files:
        return []
    names = [name for name in checked(folder).sites if name != HOUSE]
    only = site or (names[0] if len(names) == 1 else None)
    found = []
    for file in files:
        with file.open("rb") as opened:
            found += list(told(opened, only))
    return found
