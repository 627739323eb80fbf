"""`winnow model list`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from model.artifact import ArtifactError
from service.commands.common import config_option, place_name, settings_or_fail
from service.commands.model.common import opened_publishing
from service.schemas.fields import rfc3339
from service.store.models import EVERY_SITE


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
def list(as_json: bool, config: Path | None) -> None:  # noqa: A001  # the command's name
    """List what was published and is kept, newest first: when, by whom, for what, why, and what is in force where.

    The last line is the model that the service starts with; it is in force where nothing is published.
    """
    try:
        with opened_publishing(settings_or_fail(config)) as publishing:
            publications, in_force = publishing.everywhere()
            own = publishing.models.own
    except ArtifactError as problem:
        raise click.ClickException(str(problem)) from problem
    rows = [
        {
            "version": one.version,
            "digest": one.digest,
            "site": None if one.place == EVERY_SITE else one.place,
            "published_at": rfc3339(datetime.fromtimestamp(one.at / 1000, UTC)),
            "by": one.by,
            "reason": one.reason,
            "in_force": in_force.get(one.place) == one.digest,
        }
        for one in publications
    ]
    came = {"version": own.version, "digest": own.digest, "site": None, "published_at": None, "by": None}
    rows.append({**came, "reason": None, "in_force": EVERY_SITE not in in_force})
    for row in rows:
        click.echo(orjson.dumps(row).decode() if as_json else _line(row))


def _line(row: Mapping[str, object]) -> str:
    state = "in force" if row["in_force"] else "-"
    if row["published_at"] is None:
        return f"{row['version']}  {state}  what the service starts with"
    place = place_name(str(row["site"] or EVERY_SITE))
    return f"{row['version']}  {state}  {place}  {row['published_at']}  {row['by']}  {row['reason']}".rstrip()
