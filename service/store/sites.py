"""Sites: which there are, closed to readers, and erased whole. What an operator does, by command."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from redis.exceptions import ResponseError

from service.store.audit import Audit
from service.store.connection import Store, clock, site_key
from service.store.house import House
from service.store.keys import CLOSED, FRESH_SECONDS, SITES, Keys
from service.store.models import Published
from service.store.people import People
from service.store.records import STATUSES

PAGE: Final = 1000
"""Keys of Redis looked at in one step."""

SETTLE_SECONDS: Final = FRESH_SECONDS + 1
"""After that, no worker believes a key that was revoked, and what was under way has ended."""


class UnknownSite(Exception):
    """There is no such site."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site: since when it is closed (ms), None while it is open; how many comments stand where, how many keys."""

    name: str
    closed: int | None
    comments: dict[str, int]
    keys: int


class Sites:
    """All sites, as the operator sees them.

    :param settles: seconds to wait for the workers to forget a revoked key.
    """

    def __init__(self, store: Store, *, settles: float = SETTLE_SECONDS) -> None:
        self._store, self._keys, self._audit = store, Keys(store), Audit(store)
        self._settles = settles

    def all(self) -> list[Site]:
        """Every site, by name."""
        closed = self._store.call(lambda client: client.hgetall(CLOSED))
        names = self._keys.sites()
        keys = [key.site for key in self._keys.all()]

        def sizes(pipeline: Any) -> None:
            for name in names:
                for status in STATUSES:
                    pipeline.zcard(site_key(name, "list", status))

        found = iter(self._store.together(sizes) if names else [])
        return [
            Site(
                name,
                int(closed[name]) if name in closed else None,
                {status: next(found) for status in STATUSES},
                keys.count(name),
            )
            for name in names
        ]

    def one(self, name: str) -> Site:
        """One site.

        :raises UnknownSite: there is none of this name.
        """
        for site in self.all():
            if site.name == name:
                return site
        raise UnknownSite(name)

    def close(self, name: str, op: str, by: str) -> bool:
        """Closes a site to what readers write, in every worker within two seconds; False where it is closed already.

        :raises UnknownSite: there is none of this name.
        """
        if self.one(name).closed is not None:
            return False
        self._audit.note(name, op, by, "site.closed", {})
        now = clock(self._store, name)
        self._store.call(lambda client: client.hsetnx(CLOSED, name, now))
        return True

    def reopen(self, name: str, op: str, by: str) -> bool:
        """Opens a closed site again; False where it is open.

        :raises UnknownSite: there is none of this name.
        """
        if self.one(name).closed is None:
            return False
        self._audit.note(name, op, by, "site.reopened", {})
        self._store.call(lambda client: client.hdel(CLOSED, name))
        return True

    def author_ids(self, name: str) -> list[str]:
        """Authors of whom something is held, by id."""
        kinds = tuple(site_key(name, kind, "") for kind in ("author", "standing", "standings"))
        known = {
            one[len(kind) :] for page in self._pages(name) for one in page for kind in kinds if one.startswith(kind)
        }
        return sorted(known)

    def holds(self, name: str) -> bool:
        """Whether there is anything of a site, known or not."""
        return name in self._keys.sites() or any(self._pages(name))

    def erase(self, name: str, op: str, by: str) -> Iterator[int]:
        """Erases a site with all that is its own, in bounded steps; gives how many of Redis' keys went in each.

        What was cut short is done by doing it again. First the site is closed, its API keys are revoked and its people
        are sent away.

        :raises UnknownSite: there is nothing of this name.
        """
        if not self.holds(name):
            raise UnknownSite(name)
        if name in self._keys.sites():  # else it is what a restore left that was cut short
            self.close(name, op, by)
        for key in self._keys.of(name):
            self._keys.revoke(key.id, by=by)
        People(self._store).forget(name)
        time.sleep(self._settles)
        yield from self._unlinked(name)
        Published(self._store).forget(name)
        self._store.call(lambda client: client.srem(SITES, name))
        yield from self._unlinked(name)  # what a chore of the background worker may have left meanwhile
        self._store.call(lambda client: client.hdel(CLOSED, name))
        House(self._store).gone(name)

    def rewrite(self, name: str) -> bool:
        """Has a site's servers rewrite their append-only files, which have what was erased until then.

        False where one refuses.
        """
        try:
            self._store.everywhere(("BGREWRITEAOF",), name)
        except ResponseError:
            return False
        return True

    def _unlinked(self, name: str) -> Iterator[int]:
        for page in self._pages(name):
            if page:
                yield int(self._store.call(partial(_unlink, names=page)))

    def _pages(self, name: str) -> Iterator[list[str]]:
        """The names of a site's keys, some at a time. It passes those of all other sites of the same server, too."""
        cursor = 0
        while True:
            cursor, page = self._store.call(partial(_scan, cursor=cursor, pattern=site_key(name, "*")), name)
            yield page
            if cursor == 0:
                return


def _scan(client: Any, *, cursor: int, pattern: str) -> Any:
    return client.scan(cursor, match=pattern, count=PAGE)


def _unlink(client: Any, *, names: list[str]) -> Any:
    return client.unlink(*names)
