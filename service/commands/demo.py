"""`winnow demo`: the service behind a sample news site, ready to be tried."""

import os
import secrets
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from service.commands.common import config_option, settings_or_fail
from service.commands.serve import address
from service.demo.client import WinnowClient
from service.demo.desk import Desk
from service.demo.seed import seed
from service.passwords import Passwords, invented
from service.processes.supervisor import Child, Supervisor, spawn
from service.settings import Settings, SettingsError
from service.store.connection import Store, connect
from service.store.keys import OPERATOR, Keys, Role
from service.store.people import People, PersonRole

SITE: Final = "demo"
ROLES: Final[tuple[Role, ...]] = ("submit", "moderate", "admin")
NIGHT_DESK: Final = "night-desk"
"""Who decided on some samples before the newcomer came; so its rejections can be contested with everybody else."""

CAST: Final[dict[str, PersonRole]] = {"moderator": "moderate", "editor": "admin"}
"""Who signs in to the demo's console: names and roles."""


@click.command()
@config_option
def demo(config: Path | None) -> None:
    """Run the service with a sample news site, sample comments in the queue, people and keys to try it with."""
    os.environ.setdefault("WINNOW_LOG_LEVEL", "warning")  # so that the keys stay in sight
    os.environ.setdefault("WINNOW_DRAIN", "0")  # nobody sends to it who would have to notice
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
    passwords: dict[str, str] = field(default_factory=dict)

    def site(self, redis_url: str) -> list[Child]:
        """Fresh keys and passwords for the site `demo`, and the news site that uses one of the keys."""
        store = Store(connect(redis_url, replicas=self.settings.redis_wait))
        keys = Keys(store)
        self.keys = _fresh_keys(keys)
        self.desk = keys.create(SITE, "moderate", NIGHT_DESK)[0]
        self.passwords = _fresh_passwords(People(store))
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
  Moderators' console  {url}/console/
  API                  {url}/v1/   documented at {url}/docs/
  Sample comments      {counts.approved} approved, {counts.pending} waiting in the queue, {counts.rejected} rejected\
, {counts.existing} there before

Sign in to the console as one of these, good until the next demo:

"""
            + "\n".join(f"  {name:<12}password  {password}" for name, password in self.passwords.items())
            + f"""

Keys of the site `{SITE}` for the API, good until the next demo:

"""
            + "\n".join(f"  {role:<10}{key}" for role, key in keys.items())
            + f"""

Try it:

  curl {url}/v1/comments -H 'Authorization: Bearer {keys["submit"]}' \\
    -H 'Content-Type: application/json' -d '{{"body": "Great read, thanks!"}}'

Ctrl-C stops all of it; what was stored stays in {self.settings.data}.
"""
        )


def _fresh_passwords(people: People) -> dict[str, str]:
    """New passwords for the demo's people, who are made where there are none; what was done to them is undone."""
    given = {name: invented() for name in CAST}
    for name, role in CAST.items():
        digest, op = Passwords().digest(given[name]), secrets.token_urlsafe(9)
        if people.find(SITE, name) is None:
            people.create(SITE, name, role, digest, by=OPERATOR, op=op)
            continue
        people.set_password(SITE, name, digest, by=OPERATOR, op=op)
        people.enable(SITE, name, by=OPERATOR, op=f"{op}e")
        people.set_role(SITE, name, role, by=OPERATOR, op=f"{op}r", spares_last=False)
    return given


def _fresh_keys(keys: Keys) -> dict[Role, str]:
    """New keys for the demo in place of the last demo's, whose texts are not kept anywhere."""
    for old in keys.all():
        if old.site == SITE:
            keys.revoke(old.id)
    return {role: keys.create(SITE, role, f"demo-{role}")[0] for role in ROLES}
