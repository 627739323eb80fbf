"""Published models: their files, which of them is in force where, and who put it there."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from redis import Redis
from redis.client import NEVER_DECODE

from model.artifact import MANIFEST, SEAL
from model.classifier import Classifier
from service.store.connection import Store, site_key

HOUSE: Final = "winnow"
"""What belongs to no site is kept under this name."""

EVERY_SITE: Final = "*"
"""Stands for every site that has no model of its own."""

PIECE: Final = 1 << 18
"""Bytes of a file that one command carries, so that none keeps Redis from others for long."""

SPARE: Final = 8
"""Models kept beside those in force anywhere and those that a step back would bring there."""

MODELS: Final = site_key(HOUSE, "models")
IN_FORCE: Final = site_key(HOUSE, "models", "in-force")
EPOCH: Final = "#"
"""The field of `IN_FORCE` that counts its changes; no site has this name."""


class NotStored(Exception):
    """The model's files are not all there, or it was dropped."""


class VersionTaken(Exception):
    """Another model has this version: its answers could not be told from the new one's."""


class NothingBefore(Exception):
    """No publication is left that could be taken back."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who asks for a change and why; `op` names this very call, so that a repetition changes nothing."""

    op: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A model that was put in force at a place, a site or `EVERY_SITE`: when (ms), by whom and why."""

    version: str
    digest: str
    place: str
    at: int
    by: str
    reason: str


class Published:
    """All published models. Files lie under the digest of their manifest, so that they cannot be mistaken."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, folder: Path, classifier: Classifier) -> None:
        """Stores the files of a model that was loaded from `folder`; in place of those that are stored already."""
        for name, piece in _pieces(folder, classifier):
            self._store.run("put_model", HOUSE, classifier.digest, name, piece)

    def files(self, digest: str) -> dict[str, bytes]:
        """The files of a model, by name, unchecked; none where it is not stored."""
        where = site_key(HOUSE, "model", digest)
        pieces = [one.rpartition("/") for one in self._store.call(lambda client: client.hkeys(where))]
        files: dict[str, bytearray] = defaultdict(bytearray)
        for name, _, number in sorted(pieces, key=lambda one: (one[0], len(one[2]), one[2])):  # 10 goes behind 9
            files[name] += self._store.call(partial(_bytes_of, where, f"{name}/{number}")) or b""
        return {name: bytes(content) for name, content in files.items()}

    def publish(self, place: str, version: str, digest: str, change: Change) -> None:
        """Puts a stored model in force at a place.

        :raises NotStored, VersionTaken: it cannot be.
        """
        self._move(place, digest, version, change)

    def roll_back(self, place: str, change: Change) -> None:
        """Puts in force what was so at a place before its last publication that stands.

        :raises NothingBefore: none stands.
        """
        self._move(place, "", "", change)

    def forget(self, site: str) -> None:
        """Forgets what was published for a site that is erased; the files go with a later publication."""
        self._store.call(lambda client: client.hdel(IN_FORCE, site))
        self._store.call(lambda client: client.delete(site_key(HOUSE, "models", "log", site)))

    def epoch(self) -> int:
        """Counts the changes of what is in force."""
        return int(self._store.call(lambda client: client.hget(IN_FORCE, EPOCH)) or 0)

    def in_force(self) -> tuple[int, dict[str, list[str]]]:
        """The epoch, and for each place the digests that were put in force there, the newest first."""
        kept = self._store.call(lambda client: client.hgetall(IN_FORCE))
        epoch = int(kept.pop(EPOCH, 0))
        return epoch, {place: stack.split("\n") for place, stack in kept.items() if stack}

    def versions(self) -> dict[str, str]:
        """The version of each stored model, by its digest."""
        kept = self._store.call(lambda client: client.hgetall(MODELS))
        return {digest: orjson.loads(about)["version"] for digest, about in kept.items()}

    def publications(self, places: Collection[str]) -> list[Publication]:
        """What was published at these places and is still stored, newest first; each model once a place."""

        def build(pipeline: Any) -> None:
            pipeline.hkeys(MODELS)
            for place in places:
                pipeline.lrange(site_key(HOUSE, "models", "log", place), 0, -1)

        stored, *logs = self._store.together(build)
        found: dict[tuple[str, str], Publication] = {}
        for place, log in zip(places, logs, strict=True):
            for move in map(orjson.loads, log):
                if not move["back"] and move["digest"] in stored:
                    one = Publication(
                        move["version"], move["digest"], place, int(move["at"]), move["by"], move["reason"]
                    )
                    found.setdefault((one.digest, place), one)
        return sorted(found.values(), key=lambda one: one.at, reverse=True)

    def tell(self, site: str, digest: str, data: Mapping[str, str]) -> None:
        """Tells a site's followers and its audit log which model is in force, unless they were told that last."""
        self._store.run("tell_model", site, digest, orjson.dumps(data), data["by"])

    def _move(self, place: str, digest: str, version: str, change: Change) -> None:
        asked = (place, change.op, digest, version, change.by, change.reason, SPARE)
        answer = self._store.run("move_model", HOUSE, *asked)[0]
        if answer != "moved":
            raise {"missing": NotStored, "taken": VersionTaken, "nothing": NothingBefore}[answer](version)


def _bytes_of(where: str, piece: str, client: "Redis") -> Any:
    return client.execute_command("HGET", where, piece, **{NEVER_DECODE: True})  # type: ignore[no-untyped-call]


def _pieces(folder: Path, classifier: Classifier) -> Iterator[tuple[str, bytes]]:
    """The files of an artifact in pieces, with their names; nothing else that lies in its folder."""
    for name in (MANIFEST, SEAL, *classifier.manifest["files"]):
        with (folder / name).open("rb") as file:
            pieces = iter(lambda: file.read(PIECE), b"")
            yield from ((f"{name}/{number}", piece) for number, piece in enumerate(pieces))
