"""All configuration: environment variables over `winnow.toml` over the defaults, checked once at start."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from environs import Env, EnvError, EnvValidationError
from marshmallow.validate import OneOf, Range, Regexp

from service.store.servers.address import Address
from service.webhooks.addresses import Networks

SITE_NAME: Final = r"(?!winnow$)[a-z0-9-]{1,63}"
"""A site's name, as a regular expression; what belongs to no site is kept under `{winnow}`."""

HOME: Final = "~/.local/share/winnow"
"""The data folder where none is set."""

GRACE: Final = 30
"""Seconds that requests have to end after SIGTERM; as long as the longest poll."""


Fsync = Literal["always", "everysec"]
Level = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting that cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process was started with.

    Paths are absolute; `redis_url` None means a private server, `oidc_issuer` None no single sign-on.
    """

    data: Path
    bind: str
    demo_bind: str
    workers: int
    redis_url: str | None
    redis_server: str | None
    redis_fsync: Fsync
    redis_wait: int
    model: Path | None
    site: str
    log_level: Level
    rate_limit: int
    body_max: int
    allow_volatile: bool
    compiled: bool
    webhook_networks: Networks
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None
    oidc_site: str | None
    oidc_scope: str
    oidc_name_claim: str
    oidc_role_claim: str
    oidc_moderate: str
    oidc_admin: str


def load_settings(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings.

    :param config: a TOML file; by default what `WINNOW_CONFIG` names, or `winnow.toml` in the data folder, if there
        is one. Its keys are the variables' names in lower case without `WINNOW_` (`rate_limit = 600`).
    :raises SettingsError: for a value or a file that cannot be used.
    """
    given = dict(os.environ if environ is None else environ)
    merged = _from_file(config, given) | given
    env = _Given(merged)
    try:
        with env.prefixed("WINNOW_"):
            return Settings(
                data=_data_folder(merged),
                bind=env.str("BIND", "127.0.0.1:8080", validate=Regexp(r".+:\d+$|unix:.+$")),
                demo_bind=env.str("DEMO_BIND", "127.0.0.1:8081", validate=Regexp(r".+:\d+$")),
                workers=env.int("WORKERS", min(os.cpu_count() or 1, 8), validate=Range(1, 256)),
                redis_url=_redis_url(merged.get("REDIS_URL") or None),
                redis_server=env.str("REDIS_SERVER", None),
                redis_fsync=cast("Fsync", env.str("REDIS_FSYNC", "always", validate=OneOf(get_args(Fsync)))),
                redis_wait=_redis_wait(env.int("REDIS_WAIT", 0, validate=Range(0, 5)), merged),
                model=_path(env.str("MODEL", None)),
                site=env.str("SITE", "default", validate=Regexp(f"{SITE_NAME}$")),
                log_level=cast("Level", env.str("LOG_LEVEL", "info", validate=OneOf(get_args(Level)))),
                rate_limit=env.int("RATE_LIMIT", 60000, validate=Range(0)),
                body_max=env.int("BODY_MAX", 10000, validate=Range(1, 100000)),
                allow_volatile=env.bool("ALLOW_VOLATILE", False),
                compiled=env.bool("COMPILED", True),
                webhook_networks=_networks(env.str("WEBHOOK_NETWORKS", "")),
                **_sign_on(env),
            )
    except (EnvError, EnvValidationError) as problem:
        raise SettingsError(str(problem)) from problem


class _Given(Env):
    """environs over a mapping in place of the process's environment."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__()
        self._given = given

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key, default)


def sources_of(config: Path | None = None, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where each setting comes from: the environment, the file, or its default; takes what `load_settings` takes."""
    given = dict(os.environ if environ is None else environ)
    file = _from_file(config, given)
    return {
        field.name: "environment"
        if _variable(field.name) in given
        else "file"
        if _variable(field.name) in file
        else "default"
        for field in fields(Settings)
    }


def _from_file(config: Path | None, given: Mapping[str, str]) -> dict[str, str]:
    """What the file sets, by variable."""
    named = config or _path(given.get("WINNOW_CONFIG"))
    path = named or _data_folder(given) / "winnow.toml"
    if named is None and not path.exists():
        return {}
    try:
        kept = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(f"{path}: {problem}") from problem
    known = {field.name for field in fields(Settings)}
    unknown = sorted(set(kept) - known)
    if unknown:
        raise SettingsError(f"{path}: unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return {_variable(name): str(value) for name, value in kept.items()}


def _variable(name: str) -> str:
    """A setting's environment variable."""
    return "REDIS_URL" if name == "redis_url" else f"WINNOW_{name.upper()}"


def _data_folder(given: Mapping[str, str]) -> Path:
    return Path(given.get("WINNOW_DATA") or HOME).expanduser().absolute()


def _sign_on(env: Env) -> dict[str, Any]:
    """Single sign-on: an issuer wants a client and the site whose people it knows."""
    plain = Regexp(r"https://\S+$|http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?$")
    issuer = env.str("OIDC_ISSUER", None, validate=plain)
    wanted = {
        "oidc_issuer": issuer,
        "oidc_client_id": env.str("OIDC_CLIENT_ID", None),
        "oidc_client_secret": env.str("OIDC_CLIENT_SECRET", None),
        "oidc_site": env.str("OIDC_SITE", None, validate=Regexp(f"{SITE_NAME}$")),
    }
    missing = [_variable(name) for name, value in wanted.items() if issuer and not value]
    if missing:
        raise EnvValidationError(f"WINNOW_OIDC_ISSUER needs {', '.join(missing)}, too", missing)
    if issuer and find_spec("authlib") is None:
        raise EnvValidationError("WINNOW_OIDC_ISSUER takes the extra sso: pip install 'winnow[sso]'", ["authlib"])
    return wanted | {
        "oidc_scope": env.str("OIDC_SCOPE", "openid profile"),
        "oidc_name_claim": env.str("OIDC_NAME_CLAIM", "preferred_username"),
        "oidc_role_claim": env.str("OIDC_ROLE_CLAIM", "roles"),
        "oidc_moderate": env.str("OIDC_MODERATE", "moderate"),
        "oidc_admin": env.str("OIDC_ADMIN", "admin"),
    }


def _networks(text: str) -> Networks:
    try:
        return Networks.parse(text)
    except ValueError as problem:
        raise EnvValidationError(f"WINNOW_WEBHOOK_NETWORKS: {problem}", [str(problem)]) from problem


def _redis_url(url: str | None) -> str | None:
    try:
        if url is not None:
            Address.parse(url)
    except ValueError as problem:
        raise EnvValidationError(f"REDIS_URL {problem}", [str(problem)]) from None
    return url


def _redis_wait(replicas: int, given: Mapping[str, str]) -> int:
    if replicas and not given.get("REDIS_URL"):
        raise EnvValidationError("WINNOW_REDIS_WAIT needs REDIS_URL: a private Redis has no replicas", [str(replicas)])
    return replicas


def _path(value: str | None) -> Path | None:
    return Path(value).expanduser().absolute() if value else None
