"""`python -m tests.clients install` makes every client's environment, `… record` records anew what each sends.

Names after that choose clients; by default all of them.
"""

import sys
import tempfile
from pathlib import Path

import click

from tests.clients.harness import Client, client, clients
from tests.clients.recording import keep, recorder
from tests.support import Service

ROLES = ("submit", "moderate", "admin")


def install(chosen: list[Client]) -> None:
    for one in chosen:
        if not one.installed:
            click.echo(f"installing {one.name}")
            one.install()


def record(chosen: list[Client]) -> None:
    """Each client against a service of its own, so that no other's traces are in its answers."""
    for one in chosen:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            data.mkdir()
            service = Service(data).start()
            try:
                keys = {role: service.key(role) for role in ROLES}
                with recorder(f"http://127.0.0.1:{service.port}", keys) as between:
                    one.drive(f"http://{between.host}", keys)
                keep(one.folder, between.exchanges)
            finally:
                service.stop()
        click.echo(f"{one.name}: {len(between.exchanges)} exchanges")


if __name__ == "__main__":
    task, *names = sys.argv[1:] or [""]
    tasks = {"install": install, "record": record}
    if task not in tasks:
        sys.exit(__doc__)
    tasks[task]([client(name) for name in names] or clients())
