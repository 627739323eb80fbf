"""The `winnow` command. Each subcommand is imported when it is used, so that `serve` never loads what trains."""

import importlib
import sys
from typing import Final

import click

COMMANDS: Final = {
    "serve": "run the service",
    "demo": "run the service with a sample news site",
    "keys": "API keys: create, list, revoke",
    "score": "score texts",
    "model": "train and evaluate classifiers",
    "export": "write out what a site holds",
    "doctor": "say what is wrong and what to do",
    "bench": "measure against what newsrooms do otherwise",
}
"""Each stands in `service.commands`, in a module of its name."""


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"service.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy)
@click.version_option(package_name="winnow")
def main() -> None:
    """Winnow: comment moderation for news sites."""


if __name__ == "__main__":
    sys.exit(main())
