"""A backup brought back into an empty store, or one site into a store that does not have it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from redis.exceptions import ResponseError

from service.backups.erasures import Erasure, replay
from service.backups.folder import HOUSE_FILE, SITES_FILE, BadBackup, Manifest, checked, pieces_in
from service.backups.saving import Progress
from service.store.connection import HOUSE, Store
from service.store.house import OF_ALL, House, of_site
from service.store.pieces import Piece, Tally, read, write
from service.store.sites import Sites


class NotEmpty(Exception):
    """The store holds something where the backup would go; the message says what to do."""


class Differs(Exception):
    """What was written is not what the backup holds: something else writes to the store."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: of which backup, which sites, and how many erasures were done again."""

    manifest: Manifest
    sites: list[str]
    erased: int


@dataclass(frozen=True, slots=True)
class Restore:
    """Brings backups back into a store.

    API keys come last, so nobody gets in before all is there and what was erased since is gone again. One that was
    cut short is begun again by the same call.
    """

    store: Store
    progress: Progress

    def load(self, folder: Path, site: str | None, erasures: Sequence[Erasure]) -> Restored:
        """Restores all of a backup, or one site of it.

        :raises BadBackup: it is damaged, or does not have the site.
        :raises NotEmpty: the store is in use.
        :raises Differs: what is there afterwards is not what the backup has.
        """
        manifest = checked(folder)
        site = site or manifest.site
        sites = _wanted(folder, manifest, site)
        self._make_sure(f"{manifest.digest} {site or '*'}", site)
        own = partial(pieces_in, folder / SITES_FILE)
        self._write(piece for piece in own() if piece.site in sites)
        self._compare(manifest, sites, (piece for piece in own() if piece.site in sites))
        erased = replay(self.store, [one for one in erasures if one.site in sites])
        house = partial(pieces_in, folder / HOUSE_FILE)
        self._write(of_site(site, house) if site else house(), site)
        if site is None:
            self._compare(manifest, [HOUSE], house())
        House(self.store).end()
        return Restored(manifest, sites, erased)

    def _make_sure(self, what: str, site: str | None) -> None:
        """That nothing is in the way, but for what the same call left when it was cut short."""
        house = House(self.store)
        before = house.restoring()
        if before not in (None, what):
            raise NotEmpty("another restore was cut short here: do that one again, or empty the store")
        if before is None:
            keys = house.size()
            if site is None and keys:
                raise NotEmpty(f"the store holds {keys} keys: restore into an empty one, or one site by --site")
            if site is not None and Sites(self.store).holds(site):
                raise NotEmpty(f"the store holds something of {site}: winnow sites erase {site} makes room")
            house.begin(what)

    def _write(self, pieces: Iterable[Piece], site: str | None = None) -> None:
        try:
            for step in write(self.store, pieces, OF_ALL if site else ()):
                self.progress("commands done", step)
        except ResponseError as problem:  # such as an entry of a stream that a repeated command had written already
            raise Differs(f"the store refused what was written, do it again: {problem}") from problem

    def _compare(self, manifest: Manifest, names: Sequence[str], pieces: Iterable[Piece]) -> None:
        """Reads what was written, and compares it by count and digest."""
        tallies = {name: Tally(name) for name in names}
        keys = (key for key, _ in groupby(piece.key for piece in pieces))
        for piece in read(self.store, keys):
            tallies[piece.site].add(piece)
            self.progress("pieces checked", 1)
        for name, tally in tallies.items():
            if differing := _differing(manifest.sites[name], tally.as_dict()):
                raise Differs(f"{name}: {differing} differ from the backup's; does something else write to the store?")


def _wanted(folder: Path, manifest: Manifest, site: str | None) -> list[str]:
    names = [name for name in manifest.sites if name != HOUSE]
    if site is not None and site not in names:
        raise BadBackup(f"{folder} has no site {site}; it has {', '.join(names) or 'none'}")
    return [site] if site else names


def _differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Which figures differ; how many keys there are is none of them, for some may have ended."""
    return ", ".join(name for name in ("comments", "lasting", "digest") if wanted[name] != found[name])
