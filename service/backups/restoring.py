"""A backup brought back into an empty store, or one site into a store that does not have it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from redis.exceptions import ResponseError

from service.backups.erasures import Erasure, replay
from service.backups.folder import HOUSE_FILE, SITES_FILE, BadBackup, Manifest, checked, pieces_in
from service.backups.saving import Progress
from service.store.connection import HOUSE, Store
from service.store.house import OF_ALL, House, of_site
from service.store.pieces import LETTING_IN, Piece, Tally, read, write
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

    People, Coral's secrets and API keys come last, so nobody gets in before all else is there and what was erased since
    is gone again. One that was cut short is begun again by the same call.
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
        rest = partial(_of_sites, folder, sites, letting_in=False)
        doors = list(_of_sites(folder, sites, letting_in=True))
        self._write(replace(piece, values=[]) for piece in doors)  # which one that was cut short may have left open
        self._write(rest())
        _compare(manifest.sites, _tallied(sites, chain(self._read_again(rest()), doors)))
        erased = replay(self.store, [one for one in erasures if one.site in sites])
        self._write(doors)
        _compare(_tallied(sites, doors), _tallied(sites, self._read_again(doors)))
        house = partial(pieces_in, folder / HOUSE_FILE)
        self._write(of_site(site, house) if site else house(), site)
        if site is None:
            _compare(manifest.sites, _tallied([HOUSE], self._read_again(house())))
        House(self.store).end()
        return Restored(manifest, sites, erased)

    def _make_sure(self, what: str, site: str | None) -> None:
        """That nothing is in the way, but for what the same call left when it was cut short."""
        house = House(self.store)
        before = house.restoring()
        if before == what:
            return
        if before:
            self._make_sure_it_went(before.rpartition(" ")[2])
            house.forget()
        keys = house.size()
        if site is None and keys:
            raise NotEmpty(f"the store holds {keys} keys: restore into an empty one, or one site by --site")
        if site is not None and Sites(self.store).holds(site):
            raise NotEmpty(f"the store holds something of {site}: winnow sites erase {site} makes room")
        house.begin(what)

    def _make_sure_it_went(self, site: str) -> None:
        """That nothing is left of a restore that was cut short, of a site or, for `*`, of all."""
        if site == "*":
            raise NotEmpty("another restore was cut short here: do that one again, or empty the store")
        if Sites(self.store).holds(site):
            way_out = f"do that one again, or winnow sites erase {site}"
            raise NotEmpty(f"another restore, of {site}, was cut short here: {way_out}")

    def _write(self, pieces: Iterable[Piece], site: str | None = None) -> None:
        try:
            for step in write(self.store, pieces, OF_ALL if site else ()):
                self.progress("commands done", step)
        except ResponseError as problem:  # such as an entry of a stream that a repeated command had written already
            raise Differs(f"the store refused what was written, do it again: {problem}") from problem

    def _read_again(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """What the store has under these pieces' keys."""
        for piece in read(self.store, (key for key, _ in groupby(piece.key for piece in pieces))):
            yield piece
            self.progress("pieces checked", 1)


def _of_sites(folder: Path, sites: Collection[str], *, letting_in: bool) -> Iterator[Piece]:
    """Of a backup's pieces, those of these sites by which somebody gets in, or the others."""
    for piece in pieces_in(folder / SITES_FILE):
        if piece.site in sites and (piece.kind in LETTING_IN) is letting_in:
            yield piece


def _tallied(names: Iterable[str], pieces: Iterable[Piece]) -> dict[str, dict[str, Any]]:
    """What pieces are, by site."""
    tallies = {name: Tally(name) for name in names}
    for piece in pieces:
        tallies[piece.site].add(piece)
    return {name: tally.as_dict() for name, tally in tallies.items()}


def _compare(wanted: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> None:
    """That what was found is what was written; how many keys there are is no matter, for some may have ended.

    :raises Differs: it is not.
    """
    for name, tally in found.items():
        differing = ", ".join(one for one in ("comments", "lasting", "digest") if wanted[name][one] != tally[one])
        if differing:
            raise Differs(f"{name}: {differing} differ from the backup's; does something else write to the store?")


def _wanted(folder: Path, manifest: Manifest, site: str | None) -> list[str]:
    names = [name for name in manifest.sites if name != HOUSE]
    if site is not None and site not in names:
        raise BadBackup(f"{folder} has no site {site}; it has {', '.join(names) or 'none'}")
    return [site] if site else names
