"""Each site's webhooks: where its events are pushed to, and what is owed to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import orjson

from service.store.connection import HOUSE, Store, clock, site_key
from service.store.events import Event, position
from service.store.records import event_data_from

MOST: Final = 20
"""Webhooks of a site."""

OLD_SECRET_MS: Final = 24 * 3_600_000
"""How long the secret before a rotation goes on signing."""

LEASE_MS: Final = 90_000
"""How long a delivery is one thread's alone; longer than an attempt can take."""

AT_ONCE: Final = 4
"""Deliveries of one webhook that may be on their way at once."""

Result = Literal["done", "retry", "park", "gone"]


class UnknownWebhook(Exception):
    """There is no such webhook of this site."""


class TooManyWebhooks(Exception):
    """The site has as many webhooks as it may have."""


@dataclass(frozen=True, slots=True)
class Act:
    """What an administrator does: the operation, which is known again when it is repeated, and who."""

    op: str
    by: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it stands; times in ms. `types` None means all events.

    `disabled` says why the service itself stopped ("gone": the endpoint answered 410). Events up to `missed_until`
    may be missing: they were dropped before they could be delivered.
    """

    id: str
    url: str
    types: tuple[str, ...] | None
    enabled: bool
    disabled: str | None
    created: int
    by: str
    old_secret_until: int | None
    waiting: int
    parked: int
    delivered: int | None
    failed: int | None
    failure: str | None
    failure_status: int | None
    missed_until: int | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that is leased to be attempted now.

    `failures` counts attempts before this one, `age` is ms since the first, `now` the server's time in ms. The newest
    secret comes first.
    """

    hook: str
    token: str
    url: str
    secrets: tuple[str, ...]
    event: Event
    failures: int
    age: int
    now: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of an attempt: ms until the retry, the answer's status (0 for none), and why it failed or ""."""

    result: Result
    wait: int
    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A delivery that was given up at `at` (ms), after `attempts`, with the last answer's status, 0 for none."""

    id: str
    type: str | None
    comment_id: str | None
    at: int
    attempts: int
    status: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """All webhooks of some sites together: how many, what they owe, and for how long the oldest waits."""

    enabled: int
    disabled: int
    owed: int
    parked: int
    oldest_seconds: float


class Webhooks:
    """The webhooks of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, site: str, act: Act, url: str, types: Sequence[str] | None, secret: str) -> tuple[str, str]:
        """Makes a webhook and says its id and its secret; a repetition gets those of the first time.

        :raises TooManyWebhooks: the site has `MOST` already.
        """
        hook = "wh-" + sha256(f"{site} {act.op}".encode()).hexdigest()[:20]
        told = _told({"url": url, "types": types})
        arguments = (hook, act.op, url, "\n".join(types or ()), secret, act.by, MOST, told)
        answer, *rest = self._store.run("put_webhook", site, *arguments)
        if answer == "many":
            raise TooManyWebhooks(site)
        return hook, rest[0]

    def change(self, site: str, act: Act, hook: str, changes: Mapping[str, Any]) -> None:
        """Sets `url`, `types` (None for all) or `enabled`; what waits for a retry is due at once.

        :raises UnknownWebhook: there is none.
        """
        kept: list[str | int] = []
        for name, value in changes.items():
            kept += [name, "\n".join(value or ()) if name == "types" else value if name == "url" else int(value)]
        if not self._store.run("change_webhook", site, hook, act.op, act.by, _told(changes), *kept):
            raise UnknownWebhook(hook)

    def rotate(self, site: str, act: Act, hook: str, secret: str) -> tuple[str, int]:
        """Puts a new secret in force; says it, and until when (ms) the old one goes on signing beside it.

        :raises UnknownWebhook: there is none.
        """
        answer = self._store.run("rotate_webhook", site, hook, act.op, act.by, secret, OLD_SECRET_MS)
        if not answer:
            raise UnknownWebhook(hook)
        return answer[0], int(answer[1])

    def drop(self, site: str, act: Act, hook: str) -> None:
        """Deletes a webhook with all that it owes.

        :raises UnknownWebhook: there is none.
        """
        if not self._store.run("drop_webhook", site, hook, act.op, act.by):
            raise UnknownWebhook(hook)

    def all(self, site: str) -> list[Webhook]:
        """The site's webhooks, oldest first."""
        ids = self._store.call(lambda client: client.zrange(site_key(site, "webhooks"), 0, -1))
        return self._found(site, ids)

    def backlog(self, sites: Sequence[str]) -> Backlog:
        """What is owed to the webhooks of these sites."""
        there = [(site, hook) for site in self.sites_with_any(sites) for hook in self.all(site)] if sites else []

        def build(pipeline: Any) -> None:
            for site, hook in there:
                pipeline.zrange(site_key(site, "webhook", hook.id, "owed"), 0, 0, withscores=True)

        firsts = self._store.together(build) if there else []
        oldest = min((score for first in firsts for _, score in first), default=None)
        hooks = [hook for _, hook in there]
        enabled = sum(hook.enabled for hook in hooks)
        return Backlog(
            enabled=enabled,
            disabled=len(hooks) - enabled,
            owed=sum(hook.waiting for hook in hooks),
            parked=sum(hook.parked for hook in hooks),
            oldest_seconds=0.0 if oldest is None else max(0.0, (clock(self._store, HOUSE) - oldest) / 1000),
        )

    def get(self, site: str, hook: str) -> Webhook:
        """One of them.

        :raises UnknownWebhook: there is none.
        """
        found = self._found(site, [hook])
        if not found:
            raise UnknownWebhook(hook)
        return found[0]

    def parked(self, site: str, hook: str, after: str, limit: int) -> list[Parked]:
        """Deliveries that were given up, oldest event first, behind the one with the id `after`.

        :raises UnknownWebhook: there is none.
        """
        page = self._store.run("parked_webhook", site, hook, _name(after) if after else "", limit)
        if page == -1:
            raise UnknownWebhook(hook)
        return [_parked(*entry) for entry in page]

    def replay(self, site: str, act: Act, hook: str, events: Sequence[str] | None) -> int:
        """Has parked deliveries tried again from the start, all (None) or up to 1,000 by their ids; says how many.

        :raises UnknownWebhook: there is none.
        """
        if events is not None and not events:
            return 0
        moved = int(self._store.run("replay_webhook", site, hook, act.op, act.by, *map(_name, events or ())))
        if moved < 0:
            raise UnknownWebhook(hook)
        return moved

    def sites_with_any(self, sites: Sequence[str]) -> list[str]:
        """Those of the sites that have webhooks, in one round trip."""

        def build(pipeline: Any) -> None:
            for site in sites:
                pipeline.exists(site_key(site, "webhooks"))

        return [site for site, there in zip(sites, self._store.together(build), strict=True) if there]

    def ready(self, site: str) -> list[str]:
        """Webhooks that may have something to deliver now."""
        return list(self._store.run("look_webhooks", site))

    def take(self, site: str, hook: str, token: str) -> Delivery | None:
        """Leases a delivery that is due, or says that there is none; `token` is used for this lease alone."""
        answer = self._store.run("take_delivery", site, hook, token, LEASE_MS, AT_ONCE)
        if not answer:
            return None
        url, secret, old, event_id, kind, at, comment, data, failures, age, now = answer
        event = Event(event_id, kind, at, comment or None, event_data_from(data))
        return Delivery(hook, token, url, (secret, old) if old else (secret,), event, failures, age, now)

    def settle(self, site: str, done: Delivery, came: Settlement) -> bool:
        """Notes what came of a delivery; False where its lease had passed to another, who will say."""
        arguments = (done.hook, done.event.id, done.token, came.result, came.wait, came.status, came.why)
        return bool(self._store.run("settle_delivery", site, *arguments))

    def forget_dropped(self, site: str) -> int:
        """Lets deliveries go whose events are kept no more; says how many."""
        went = 0
        for hook in self._store.call(lambda client: client.zrange(site_key(site, "webhooks"), 0, -1)):
            while gone := int(self._store.run("trim_webhook", site, hook)):
                went += gone
        return went

    def _found(self, site: str, hooks: Sequence[str]) -> list[Webhook]:
        """Those of the webhooks that there are, in one round trip."""

        def build(pipeline: Any) -> None:
            for hook in hooks:
                pipeline.hgetall(site_key(site, "webhook", hook))
                for what in ("owed", "again", "parked"):
                    pipeline.zcard(site_key(site, "webhook", hook, what))

        answers = self._store.together(build) if hooks else []
        each = zip(hooks, answers[::4], answers[1::4], answers[2::4], answers[3::4], strict=True)
        return [_webhook(hook, kept, owed + again, parked) for hook, kept, owed, again, parked in each if kept]


def _webhook(hook: str, kept: Mapping[str, str], waiting: int, parked: int) -> Webhook:
    def number(name: str) -> int | None:
        return int(kept.get(name) or 0) or None

    return Webhook(
        id=hook,
        url=kept["url"],
        types=tuple(kept["types"].split("\n")) if kept["types"] else None,
        enabled=kept["enabled"] == "1",
        disabled=kept.get("disabled"),
        created=int(kept["created"]),
        by=kept["by"],
        old_secret_until=number("old_until"),
        waiting=waiting,
        parked=parked,
        delivered=number("delivered"),
        failed=number("failed"),
        failure=kept.get("failure"),
        failure_status=number("failure_status"),
        missed_until=number("missed"),
    )


def _parked(name: str, state: str, kind: str, comment: str) -> Parked:
    tries, given_up, _, _, status, _ = state.split(" ", 5)
    ms, _, sequence = name.partition("-")
    return Parked(f"{ms}-{int(sequence)}", kind or None, comment or None, int(given_up), int(tries), int(status))


def _name(event: str) -> str:
    """A delivery's name in its sets: the event's id, with a part behind the dash that sorts as a number."""
    ms, sequence = position(event)
    return f"{ms}-{sequence:06d}"


def _told(changes: Mapping[str, Any]) -> bytes:
    """What the audit log says of a change; of a URL the host alone, for the rest may be a secret."""
    told = {name: urlsplit(value).hostname if name == "url" else value for name, value in changes.items()}
    return orjson.dumps({"host" if name == "url" else name: value for name, value in told.items()})
