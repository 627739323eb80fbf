"""Which model scores for which site in this process, and the host's copies of the published ones."""

import contextlib
import fcntl
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from redis.exceptions import RedisError, ResponseError

from model.artifact import ArtifactError
from model.classifier import Classifier
from service.store.connection import StoreUnavailable
from service.store.models import EVERY_SITE, Published
from service.turns import aside

log = structlog.get_logger()

LOOKS_EVERY: Final = 1.0
FRESH_SECONDS: Final = 2.0
"""Seconds between a worker's looks at what is in force, and how long the last one counts where nobody looks."""

RETRIES_AFTER: Final = 30.0
"""Seconds after which a model that was refused is tried again; a publication has it tried at once."""

UNREADABLE: Final = (ResponseError, UnicodeDecodeError)
"""What reading a key gives that somebody else wrote: it has another type, or is no text."""

DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Models:
    """The models in use. What is in force at a place is the last model put there that can be used.

    A change is one assignment: whoever holds a classifier goes on with it to the end of its request.
    """

    def __init__(self, published: Published, own: Classifier, copies: "Copies") -> None:
        self.own = own
        self._published = published
        self._copies = copies
        self._looking = threading.Lock()
        self._looked: float | None = None
        self._epoch = -1
        self._chosen: Mapping[str, Classifier] = {}
        self._loaded: dict[str, Classifier] = {}
        self._refused: dict[str, float] = {}

    def in_force(self, site: str) -> Classifier:
        """The model that scores for a site: its own one, that of every site, or the one the process started with.

        :raises StoreUnavailable: this process never learnt which that is.
        """
        if self._looked is None:
            self.look(within=FRESH_SECONDS)
        elif time.monotonic() - self._looked > FRESH_SECONDS and not self._looking.locked():
            with contextlib.suppress(StoreUnavailable):  # what was in use stays
                self.look(within=FRESH_SECONDS)
        chosen = self._chosen
        return chosen.get(site) or chosen.get(EVERY_SITE) or self.own

    def look(self, within: float = 0.0) -> None:
        """Learns what is in force, unless somebody did `within` so many seconds, and loads what is new.

        :raises StoreUnavailable: Redis is away; what was in use stays.
        """
        with self._looking:
            if self._looked is not None and time.monotonic() - self._looked < within:
                return
            try:
                changed = self._published.epoch() != self._epoch
                waiting = {} if changed else {one: at for one, at in self._refused.items() if at > time.monotonic()}
                if changed or len(waiting) < len(self._refused):
                    self._refused = waiting
                    self._switch()
            except (StoreUnavailable, *UNREADABLE) as problem:
                if self._looked is not None:
                    self._looked = time.monotonic()
                if isinstance(problem, StoreUnavailable):
                    raise
                raise StoreUnavailable(f"what is in force cannot be read: {problem}") from problem
            self._looked = time.monotonic()

    def follow(self) -> None:
        """Looks in the background from now on, so that no request has to."""
        threading.Thread(target=self._follow, name="models", daemon=True).start()

    def usable(self, digest: str) -> Classifier | None:
        """A published model, loaded, or None where its files are not what was published; the log says why."""
        if digest == self.own.digest:
            return self.own
        if digest in self._loaded:
            return self._loaded[digest]
        if digest in self._refused:
            return None
        try:
            classifier = self._loaded[digest] = self._copies.get(digest)
        except (ArtifactError, OSError, *UNREADABLE) as problem:
            self._refused[digest] = time.monotonic() + RETRIES_AFTER
            log.error("model refused", digest=digest, problem=str(problem))  # noqa: TRY400  # the problem says it all
            return None
        return classifier

    def _switch(self) -> None:
        epoch, stacks = self._published.in_force()
        chosen = {}
        for place, stack in stacks.items():
            usable = next(filter(None, map(self.usable, stack)), None)
            if usable is not None:
                chosen[place] = usable
        self._chosen, self._epoch = chosen, epoch
        self._loaded = {classifier.digest: classifier for classifier in chosen.values()}
        log.info("models in force", versions={place: one.version for place, one in chosen.items()})
        self._copies.keep_only(self._loaded)

    def _follow(self) -> None:
        while True:
            try:
                self.look()
            except StoreUnavailable:
                log.debug("models not looked at")
            except (RedisError, OSError, ValueError):  # a mistake of ours must not end the looking
                log.exception("models not looked at")
            time.sleep(LOOKS_EVERY)


class Copies:
    """Published models as files of this host: each is fetched once, and its pages are shared by all processes."""

    def __init__(self, folder: Path, published: Published, compiled: bool | None = None) -> None:
        self._folder, self._published = folder, published
        self._load = partial(_load, compiled=compiled)

    def get(self, digest: str) -> Classifier:
        """A model, every digest checked; a copy that is not what was published is fetched again.

        :raises ArtifactError, OSError: what is published cannot be used, or not be kept here.
        :raises StoreUnavailable: it had to be fetched, and Redis is away.
        """
        if not DIGEST.fullmatch(digest):  # it becomes a path
            raise ArtifactError("what is in force is named by no digest")
        folder = self._folder / digest
        with self._alone():
            if folder.is_symlink() or folder.is_file():
                folder.unlink()
            if folder.exists():
                try:
                    return aside(partial(self._load, folder, digest))
                except ArtifactError as problem:
                    log.warning("copy of a model refused, fetched again", digest=digest, problem=str(problem))
                    shutil.rmtree(folder)
            return aside(partial(_install, folder, digest, self._published.files(digest), self._load))

    def keep_only(self, digests: Collection[str]) -> None:
        """Removes other copies, and what a process left that was killed while it fetched one."""
        if not self._folder.exists():
            return
        with contextlib.suppress(OSError), self._alone():
            for one in self._folder.iterdir():
                if DIGEST.fullmatch(one.name.removesuffix(".part")) and one.name not in digests:
                    shutil.rmtree(one, ignore_errors=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process of the host at a time; the lock of one that is killed is free again."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(0.02)
            yield


def _install(
    folder: Path, digest: str, files: Mapping[str, bytes], load: Callable[[Path, str], Classifier]
) -> Classifier:
    """Writes the files beside `folder`, checks them, and lets them be that folder, all of them or none."""
    part = folder.with_name(f"{digest}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        for name, content in files.items():
            with (part / Path(name).name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        classifier = load(part, digest)
        _sync(part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(folder.parent)
    return classifier


def _load(folder: Path, digest: str, compiled: bool | None) -> Classifier:
    classifier = Classifier.load(folder, compiled)
    if classifier.digest != digest:
        raise ArtifactError(f"{folder} holds another model, {classifier.digest}")
    return classifier


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
