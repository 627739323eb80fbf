"""Published models: their files, which of them is in force where, and who put it there."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from redis import Redis
from redis.client import NEVER_DECODE

from model.artifact import CARD, MANIFEST, MOST, REFERENCE, SEAL, WEIGHTS, ArtifactError
from model.checks import Report
from model.classifier import Classifier
from service.store.connection import HOUSE, Store, site_key

EVERY_SITE: Final = "*"
"""Stands for every site that has no model of its own."""

PIECE: Final = 1 << 18
"""Bytes of a file that one command carries, so that none keeps Redis from others for long."""

PIECES_MOST: Final = sum(-(-size // PIECE) for size in MOST.values())
"""Pieces that the largest model has."""

STORED: Final = re.compile(
    rf"(?P<file>{'|'.join(map(re.escape, (MANIFEST, SEAL, WEIGHTS, CARD, REFERENCE)))})/(?P<number>[0-9]{{1,5}})"
)
"""A piece's name: whatever else is in the hash is no part of a model."""

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


class MovedMeanwhile(Exception):
    """Something else was put in force there since the caller looked."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who asks for a change and why; `op` names this very call, so that a repetition changes nothing.

    `seen` is the digest that was last put in force at the place when they looked, "" for none there; None asks nothing.
    """

    op: str
    by: str
    reason: str
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """A model that was put in force at a place, a site or `EVERY_SITE`: when (ms), by whom and why."""

    version: str
    digest: str
    place: str
    at: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what is in force at a place: a publication, or one that was taken back.

    `version` and `digest` are of the model that was the last one there afterwards, empty where none was left. `gated`
    says whether the gate was asked and its report kept; it is None before reports were kept.
    """

    op: str
    place: str
    version: str
    digest: str
    back: bool
    at: int
    by: str
    reason: str
    gated: bool | None


class Published:
    """All published models. Files lie under the digest of their manifest, so that they cannot be mistaken."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, folder: Path, classifier: Classifier) -> None:
        """Stores the files of a model that was loaded from `folder`; in place of those that are stored already."""
        for name, piece in _pieces(folder, classifier):
            self._store.run("put_model", HOUSE, classifier.digest, name, piece)

    def files(self, digest: str, only: Collection[str] = ()) -> dict[str, bytes]:
        """The files of a model, by name, all or some of them; none where it is not stored.

        What is in them is unchecked. Names that no model's files have are passed over.

        :raises ArtifactError: there is more of them than a model could have.
        """
        where = site_key(HOUSE, "model", digest)
        if self._store.call(lambda client: client.hlen(where)) > PIECES_MOST:
            raise ArtifactError(f"what is stored as model {digest} is more than a model")
        pieces = [
            named for one in self._store.call(lambda client: client.hkeys(where)) if (named := STORED.fullmatch(one))
        ]
        wanted = [one for one in pieces if not only or one["file"] in only]
        files: dict[str, bytearray] = defaultdict(bytearray)
        for one in sorted(wanted, key=lambda one: (one["file"], int(one["number"]))):
            if self._store.call(partial(_size_of, where, one[0])) > PIECE:
                raise ArtifactError(f"{one[0]} of model {digest} is larger than a piece is")
            files[one["file"]] += self._store.call(partial(_bytes_of, where, one[0])) or b""
        return {name: bytes(content) for name, content in files.items()}

    def publish(self, place: str, version: str, digest: str, change: Change, gate: Report | None = None) -> None:
        """Puts a stored model in force at a place, and keeps what the gate said, if it was asked.

        :raises NotStored, VersionTaken, MovedMeanwhile: it cannot be.
        """
        self._move(place, digest, version, change, gate)

    def roll_back(self, place: str, change: Change) -> None:
        """Puts in force what was so at a place before its last publication that stands.

        :raises NothingBefore: none stands.
        :raises MovedMeanwhile: it is not the one that was seen.
        """
        self._move(place, "", "", change)

    def forget(self, site: str) -> None:
        """Forgets what was published for a site that is erased; the files go with a later publication."""
        self._store.call(lambda client: client.hdel(IN_FORCE, site))
        for kept in ("log", "gate"):
            self._store.call(partial(_drop, site_key(HOUSE, "models", kept, site)))

    def epoch(self) -> int:
        """Counts the changes of what is in force."""
        return _counted(self._store.call(lambda client: client.hget(IN_FORCE, EPOCH)))

    def in_force(self) -> tuple[int, dict[str, list[str]]]:
        """The epoch, and for each place the digests that were put in force there, the newest first."""
        kept = self._store.call(lambda client: client.hgetall(IN_FORCE))
        epoch = _counted(kept.pop(EPOCH, ""))
        return epoch, {place: stack.split("\n") for place, stack in kept.items() if stack}

    def versions(self) -> dict[str, str]:
        """The version of each stored model, by its digest."""
        kept = self._store.call(lambda client: client.hgetall(MODELS))
        return {digest: orjson.loads(about)["version"] for digest, about in kept.items()}

    def publications(self, places: Collection[str]) -> list[Publication]:
        """What was published at these places and is still stored, newest first; each model once a place."""
        stored = self._store.call(lambda client: client.hkeys(MODELS))
        found: dict[tuple[str, str], Publication] = {}
        for one in self.moves(places):
            if not one.back and one.digest in stored:
                publication = Publication(one.version, one.digest, one.place, one.at, one.by, one.reason)
                found.setdefault((one.digest, one.place), publication)
        return list(found.values())

    def moves(self, places: Collection[str]) -> list[Move]:
        """The last 200 changes at each of these places, newest first."""

        def build(pipeline: Any) -> None:
            for place in places:
                pipeline.lrange(site_key(HOUSE, "models", "log", place), 0, -1)

        logs = zip(places, self._store.together(build), strict=True)
        moves = [_move(place, line) for place, log in logs for line in log]
        return sorted(moves, key=lambda one: one.at, reverse=True)

    def report(self, move: Move) -> Report | None:
        """What the gate said before a publication; None where none was kept."""
        where = site_key(HOUSE, "models", "gate", move.place)
        kept = self._store.call(lambda client: client.hget(where, move.op))
        return Report.read(orjson.loads(kept)) if kept else None

    def tell(self, site: str, digest: str, data: Mapping[str, str]) -> None:
        """Tells a site's followers and its audit log which model is in force, unless they were told that last."""
        self._store.run("tell_model", site, digest, orjson.dumps(data), data["by"])

    def _move(self, place: str, digest: str, version: str, change: Change, gate: Report | None = None) -> None:
        report = orjson.dumps(gate.kept()) if gate else ""
        seen = "" if change.seen is None else change.seen or "none"
        asked = (place, change.op, digest, version, change.by, change.reason, SPARE, report, seen)
        answer = self._store.run("move_model", HOUSE, *asked)[0]
        if answer != "moved":
            refusals: dict[str, type[Exception]] = {
                "missing": NotStored,
                "taken": VersionTaken,
                "nothing": NothingBefore,
                "other": MovedMeanwhile,
            }
            raise refusals[answer](version)


def _move(place: str, line: str) -> Move:
    """A line of a place's log."""
    kept = orjson.loads(line)
    return Move(
        kept["op"],
        place,
        kept["version"],
        kept["digest"],
        kept["back"],
        int(kept["at"]),
        kept["by"],
        kept["reason"],
        kept.get("gated"),
    )


def _counted(kept: str | None) -> int:
    """An epoch; what is none, and was written by somebody else, counts as 0."""
    return int(kept) if kept and re.fullmatch(r"[0-9]{1,18}", kept) else 0


def _drop(where: str, client: "Redis") -> Any:
    return client.delete(where)


def _size_of(where: str, piece: str, client: "Redis") -> Any:
    return client.hstrlen(where, piece)


def _bytes_of(where: str, piece: str, client: "Redis") -> Any:
    return client.execute_command("HGET", where, piece, **{NEVER_DECODE: True})  # type: ignore[no-untyped-call]


def _pieces(folder: Path, classifier: Classifier) -> Iterator[tuple[str, bytes]]:
    """The files of an artifact in pieces, with their names; nothing else that lies in its folder."""
    for name in (MANIFEST, SEAL, *classifier.manifest["files"]):
        with (folder / name).open("rb") as file:
            pieces = iter(lambda: file.read(PIECE), b"")
            yield from ((f"{name}/{number}", piece) for number, piece in enumerate(pieces))
