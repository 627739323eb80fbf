"""What is kept for all sites under `{winnow}`, and which of it belongs to one of them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

import orjson

from service.store.connection import HOUSE, Store, site_key
from service.store.keys import CLOSED, KEYS, SITES
from service.store.models import EPOCH, IN_FORCE, MODELS
from service.store.observed import DRIFTED
from service.store.pieces import Piece, batched

RESTORING: Final = site_key(HOUSE, "restoring")
"""What is being brought back; it is there until all of it is."""

OF_ALL: Final = frozenset(key.encode() for key in (KEYS, SITES, CLOSED, MODELS, IN_FORCE, DRIFTED))
"""Keys that hold something of each site."""

Pieces = Callable[[], Iterable[Piece]]
"""The pieces of `{winnow}`'s keys, each time from the first on."""


def of_site(site: str, pieces: Pieces) -> Iterator[Piece]:
    """Of all that is kept for all sites, what one site needs: its API keys, its models, that it is closed."""
    digests = _digests(site, pieces())
    own = {site_key(HOUSE, "models", kind, site).encode() for kind in ("log", "gate")}
    own |= {site_key(HOUSE, "model", digest).encode() for digest in digests}
    for piece in pieces():
        if piece.key in own:
            yield piece
        elif piece.key in OF_ALL and (values := _of(site, piece, digests)):
            yield replace(piece, values=values)


def _digests(site: str, pieces: Iterable[Piece]) -> list[str]:
    """Of the models that were put in force for a site."""
    for piece in pieces:
        if piece.key == IN_FORCE.encode():
            stacks = dict(zip(piece.values[::2], piece.values[1::2], strict=True))
            return stacks.get(site.encode(), b"").decode().split()
    return []


def _of(site: str, piece: Piece, digests: Collection[str]) -> list[bytes]:
    """Of a key that holds something of each site, what is one's."""
    if piece.type == "set":
        return [one for one in piece.values if one == site.encode()]
    belongs: Callable[[bytes, bytes], bool] = lambda name, _: name == site.encode()  # noqa: E731
    if piece.key == KEYS.encode():
        belongs = lambda _, value: orjson.loads(value)["site"] == site  # noqa: E731
    elif piece.key == MODELS.encode():
        belongs = lambda name, _: name.decode() in digests  # noqa: E731
    return [word for name, value in batched(piece.values, 2) if belongs(name, value) for word in (name, value)]


class House:
    """Notes, while a copy is being brought back, and afterwards that what is in force has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def restoring(self) -> str | None:
        """What is being brought back, or was when that was cut short."""
        return self._store.call(lambda client: client.get(RESTORING))  # type: ignore[no-any-return]

    def gone(self, site: str) -> None:
        """Notes that a site was erased, and with it what was being brought back of it."""
        if (self.restoring() or "").endswith(f" {site}"):
            self.forget()

    def begin(self, what: str) -> None:
        """Notes that it has begun: which backup, a blank, and of which site, or `*`."""
        self._store.call(lambda client: client.set(RESTORING, what))

    def end(self) -> None:
        """Notes that all is there; workers look anew at what is in force."""
        self._store.call(lambda client: client.hincrby(IN_FORCE, EPOCH, 1))
        self.forget()

    def forget(self) -> None:
        """Notes that nothing is being brought back."""
        self._store.call(lambda client: client.delete(RESTORING))

    def size(self) -> int:
        """How many keys there are, of whomever."""
        return sum(self._store.each(lambda client: client.dbsize()).values())
