"""Each site's policy, every version of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from service.moderation.policy import Policy, Retention, default_policy, policy_from
from service.store.connection import Store, site_key


class UnknownPolicy(Exception):
    """The site's policy has no such version; the argument is its number."""


class StalePolicy(Exception):
    """The policy was changed since the version that was edited; the argument is the version in force."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A kept version: who saved it and when (ms). The default, version 1, has neither."""

    version: int
    at: int | None
    by: str | None
    policy: Policy


class Policies:
    """The policies of every site. Version 1 is kept nowhere: it is the `default` of the model in force."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: dict[str, Policy] = {}

    def in_force(self, site: str, default: Policy) -> Policy:
        """The policy as of now."""
        head = self._store.call(lambda client: client.hget(site_key(site, "policy"), "head"))
        return self.at(site, int(head or 1), default)

    def retention(self, site: str) -> Retention:
        """How long the policy as of now keeps what the site holds; no model has a say in that."""
        return self.in_force(site, default_policy({})).retention

    def last_seen(self, site: str, default: Policy) -> Policy:
        """The version that this worker used last; costs no round trip."""
        return self._newest.get(site, default)

    def at(self, site: str, version: int, default: Policy) -> Policy:
        """A version by its number; the one asked for last is remembered, so that it costs no round trip.

        :raises UnknownPolicy: there is no such version.
        """
        if version == 1:
            return default
        remembered = self._newest.get(site)
        if remembered is not None and remembered.version == version:
            return remembered
        kept = self._store.call(lambda client: client.hget(site_key(site, "policy"), str(version)))
        if kept is None:
            raise UnknownPolicy(version)
        policy = self._newest[site] = _version(orjson.loads(kept)).policy
        return policy

    def keep(self, site: str, edited: int, op: str, policy: Mapping[str, Any], by: str) -> int:
        """Keeps a new version, given as plain values, and says its number.

        :raises StalePolicy: `edited` is not the version in force.
        """
        answer, version = self._store.run("put_policy", site, edited, op, orjson.dumps(policy), by)
        if answer == "conflict":
            raise StalePolicy(version)
        return int(version)

    def versions(self, site: str, default: Policy) -> list[PolicyVersion]:
        """All versions, newest first."""
        kept = self._store.call(lambda client: client.hgetall(site_key(site, "policy")))
        versions = [_version(orjson.loads(value)) for name, value in kept.items() if name.isdigit()]
        first = PolicyVersion(1, None, None, default)
        return [*sorted(versions, key=lambda one: one.version, reverse=True), first]

    def before(self, site: str, version: int, default: Policy, limit: int) -> list[PolicyVersion]:
        """Versions below a number, newest first, `limit` of them at the most."""
        numbers = range(version - 1, max(0, version - 1 - limit), -1)
        named = [str(one) for one in numbers if one > 1]
        kept = self._store.call(lambda client: client.hmget(site_key(site, "policy"), named)) if named else []
        found = [_version(orjson.loads(value)) for value in kept if value is not None]
        return [*found, PolicyVersion(1, None, None, default)] if 1 in numbers else found


def _version(kept: Mapping[str, Any]) -> PolicyVersion:
    version = kept["version"]
    return PolicyVersion(version, kept["at"], kept["by"], policy_from(version, kept["policy"]))
