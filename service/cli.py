"""The `winnow` command."""

import sys
from typing import Final

import click

from service.commands.lazy import Lazy

COMMANDS: Final = {
    "serve": "run the service",
    "demo": "run the service with a sample news site",
    "keys": "API keys: create, list, revoke",
    "users": "people who sign in to the console",
    "sites": "sites: list, close, export, erase",
    "score": "score texts",
    "model": "train and evaluate classifiers",
    "export": "write out what a site holds",
    "replay": "say what a policy would have done with exported comments",
    "migrate": "from another service to this one",
    "backup": "make a consistent copy of the store, or of one site",
    "restore": "bring a backup back into an empty store",
    "doctor": "say what is wrong and what to do",
    "bench": "measure against what newsrooms do otherwise",
}


@click.group(cls=Lazy, package="service.commands", briefs=COMMANDS)
@click.version_option(package_name="winnow")
def main() -> None:
    """Winnow: comment moderation for news sites."""


if __name__ == "__main__":
    sys.exit(main())
