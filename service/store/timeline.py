"""Sorted sets by time, walked from the oldest on while they change."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from service.store.connection import Store

PAGE: Final = 500
"""Members fetched in one round trip."""


def pages(store: Store, key: str, since: int) -> Iterator[list[str]]:
    """The members of a sorted set from the time `since` (ms) on, some at a time, each once unless its time changes."""
    start, seen = float(since), set[str]()
    while page := store.call(partial(_page_from, key=key, start=start, size=PAGE + len(seen))):
        fresh = [member for member, _ in page if member not in seen]
        if not fresh:
            return
        yield fresh
        last = page[-1][1]
        seen = {member for member, at in page if at == last} | (seen if last == start else set())
        start = last


def _page_from(client: Any, *, key: str, start: float, size: int) -> Any:
    return client.zrangebyscore(key, start, "+inf", start=0, num=size, withscores=True)
