"""`winnow demo`: the service behind a sample news site, ready to be tried."""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from service.commands.common import config_option, settings_or_fail
from service.commands.serve import address
from service.demo.client import WinnowClient
from service.demo.desk import Desk
from service.demo.seed import seed
from service.settings import Settings, SettingsError
from service.store.connection import Store, connect
from service.store.keys import Keys, Role
from service.supervisor import Child, Supervisor, spawn

SITE: Final = "demo"
ROLES: Final[tuple[Role, ...]] = ("submit", "moderate", "admin")
NIGHT_DESK: Final = "night-desk"
"""Who decided on some samples before the newcomer came; so its rejections can be contested with everybody else."""


@click.command()
@config_option
def demo(config: Path | None) -> None:
    """Run the service with a sample news site, sample comments in the queue, and keys to try it with."""
    os.environ.setdefault("WINNOW_LOG_LEVEL", "warning")  # so that the keys stay in sight
    settings = settings_or_fail(config)
    if settings.bind.startswith("unix:"):
        raise click.ClickException("the demo's pages need WINNOW_BIND to be host:port")
    show = Demo(settings)
    try:
        Supervisor(settings).run(show.announce, show.site)
    except SettingsError as problem:
        raise click.ClickException(str(problem)) from problem


@dataclass(slots=True)
class Demo:
    """The sample site as a further child of the supervisor, and what is printed for a newcomer."""

    settings: Settings
    keys: dict[Role, str] | None = None
    desk: str = ""

    def site(self, redis_url: str) -> list[Child]:
        """Fresh keys for the site `demo`, and the news site that uses one of them."""
        keys = Keys(Store(connect(redis_url)))
        self.keys = _fresh_keys(keys)
        self.desk = keys.create(SITE, "moderate", NIGHT_DESK)[0]
        environment = {"WINNOW_DEMO_URL": address(self.settings.bind), "WINNOW_DEMO_KEY": self.keys["submit"]}
        command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--log-level", "warning"]
        command += ["-k", "gevent", "-w", "1", "-b", self.settings.demo_bind, "service.demo.wsgi:app"]
        return [Child("demo site", lambda: spawn(command, environment))]

    def announce(self) -> None:
        """Puts the sample comments in and says where everything is."""
        keys = self.keys or {}
        url = address(self.settings.bind)
        counts = seed(WinnowClient(url, keys["submit"], 30), Desk(url, self.desk, 30), datetime.now(UTC))
        click.echo(
            f"""
Winnow runs, with a sample news site in front of it.

  The Harbour Ledger   {address(self.settings.demo_bind)}/
  API                  {url}/v1/   documented at {url}/docs/
  Sample comments      {counts.approved} approved, {counts.pending} waiting in the queue, {counts.rejected} rejected\
, {counts.existing} there before

Keys of the site `{SITE}`, good until the next demo:

"""
            + "\n".join(f"  {role:<10}{key}" for role, key in keys.items())
            + f"""

Try it:

  curl {url}/v1/comments -H 'Authorization: Bearer {keys["submit"]}' \\
    -H 'Content-Type: application/json' -d '{{"body": "Great read, thanks!"}}'

Ctrl-C stops all of it; what was stored stays in {self.settings.data}.
"""
        )


def _fresh_keys(keys: Keys) -> dict[Role, str]:
    """New keys for the demo in place of the last demo's, whose texts are not kept anywhere."""
    for old in keys.all():
        if old.site == SITE:
            keys.revoke(old.id)
    return {role: keys.create(SITE, role, f"demo-{role}")[0] for role in ROLES}
