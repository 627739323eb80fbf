"""Moderators' labels that nobody exported and that will go with their comments: a warning before it is too late."""

from collections.abc import Mapping
from typing import Any, Final

from service.store.connection import Store, site_key
from service.store.retention import DAY_MS, now_ms
from service.store.suggestions import listed

WARNING_MS: Final = 14 * DAY_MS
"""How long before their end unexported labels are told of."""


class Labels:
    """Up to where each site's decisions were exported."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def exported(self, site: str, since: int, until: int) -> None:
        """Notes an export of what was decided from `since` to `until` (ms), unless it left a gap before it."""
        mark = site_key(site, "exported")
        known = int(self._store.call(lambda client: client.get(mark)) or 0)
        if since <= known < until:
            self._store.call(lambda client: client.set(mark, until))

    def expiring(self, decided_days: Mapping[str, int]) -> dict[str, int]:
        """How many labels of each site end within `WARNING_MS` and were in no export; by its days of retention."""

        def marks(pipeline: Any) -> None:
            for site in decided_days:
                pipeline.get(site_key(site, "exported"))

        known = self._store.together(marks) if decided_days else []
        now = now_ms()

        def counts(pipeline: Any) -> None:
            for (site, days), mark in zip(decided_days.items(), known, strict=True):
                soon = now - days * DAY_MS + WARNING_MS
                for labelled in (site_key(site, "list", "decided"), listed(site, "moderated")):
                    pipeline.zcount(labelled, mark or 0, f"({soon}")

        found = self._store.together(counts) if decided_days else []
        return dict(zip(decided_days, map(sum, zip(found[::2], found[1::2], strict=True)), strict=True))
