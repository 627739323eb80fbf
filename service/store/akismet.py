"""What clients of Akismet's interface did in a month, by their keys and blogs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from service.store.connection import Store, clock, site_key

What = Literal["spam", "ham", "missed_spam", "false_positives"]
"""A comment was called spam or not; somebody said that it should have been, or should not have been."""

_PLACES: dict[What, int] = {"spam": 1, "ham": 2, "missed_spam": 3, "false_positives": 4}


@dataclass(frozen=True, slots=True)
class BlogUse:
    """What a key's client did for one of its blogs; "" stands for those beyond the first 1,000 of the site."""

    blog: str
    spam: int
    ham: int
    missed_spam: int
    false_positives: int

    @property
    def total(self) -> int:
        """Comments that were checked."""
        return self.spam + self.ham


class AkismetUse:
    """The counts of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, site: str, key_id: str, blog: str, what: What) -> None:
        """Counts one of these."""
        self._store.run("count_akismet", site, key_id, blog, _PLACES[what])

    def month(self, site: str) -> datetime:
        """The first moment of the current month, by the site's clock."""
        now = datetime.fromtimestamp(clock(self._store, site) / 1000, UTC)
        return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def of(self, site: str, key_id: str, month: str) -> list[BlogUse]:
        """What a key's client did in a month (`2026-11`), by its blogs."""
        kept = self._store.call(lambda client: client.hgetall(site_key(site, "akismet", month)))
        rows = ((*field.split(" ", 1), numbers) for field, numbers in kept.items())
        return [BlogUse(blog, *map(int, numbers.split())) for key, blog, numbers in rows if key == key_id]
