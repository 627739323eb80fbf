"""What goes when its time is over, and what an erasure still owes."""

import time
from typing import Final

from redis.exceptions import ResponseError

from service.store.connection import Store, site_key

DAY_MS: Final = 86_400_000

EVENTS_KEPT: Final = 7 * DAY_MS
"""How long events can be followed back."""

APPROVED_KEPT: Final = 7 * DAY_MS
DECIDED_KEPT: Final = 183 * DAY_MS
"""How long a comment is kept: one that the machine approved, and one that a human decided or that was rejected.

Six months is how long the Digital Services Act (article 20) gives authors to contest.
"""


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


class Retention:
    """Lets comments go when their time is over; pending ones never."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def apply(self, site: str) -> int:
        """Lets go what is over; says how many comments went."""
        now = now_ms()
        rules = {"approved": now - APPROVED_KEPT, "rejected": now - DECIDED_KEPT}
        return sum(self._retire(site, status, now - DECIDED_KEPT, judged) for status, judged in rules.items())

    def rewrite_after_erasures(self, site: str) -> bool:
        """Has the server rewrite its append-only file when something was erased since the last time.

        What was erased is in the file until then; a server that refuses the command rewrites on its own terms.
        """
        erased, rewritten = site_key(site, "erased"), site_key(site, "rewritten")
        newest, last = self._store.call(lambda client: client.mget([erased, rewritten]))
        if newest is None or newest == last:
            return False
        try:
            self._store.call(lambda client: client.bgrewriteaof())
        except ResponseError:
            return False
        self._store.call(lambda client: client.set(rewritten, newest))
        return True

    def _retire(self, site: str, status: str, decided_before: int, judged_before: int) -> int:
        went = at = 0
        while at >= 0:
            gone, at = self._store.run("retire", site, status, decided_before, judged_before, at)
            went += gone
        return went
