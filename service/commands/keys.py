"""`winnow keys`: who may call."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import orjson

from service.commands.common import SiteName, by_option, config_option, opened_store, settings_or_fail
from service.store.keys import SECRET_LEAST, SECRET_MOST, Keys, Role, SecretKnown, TooManySecrets, is_secret


@click.group()
def keys() -> None:
    """API keys: created, listed, revoked; with the service running or not."""


@keys.command()
@click.option("--site", type=SiteName(), help="The newsroom's site, made with its first key. By default WINNOW_SITE.")
@click.option("--role", type=click.Choice(get_args(Role)), required=True)
@click.option("--name", help="Whose key it is; stands on claims and decisions. By default its role and id.")
@click.option("--delegate", is_flag=True, help="The key's requests may name the moderator in X-Moderator.")
@click.option(
    "--secret", metavar="-", help="With the role coral: the secret that Coral made, from stdin; never an argument."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@by_option
@config_option
def create(  # noqa: PLR0913, PLR0917  # click passes each option by itself
    site: str | None,
    role: Role,
    name: str | None,
    delegate: bool,
    secret: str | None,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    """Make a key and print it, once: only its digest is kept, but for what Coral signs with.

    A secret that was given is not printed again; the key's id is.
    """
    given = _given(role, secret)
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        try:
            text, key = Keys(store).create(
                site or settings.site, role, name or "", delegate=delegate, by=by, secret=given
            )
        except SecretKnown as problem:
            raise click.ClickException(f"the site has this secret already: its key is {problem}") from problem
        except TooManySecrets as problem:
            raise click.ClickException("the site has as many keys of Coral as it may have; revoke one") from problem
    if as_json:
        shown = {} if given else {"key": text}
        answer = {**shown, "id": key.id, "site": key.site, "role": role, "name": key.name}
        click.echo(orjson.dumps(answer).decode())
    else:
        click.echo(key.id if given else text)


def _given(role: Role, secret: str | None) -> str:
    """Coral's own secret, from stdin, or asked for where somebody sits there; "" where one is to be made.

    :raises UsageError: it is asked for with another role, or stands in the command.
    :raises ClickException: it can be none.
    """
    if secret is None:
        return ""
    if secret != "-":  # noqa: S105  # the sign for stdin
        raise click.UsageError("a secret in a command is seen by others: say --secret - and write it to stdin")
    if role != "coral":
        raise click.UsageError("--secret goes with --role coral")
    asked = click.prompt("Coral's signing secret", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    text = str(asked).strip()
    if not is_secret(text):
        raise click.ClickException(f"a secret is {SECRET_LEAST} to {SECRET_MOST} printable ASCII characters, no blanks")
    return text


@keys.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
def list_keys(as_json: bool, config: Path | None) -> None:
    """List the keys; what was printed once is not kept."""
    with opened_store(settings_or_fail(config)) as store:
        known = Keys(store).all()
    for key in known:
        made = datetime.fromtimestamp(key.created / 1000, UTC).date().isoformat()
        row = {"id": key.id, "site": key.site, "role": key.role, "name": key.name, "created": made}
        click.echo(orjson.dumps(row).decode() if as_json else "  ".join(row.values()))


@keys.command()
@click.argument("key_id")
@by_option
@config_option
def revoke(key_id: str, by: str, config: Path | None) -> None:
    """End a key by its id (see `list`); every worker refuses it within two seconds."""
    with opened_store(settings_or_fail(config)) as store:
        if not Keys(store).revoke(key_id, by=by):
            raise click.ClickException(f"there is no key with the id {key_id}")
