"""Groups of commands that are imported when they are used, so that `serve` never loads what trains."""

import importlib
from collections.abc import Mapping

import click


class Lazy(click.Group):
    """A group whose commands each stand in a module of their own name in `package`.

    `briefs` maps each command to one line for `--help`, in the order in which a newcomer meets them.
    """

    def __init__(self, *, package: str, briefs: Mapping[str, str], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.package = package
        self.briefs = briefs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in order."""
        return list(self.briefs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None where there is none of this name."""
        if cmd_name not in self.briefs:
            return None
        command: click.Command = getattr(importlib.import_module(f"{self.package}.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.briefs.items()))
