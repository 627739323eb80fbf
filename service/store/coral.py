"""The secrets with which Coral signs its requests, as a worker sees them; `Keys` makes and ends them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.store.connection import Store, StoreUnavailable
from service.store.keys import CLOSED, FRESH_SECONDS, REMEMBERED, STALE_SECONDS, secrets_of


@dataclass(frozen=True, slots=True)
class Secrets:
    """A site's secrets by the ids of their keys: none where there is no such site.

    `closed` says that the site takes in no more. They are not `fresh` where Redis is away: this was seen last.
    """

    by_key: Mapping[str, str]
    closed: bool = False
    fresh: bool = True


NONE = Secrets({})


class CoralSecrets:
    """All of them. A worker asks for a site's at most every two seconds, and lives on what it saw while Redis is away.

    Sites without any are remembered apart and for two seconds: names that somebody makes up push no real site out, and
    take as long as one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, tuple[float, Secrets]] = {}
        self._without: dict[str, float] = {}

    def of(self, site: str) -> Secrets:
        """A site's secrets.

        :raises StoreUnavailable: Redis is away and this worker has seen none of the site within ten minutes.
        """
        now = time.monotonic()
        asked, secrets = self._seen.get(site, (self._without.get(site), NONE))
        if asked is not None and now - asked < FRESH_SECONDS:
            return secrets
        try:
            by_key, closed = self._store.together(lambda pipeline: _ask(pipeline, site))
        except StoreUnavailable:
            if asked is not None and secrets.by_key and now - asked < STALE_SECONDS:
                return replace(secrets, fresh=False)
            raise
        return self._remembered(site, Secrets(by_key, bool(closed)), now)

    def _remembered(self, site: str, secrets: Secrets, now: float) -> Secrets:
        self._seen.pop(site, None)
        self._without.pop(site, None)
        for known in (self._seen, self._without):
            if len(known) >= REMEMBERED:
                known.clear()
        if secrets.by_key:
            self._seen[site] = (now, secrets)
        else:
            self._without[site] = now
        return secrets


def _ask(pipeline: Any, site: str) -> None:
    pipeline.hgetall(secrets_of(site))
    pipeline.hexists(CLOSED, site)
