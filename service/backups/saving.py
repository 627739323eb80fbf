"""A consistent copy of the store, or of one site, while it is in use.

It is read from a snapshot of one moment, which the server forks off as for a new replica. A walk over a store that
changes would have comments without their decisions, and events of what it does not hold. The snapshot itself is not
kept: its format differs from server to server, while plain values go into any.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from service.backups.folder import HOUSE_FILE, SITES_FILE, Manifest, being_made, put, seal
from service.backups.frozen import frozen
from service.settings import Settings
from service.store.connection import HOUSE, Store, clock, connect
from service.store.house import of_site
from service.store.keys import Keys
from service.store.pieces import Piece, Tally, keys_of, read
from service.store.sites import UnknownSite
from service.store.snapshots import connections_to, fetch, unmoved


class Progress(Protocol):
    """Told how far something is."""

    def __call__(self, what: str, size: int) -> None:
        """So much more of what is told by this word."""


@dataclass(frozen=True, slots=True)
class Backup:
    """Makes backups of the store at a URL."""

    settings: Settings
    url: str
    progress: Progress

    def save(self, folder: Path, site: str | None) -> Manifest:
        """Makes a backup in a new folder. All that was acknowledged before the call is in it.

        :raises BadBackup: the folder is there, or cannot be written.
        :raises UnknownSite: there is none of this name.
        :raises NoSnapshot, StoreUnavailable, SettingsError: the store cannot be copied.
        """
        source = Store(connect(self.url))
        taken_at, server = clock(source, HOUSE), _server(source)
        if site is not None and site not in Keys(source).sites():
            raise UnknownSite(site)
        with being_made(folder) as partial_folder:
            with ExitStack() as servers:
                stores = [servers.enter_context(one) for one in self._snapshots(partial_folder)]
                sites = self._write(partial_folder, stores, site)
            manifest = Manifest(taken_at, version("winnow"), server, site, sites)
            seal(partial_folder, manifest)
        return manifest

    def _snapshots(self, folder: Path) -> Iterator[AbstractContextManager[Store]]:
        """What each server of the store held at a moment; each site's keys are all on one of them."""
        connections = connections_to(self.url)
        with unmoved(connections):
            for number, connection in enumerate(connections):
                snapshot = folder / f"snapshot-{number}.rdb"
                fetch(connection, snapshot, partial(self.progress, "bytes of the snapshot"))
                yield self._held(snapshot, int(getattr(connection, "db", 0) or 0))

    @contextmanager
    def _held(self, snapshot: Path, database: int) -> Iterator[Store]:
        with frozen(self.settings, snapshot, database) as url:
            snapshot.unlink()  # the server has it in memory
            yield Store(connect(url))

    def _write(self, folder: Path, stores: Sequence[Store], site: str | None) -> dict[str, dict[str, Any]]:
        """Writes both files from snapshots' servers; what they hold, by site."""
        names = [site] if site else sorted({name for store in stores for name in Keys(store).sites()})
        tallies = {name: Tally(name) for name in (*names, HOUSE)}

        def seen(piece: Piece) -> None:
            tallies[piece.site].add(piece)
            self.progress("pieces written", 1)

        put(folder / SITES_FILE, _read_all(stores, names), seen)
        shared: Callable[[], Iterable[Piece]] = partial(_read_all, stores, [HOUSE])
        put(folder / HOUSE_FILE, of_site(site, shared) if site else shared(), seen)
        return {name: tally.as_dict() for name, tally in tallies.items()}


def _read_all(stores: Sequence[Store], names: Sequence[str]) -> Iterable[Piece]:
    return chain.from_iterable(read(store, chain.from_iterable(keys_of(store, names))) for store in stores)


def _server(store: Store) -> str:
    """Which server it is, in words."""
    info = store.call(lambda client: client.info("server"))
    valkey = info.get("valkey_version")
    return f"Valkey {valkey}" if valkey else f"Redis {info.get('redis_version')}"
