"""All configuration: environment variables over `winnow.toml` over the defaults, checked once at start."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast, get_args, get_type_hints

from environs import Env, EnvError, EnvValidationError
from marshmallow.validate import OneOf, Range, Regexp

from service.store.servers.address import Address
from service.webhooks.addresses import Networks

SITE_NAME: Final = r"(?!winnow$)[a-z0-9-]{1,63}"
"""A site's name, as a regular expression; what belongs to no site is kept under `{winnow}`."""

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # counts are no secret, and whoever made the folder is looked at
"""On Linux, a file system without a disk."""

HOME: Final = "~/.local/share/winnow"
"""The data folder where none is set."""

GRACE: Final = 30
"""Seconds that requests have to end after SIGTERM; as long as the longest poll."""


Fsync = Literal["always", "everysec"]
Level = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting that cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a setting means, as the documentation and `winnow doctor --settings` say it, in Markdown."""

    text: str
    default: str = ""  # in words, where it differs between machines


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process was started with.

    Paths are absolute; `redis_url` None means a private server, `oidc_issuer` None no single sign-on. What stands
    beside each is its documentation: `python -m tests.documentation` writes it into the page.
    """

    data: Annotated[
        Path,
        Means(
            "the data folder: the private Redis, copies of published models. One running `winnow serve` has it "
            "to itself",
            default=HOME,
        ),
    ]
    bind: Annotated[str, Means("where the API listens: `host:port`, `[::1]:port`, or `unix:/path`")]
    demo_bind: Annotated[str, Means("where the demo's news site listens: `host:port`")]
    workers: Annotated[int, Means("web worker processes, 1 to 256", default="one a CPU, at most 8")]
    redis_url: Annotated[
        str | None,
        Means(
            "the Redis to use: `redis://`, `rediss://` or `unix://`, or "
            "[several servers](operating.md#several-servers): `redis+sentinel://`, `redis+cluster://`. Without it, a "
            "private one is started"
        ),
    ]
    redis_server: Annotated[
        str | None,
        Means(
            "the program for the private Redis. Without it, the Valkey that was installed with Winnow, else a "
            "`redis-server` or `valkey-server` on the `PATH`"
        ),
    ]
    redis_fsync: Annotated[
        Fsync,
        Means(
            "when the private Redis writes through to disk: `always`, or `everysec`, which may lose the last "
            "second when the machine fails"
        ),
    ]
    redis_wait: Annotated[
        int,
        Means(
            "how many replicas must have a change before it is acknowledged, 0 to 5; takes `REDIS_URL` "
            "([what it costs](operating.md#waiting-for-replicas))"
        ),
    ]
    model: Annotated[Path | None, Means("the folder of the model; without it, the one that ships")]
    site: Annotated[
        str,
        Means(
            "the site of `keys create`, `users` and `export` where `--site` is not given: `[a-z0-9-]`, 1 to 63 "
            "characters, and not `winnow`"
        ),
    ]
    log_level: Annotated[
        Level,
        Means("`debug`, `info`, `warning` or `error`. `winnow demo` logs warnings only, unless this variable is set"),
    ]
    rate_limit: Annotated[int, Means("requests a minute that each key may make, whatever its role; 0 for no limit")]
    body_max: Annotated[int, Means("characters that a comment may have once trimmed, 1 to 100000")]
    allow_volatile: Annotated[
        bool,
        Means("whether to be ready on a Redis that may forget: one without an append-only file, or one that evicts"),
    ]
    compiled: Annotated[
        bool,
        Means(
            "whether the service scores by the compiled kernel where the extra `fast` is installed; it starts "
            "later with it and takes more memory ([performance](performance.md))"
        ),
    ]
    webhook_networks: Annotated[
        Networks,
        Means(
            "networks, such as `10.0.0.0/8, fd00::/8`, to which [webhooks](webhooks.md) are delivered although "
            "they are not public, and without TLS too"
        ),
    ]
    proxies: Annotated[
        Networks,
        Means(
            "networks of [proxies](operating.md#behind-a-proxy) that are believed about whom they speak for "
            "(`X-Forwarded-For`, `X-Forwarded-Proto`); empty for none. A Unix socket always is"
        ),
    ]
    drain: Annotated[
        int,
        Means(
            "seconds from SIGTERM in which requests are still taken, so that balancers notice, and for which idle "
            "connections are kept, 0 to 300 ([deploys](operating.md#deploys))"
        ),
    ]
    oidc_issuer: Annotated[
        str | None,
        Means(
            "the OpenID Connect provider that people may [sign in with](console.md#single-sign-on), `https://…`. "
            "It takes the extra `sso` and the next three settings"
        ),
    ]
    oidc_client_id: Annotated[str | None, Means("what the provider calls Winnow")]
    oidc_client_secret: Annotated[str | None, Means("the secret that goes with it")]
    oidc_site: Annotated[str | None, Means("the site whose people the provider knows")]
    oidc_scope: Annotated[str, Means("what is asked of the provider")]
    oidc_name_claim: Annotated[str, Means("the claim that has a person's name")]
    oidc_role_claim: Annotated[str, Means("the claim that has a person's roles or groups; `a.b` is `b` within `a`")]
    oidc_moderate: Annotated[str, Means("its values that make a moderator, with commas between")]
    oidc_admin: Annotated[str, Means("its values that make an admin; without one of either nobody gets in")]

    @property
    def metrics(self) -> Path:
        """The folder in which the processes of this service count together: in memory, where the system has one there.

        They write by mapping files, and who maps a page for which a full disk has no room is killed.
        """
        if not os.access(MEMORY, os.W_OK):
            return self.data / "metrics"
        return self.aside(MEMORY, "metrics")

    def aside(self, within: Path, use: str) -> Path:
        """For what cannot be in the data folder: a folder elsewhere of this user's and that folder's, for one use."""
        name = hashlib.sha256(str(self.data).encode()).hexdigest()[:16]
        return within / f"winnow-{os.getuid()}-{name}-{use}"


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
                webhook_networks=_networks("WEBHOOK_NETWORKS", env.str("WEBHOOK_NETWORKS", "")),
                proxies=_networks("PROXIES", env.str("PROXIES", "127.0.0.0/8, ::1")),
                drain=env.int("DRAIN", 5, validate=Range(0, 300)),
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


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting for those who read about it: its names, its default as it is written, what it means."""

    name: str
    variable: str
    default: str
    meaning: str


def explained() -> list[Explained]:
    """Every setting, in the order of the fields.

    :raises LookupError: one has no `Means`.
    """
    defaults = load_settings(environ={"WINNOW_CONFIG": os.devnull})
    return [
        Explained(name, _variable(name), means.default or _written(getattr(defaults, name)), means.text)
        for name, means in _meanings().items()
    ]


def _meanings() -> dict[str, Means]:
    hints = get_type_hints(Settings, include_extras=True)
    found = {
        name: next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Means)), None)
        for name, hint in hints.items()
    }
    silent = [name for name, means in found.items() if means is None]
    if silent:
        raise LookupError(f"what do these settings mean? {', '.join(silent)}: write Annotated[…, Means(…)]")
    return {name: means for name, means in found.items() if means is not None}


def _written(value: object) -> str:
    """A value as one writes it in a variable; what is not set is `none`."""
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


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


def _networks(name: str, text: str) -> Networks:
    try:
        return Networks.parse(text)
    except ValueError as problem:
        raise EnvValidationError(f"WINNOW_{name}: {problem}", [str(problem)]) from problem


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
