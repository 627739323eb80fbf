"""What the commands share: settings, and one clear line when something fails."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from service.processes.private_redis import for_the_moment
from service.settings import SITE_NAME, Settings, SettingsError, load_settings
from service.store.connection import Store, StoreUnavailable, connect
from service.store.models import EVERY_SITE

F = TypeVar("F", bound=Callable[..., object])

by_option = click.option("--by", envvar="USER", default="operator", help="Who does it; by default $USER. Recorded.")


def config_option(command: F) -> F:
    """`--config FILE`, for every command that reads the settings."""
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--config", type=kind, help="A TOML file in place of winnow.toml in the data folder.")(command)


def settings_or_fail(config: Path | None) -> Settings:
    """The settings.

    :raises ClickException: they cannot be used; the command ends with 1 and the reason.
    """
    try:
        settings = load_settings(config)
    except SettingsError as problem:
        raise click.ClickException(str(problem)) from problem
    if config:  # children read the same file
        os.environ["WINNOW_CONFIG"] = str(config.absolute())
    return settings


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The store, whether the service is running or not.

    :raises ClickException: it cannot be reached.
    """
    try:
        with for_the_moment(settings) as url:
            yield Store(connect(url, replicas=settings.redis_wait))
    except (SettingsError, StoreUnavailable) as problem:
        raise click.ClickException(str(problem)) from problem


def place_name(place: str) -> str:
    """Where a model is in force, in words."""
    return "every site without its own" if place == EVERY_SITE else place


class SiteName(click.ParamType[str]):
    """A site's name: 1 to 63 of `a-z0-9-`; `winnow` is the service's own."""

    name = "site"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, or a usage error."""
        if not re.fullmatch(SITE_NAME, value):
            self.fail(f"{value!r} is not 1 to 63 of a-z, 0-9 and -, or it is reserved", param, ctx)
        return value
