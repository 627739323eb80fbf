"""`winnow doctor`: what is wrong, and what to do."""

import os
import re
import resource
import shutil
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final

import click
import orjson

from model.artifact import ArtifactError
from model.classifier import Classifier
from service.commands.common import config_option, place_name, settings_or_fail
from service.models import Copies
from service.processes.pacing import CONNECTIONS, OTHER_FILES
from service.processes.private_redis import for_the_moment
from service.settings import Settings, SettingsError, explained, sources_of
from service.store.connection import Store, StoreUnavailable, connect
from service.store.health import Server, compact_value_of, fsyncs_of, problems_of, servers_of, versions_of
from service.store.keys import Keys
from service.store.labels import Labels
from service.store.models import Published
from service.store.policies import Policies
from service.store.records import COMPACT_VALUE
from service.store.webhooks import Webhooks

FREE_AT_LEAST: Final = 1 << 30
"""Bytes of disk that a data folder should have left."""

FULL: Final = 0.85
"""Share of Redis' maxmemory from which it is time to do something."""

FILES_AT_LEAST: Final = 1024
FILES_WANTED: Final = CONNECTIONS + OTHER_FILES
"""File descriptors that a worker has to be able to have, and should be: each waiting client takes one."""

CLOCK_MAY_DIFFER: Final = 2.0
"""Seconds between this machine's clock and the store's."""

Finding = tuple[str, bool, str]


@click.command()
@click.option(
    "--settings", "show_settings", is_flag=True, help="Print each setting, what it means and its value, secrets masked."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@config_option
def doctor(show_settings: bool, as_json: bool, config: Path | None) -> None:
    """Check settings, model, disk, limits, Redis and clock; ends with 1 when something is wrong."""
    settings = settings_or_fail(config)
    if show_settings:
        click.echo("\n\n".join(_shown(settings, sources_of(config))))
        return
    findings = list(examine(settings))
    if as_json:
        click.echo(orjson.dumps([{"part": part, "ok": ok, "detail": detail} for part, ok, detail in findings]).decode())
    else:
        for part, ok, detail in findings:
            click.echo(f"{'ok  ' if ok else 'FAIL'}  {part}: {detail}")
    if not all(ok for _, ok, _ in findings):
        raise SystemExit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """What was looked at, whether it is well, and what to know or to do."""
    yield "settings", True, f"data in {settings.data}, {settings.workers} workers on {settings.bind}"
    yield _model(settings)
    yield _disk(settings)
    yield _files()
    yield _proxy(settings)
    try:
        with for_the_moment(settings) as url:
            store = Store(connect(url, replicas=settings.redis_wait))
            yield from _redis(store, settings)
            yield from _standing(store)
            yield from _published(Published(store))
            yield from _labels(store)
            yield from _webhooks(store)
    except (SettingsError, StoreUnavailable) as problem:
        yield "redis", False, str(problem)


def masked(settings: Settings) -> dict[str, str]:
    """Every setting as text; in a URL, what stands before `@` and a `password=` are secrets."""
    shown = {field.name: str(getattr(settings, field.name)) for field in fields(settings)}
    shown["redis_url"] = re.sub(r"(?<=://).*(?=@)|(?<=password=)[^&]*", "***", shown["redis_url"])
    return shown | ({"oidc_client_secret": "***"} if settings.oidc_client_secret else {})


def _shown(settings: Settings, sources: dict[str, str]) -> Iterator[str]:
    """What each setting means, its variable, its value and where that comes from."""
    values = masked(settings)
    for one in explained():
        meaning = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", one.meaning)
        comment = textwrap.fill(f"{one.variable}: {meaning}", 100, initial_indent="# ", subsequent_indent="# ")
        yield f"{comment}\n{one.name} = {values[one.name]}  ({sources[one.name]})"


def _model(settings: Settings) -> Finding:
    try:
        classifier = Classifier.load(settings.model, compiled=False)
    except ArtifactError as problem:
        return "model", False, f"{problem}; set WINNOW_MODEL to an artifact, or unset it for the one that ships"
    return "model", True, f"{classifier.version}, {len(classifier.attributes)} attributes"


def _published(published: Published) -> Iterator[Finding]:
    """What is in force by publication, each digest checked; nothing where nothing is."""
    _, stacks = published.in_force()
    versions = published.versions()
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        copies = Copies(Path(folder), published)
        for place, (digest, *_) in sorted(stacks.items()):
            detail = f"{versions.get(digest, digest)} is published for {place_name(place)}"
            try:
                copies.get(digest)
            except (ArtifactError, OSError) as problem:
                yield "model", False, f"{detail} but cannot be used, publish it again or roll back: {problem}"
            else:
                yield "model", True, f"{detail}, {len(versions)} are kept"


def _labels(store: Store) -> Iterator[Finding]:
    """Decisions that go soon and were never exported; a site that wants no labels need not mind."""
    policies = Policies(store)
    kept = {site: policies.retention(site).decided_days for site in Keys(store).sites()}
    for site, labels in Labels(store).expiring(kept).items():
        if labels:
            what = f"{labels} decisions of {site} end within 14 days and were never exported"
            yield "labels", True, f"{what}: winnow export decisions --site {site}"


def _disk(settings: Settings) -> Finding:
    there = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        return "disk", False, f"{there} cannot be written: set WINNOW_DATA to a folder that can"
    free = shutil.disk_usage(there).free
    return "disk", free >= FREE_AT_LEAST, f"{free / (1 << 30):.1f} GiB free for {settings.data}, 1 GiB is the least"


def _files() -> Finding:
    """How many file descriptors a process may have; the service inherits this command's limit, and goes up to it."""
    _, may = resource.getrlimit(resource.RLIMIT_NOFILE)
    if may == resource.RLIM_INFINITY:
        return "files", True, "a process may open any number"
    more = "" if may >= FILES_WANTED else f", {FILES_WANTED} is better: ulimit -Hn, or LimitNOFILE in systemd"
    return "files", may >= FILES_AT_LEAST, f"a process may open {may}{more}"


def _proxy(settings: Settings) -> Finding:
    """What others have to do in front of it; nothing here can see whether they do."""
    host = settings.bind.rpartition(":")[0].strip("[]")
    if settings.bind.startswith("unix:") or host in ("127.0.0.1", "::1", "localhost"):
        return "proxy", True, f"{settings.bind} is for this machine alone; TLS is up to a proxy here"
    told = "is open to other machines in plain HTTP: a proxy in front has to bring TLS, and keep /metrics to yourselves"
    return "proxy", True, f"{settings.bind} {told}"


def _standing(store: Store) -> Iterator[Finding]:
    """Whether it is a primary, who follows it, and how much room it has; of each server where there are several."""
    for name, server in servers_of(store).items():
        for part, well, detail in _standing_of(server):
            yield part, well, f"{name}: {detail}" if name else detail


def _standing_of(server: Server) -> Iterator[Finding]:
    if server.mode == "sentinel":
        yield "replicas", False, "this is a Sentinel, which holds no data: let REDIS_URL lead to the primary"
        return
    if server.role != "master":
        lost = "" if server.linked else ", which it does not reach"
        yield "replicas", False, f"this is a replica of another server{lost}: let REDIS_URL lead to the primary"
    elif server.replicas:
        yield "replicas", True, f"{server.replicas} follow"
    else:
        yield "replicas", True, "none follow: while this machine is down, so is the service"
    if not server.rewritten:
        yield (
            "redis",
            False,
            "the last rewrite of the append-only file failed: see Redis' log, and make room on its disk",
        )
    yield _memory(server)


def _memory(server: Server) -> Finding:
    used = f"Redis takes {server.memory / (1 << 20):,.0f} MiB"
    if not server.memory_max:
        return "memory", True, f"{used} and has no maxmemory; with one, it says so before the kernel ends it"
    share = server.memory / server.memory_max
    return "memory", share < FULL, f"{used}, {share:.0%} of its maxmemory; from {FULL:.0%} on, raise it or keep less"


def _webhooks(store: Store) -> Iterator[Finding]:
    """What was given up; a newsroom may have meant to."""
    backlog = Webhooks(store).backlog(Keys(store).sites())
    if backlog.parked:
        what = f"{backlog.parked} deliveries were given up: see the console's webhooks, and replay them there"
        yield "webhooks", True, what


def _more_memory(store: Store) -> str:
    """A hint where comments take more memory than they need; nothing where the server does not tell."""
    compact = compact_value_of(store)
    if compact is None or compact >= COMPACT_VALUE:
        return ""
    return f"; set hash-max-listpack-value {COMPACT_VALUE} (it is {compact}), and comments take less memory"


def _redis(store: Store, settings: Settings) -> Iterator[Finding]:
    problems = problems_of(store, allow_volatile=settings.allow_volatile, replicas=settings.redis_wait)
    for problem in problems:
        yield "redis", False, problem
    if not problems:
        version = ", ".join(".".join(map(str, one)) for one in sorted(versions_of(store)))
        loss = (
            ""
            if fsyncs_of(store) == {"always"}
            else "; its file is not synced at every write, so a crash may lose a second"
        )
        yield "redis", True, f"{version}, keeps what it is given{loss}{_more_memory(store)}"
    clocks = store.each(lambda client: (time.time(), client.time()))
    apart = max(abs(own - seconds - micros / 1e6) for own, (seconds, micros) in clocks.values())
    yield "clock", apart <= CLOCK_MAY_DIFFER, f"{apart:.2f} s from the store's; keep both on NTP"
