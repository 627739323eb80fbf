"""`winnow users`: people who sign in to the console."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click
import orjson

from service.commands.common import SiteName, by_option, config_option, opened_store, settings_or_fail
from service.console.signon.sso import subject_of
from service.passwords import LEAST, MOST, Passwords, invented
from service.schemas.fields import rfc3339_of
from service.store.people import (
    NAME_LIMIT,
    LastAdmin,
    NameTaken,
    People,
    Person,
    PersonRole,
    TooManyPeople,
    UnknownPerson,
)

site_option = click.option("--site", type=SiteName(), help="Whose people. By default WINNOW_SITE.")
stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin, one line, in place of inventing one."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


class PersonName(click.ParamType[str]):
    """A person's name: 1 to 100 printable characters."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name without blanks around it, or a usage error."""
        named = value.strip()
        if not 1 <= len(named) <= NAME_LIMIT or not named.isprintable():
            self.fail(f"{value!r} is not 1 to {NAME_LIMIT} printable characters", param, ctx)
        return named


name_option = click.option("--name", type=PersonName(), required=True, help="Who; stands on their decisions.")


@click.group()
def users() -> None:
    """People who sign in to the console; with the service running or not."""


@contextmanager
def opened_people(site: str | None, config: Path | None) -> Iterator[tuple[People, str]]:
    """The people, and the site that is meant.

    :raises ClickException: the store cannot be reached, or what was asked is refused.
    """
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        try:
            yield People(store), site or settings.site
        except NameTaken as problem:
            raise click.ClickException(f"somebody is called {problem} already") from problem
        except UnknownPerson as problem:
            raise click.ClickException(f"there is nobody called {problem}") from problem
        except LastAdmin as problem:
            raise click.ClickException(f"{problem} is the site's last admin; make another one first") from problem
        except TooManyPeople as problem:
            raise click.ClickException("the site has as many people as it may have") from problem


@users.command()
@site_option
@name_option
@click.option("--role", type=click.Choice(get_args(PersonRole)), default="moderate", show_default=True)
@stdin_option
@json_option
@by_option
@config_option
def create(  # noqa: PLR0913, PLR0917  # click passes each option by itself
    site: str | None, name: str, role: PersonRole, password_stdin: bool, as_json: bool, by: str, config: Path | None
) -> None:
    """Make a person, and print their first password, once: only its digest is kept."""
    password = _password(password_stdin)
    digest = Passwords().digest(password)
    with opened_people(site, config) as (people, where):
        op = secrets.token_urlsafe(9)
        made = people.create(where, name, role, digest, by=by, op=op, temporary=not password_stdin)
    _print(where, made, "" if password_stdin else password, as_json=as_json)


@users.command(name="list")
@site_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
def list_users(site: str | None, as_json: bool, config: Path | None) -> None:
    """List a site's people: role, since when, and whether they may sign in."""
    with opened_people(site, config) as (people, where):
        known = people.all(where)
    for person in known:
        if as_json:
            row = {"name": person.name, "role": person.role, "disabled": person.disabled}
            row |= {"subject": person.subject or None, "created_at": rfc3339_of(person.created)}
            click.echo(orjson.dumps(row).decode())
        else:
            state = "disabled" if person.disabled else "open"
            click.echo(f"{person.name}  {person.role}  {state}  {rfc3339_of(person.created)[:10]}")


@users.command()
@site_option
@name_option
@by_option
@config_option
def disable(site: str | None, name: str, by: str, config: Path | None) -> None:
    """End a person's access, and all of their sessions at once."""
    with opened_people(site, config) as (people, where):
        people.disable(where, name, by=by, op=secrets.token_urlsafe(9))


@users.command()
@site_option
@name_option
@by_option
@config_option
def enable(site: str | None, name: str, by: str, config: Path | None) -> None:
    """Let a person sign in again, with the password that they had."""
    with opened_people(site, config) as (people, where):
        people.enable(where, name, by=by, op=secrets.token_urlsafe(9))


@users.command()
@site_option
@name_option
@click.option("--role", type=click.Choice(get_args(PersonRole)), required=True)
@by_option
@config_option
def role(site: str | None, name: str, role: PersonRole, by: str, config: Path | None) -> None:
    """Give a person another role, in force with their next click."""
    with opened_people(site, config) as (people, where):
        people.set_role(where, name, role, by=by, op=secrets.token_urlsafe(9))


@users.command()
@site_option
@name_option
@stdin_option
@json_option
@by_option
@config_option
def password(  # noqa: PLR0913, PLR0917  # click passes each option by itself
    site: str | None, name: str, password_stdin: bool, as_json: bool, by: str, config: Path | None
) -> None:
    """Give a person a new password and print it, once; all of their sessions end."""
    new = _password(password_stdin)
    digest = Passwords().digest(new)
    with opened_people(site, config) as (people, where):
        known = people.find(where, name)
        if known and known.subject:
            raise click.ClickException(f"{name} signs in through the newsroom's accounts and has no password here")
        op = secrets.token_urlsafe(9)
        changed = people.set_password(where, name, digest, by=by, op=op, temporary=not password_stdin)
    _print(where, changed, "" if password_stdin else new, as_json=as_json)


@users.command()
@site_option
@name_option
@click.option("--subject", required=True, help="The provider's id for the person, its claim `sub`.")
@by_option
@config_option
def connect(site: str | None, name: str, subject: str, by: str, config: Path | None) -> None:
    """Let a person sign in by single sign-on in place of their password; all of their sessions end."""
    issuer = settings_or_fail(config).oidc_issuer
    if not issuer:
        raise click.ClickException("no single sign-on is set up: set WINNOW_OIDC_ISSUER")
    with opened_people(site, config) as (people, where):
        known = people.by_subject(where, subject_of(issuer, subject))
        if known and known.name != name:
            raise click.ClickException(f"the provider's {subject} is {known.name} here")
        people.connect(where, name, subject_of(issuer, subject), by=by, op=secrets.token_urlsafe(9))


def _password(from_stdin: bool) -> str:
    """A password: the line on stdin, or a new one.

    :raises ClickException: the line is no password.
    """
    if not from_stdin:
        return invented()
    given = sys.stdin.readline().rstrip("\r\n")
    if not LEAST <= len(given) <= MOST:
        raise click.ClickException(f"a password has {LEAST} to {MOST} characters")
    return given


def _print(site: str, person: Person, password: str, *, as_json: bool) -> None:
    """Says what was made; a password that came on stdin is not said again."""
    if as_json:
        answer = {"site": site, "name": person.name, "role": person.role}
        click.echo(orjson.dumps(answer | ({"password": password} if password else {})).decode())
    elif password:
        click.echo(password)
