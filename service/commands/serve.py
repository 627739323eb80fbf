"""`winnow serve`: everything that the service needs, under one supervisor."""

from pathlib import Path

import click

from service.commands.common import config_option, settings_or_fail
from service.processes.supervisor import Supervisor
from service.settings import SettingsError


@click.command()
@config_option
def serve(config: Path | None) -> None:
    """Run the service: the API, the background worker and, without REDIS_URL, a Redis of its own.

    SIGTERM drains and stops all of it. Killing any part loses nothing that was acknowledged.
    """
    settings = settings_or_fail(config)
    try:
        Supervisor(settings).run(lambda: click.echo(f"Winnow listens on {address(settings.bind)}"))
    except SettingsError as problem:
        raise click.ClickException(str(problem)) from problem


def address(bind: str) -> str:
    """A bind as something to click on."""
    return bind if bind.startswith("unix:") else f"http://{bind}"
