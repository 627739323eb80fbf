"""Runs the service's processes and keeps them running: Redis, the web server, the background worker."""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

from service.metrics import FOLDER, prepare_folder
from service.private_redis import PrivateRedis
from service.processes import die_with_parent, end
from service.settings import GRACE, Settings, SettingsError

LOOKS_EVERY: Final = 0.05
"""Seconds between looks at the children."""

ADDRESS_FREE_WITHIN: Final = 3.0
"""Seconds for which the address may still be held by a service that was just killed."""

RESTARTS_AFTER: Final = (0.0, 0.2, 1.0, 5.0)
"""Seconds of rest before a child that died young is started again: the first time at once, then ever longer."""

YOUNG: Final = 10.0
"""Seconds; who lives longer starts again with a clean slate."""

Start = Callable[[], "subprocess.Popen[bytes]"]

ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""One worker for each core is enough: numpy's own threads would only wait for each other, and burn a core doing so."""


@dataclass(slots=True)
class Child:
    """A process that must run; `start` makes a new one."""

    name: str
    start: Start
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    rests_until: float = 0.0

    def tend(self) -> None:
        """Starts the process where none runs and its rest is over."""
        if self.process is not None and self.process.poll() is None:
            return
        now = time.monotonic()
        if self.process is not None:
            self.deaths = 1 if now - self.started > YOUNG else self.deaths + 1
            print(f"winnow: {self.name} ended ({self.process.returncode}), starting it again", file=sys.stderr)  # noqa: T201
            self.process = None
            self.rests_until = now + RESTARTS_AFTER[min(self.deaths, len(RESTARTS_AFTER)) - 1]
        if now >= self.rests_until:
            self.process = self.start()
            self.started = time.monotonic()

    def stop(self, within: float) -> None:
        """Asks the process to end and makes it after `within` seconds."""
        end(self.process, within)


@dataclass(slots=True)
class Supervisor:
    """One running service on one data folder.

    The listening socket is opened here and outlives the web server's restarts: meanwhile connections wait.
    """

    settings: Settings
    _ending: bool = field(default=False, init=False)

    def run(self, ready: Callable[[], None], extra: Callable[[str], Sequence[Child]] = lambda _url: ()) -> None:
        """Runs until SIGTERM or SIGINT.

        :param ready: called once, when the service answers.
        :param extra: makes further children, from the store's URL.
        :raises SettingsError: another service has the data folder or the address, or something does not start.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        with owned(self.settings.data), listening(self.settings.bind) as listener:
            redis, url = self._store()
            children = [*redis]
            try:
                children += [self._web(url, listener), self._worker(url), *extra(url)]
                self._await_first_answer(children)
                if not self._ending:
                    ready()
                while not self._ending:
                    for child in children:
                        child.tend()
                    time.sleep(LOOKS_EVERY)
            finally:
                for child in reversed(children):
                    child.stop(GRACE + 5)

    def _await_first_answer(self, children: Sequence[Child]) -> None:
        """Starts the children; one that dies before the service ever answered would only die again."""
        for child in children:
            child.tend()
        while not self._ending and not answers(self.settings.bind):
            for child in children:
                if child.process is not None and child.process.poll() is not None:
                    raise SettingsError(f"{child.name} does not start; the lines above say why")
            time.sleep(LOOKS_EVERY)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _store(self) -> tuple[list[Child], str]:
        """The private Redis as a child, where none is configured, and the store's URL.

        It is waited for this once. When it is started again, the others wait for it as they do while it is away.
        """
        if self.settings.redis_url:
            return [], self.settings.redis_url
        private = PrivateRedis(self.settings)
        child = Child("redis", private.launch)
        with private.turn():
            child.tend()
            private.await_answer(private.lives)
        return [child], private.url

    def _web(self, url: str, listener: int) -> Child:
        metrics = self.settings.data / "metrics"
        prepare_folder(metrics)
        command = [sys.executable, "-m", "service.web", str(listener)]
        environment = {FOLDER: str(metrics), "REDIS_URL": url}  # a secret may be in it: no argument shows it
        return Child("web", lambda: spawn(command, environment, pass_fds=[listener]))

    def _worker(self, url: str) -> Child:
        environment = {FOLDER: str(self.settings.data / "metrics"), "REDIS_URL": url}
        return Child("worker", lambda: spawn([sys.executable, "-m", "service.worker"], environment))


def spawn(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, pass_fds: Sequence[int] = ()
) -> "subprocess.Popen[bytes]":
    """Starts a child that ends when this process does."""
    return subprocess.Popen(  # noqa: S603
        command,
        env={**ONE_THREAD, **os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        pass_fds=pass_fds,
        start_new_session=True,
        preexec_fn=partial(die_with_parent, signal.SIGKILL),  # noqa: PLW1509  # no thread is about
    )


def answers(bind: str) -> bool:
    """Whether a web server answers on the address within a second."""
    with contextlib.suppress(OSError), _socket(bind) as sock:
        sock.settimeout(1)
        sock.connect(_target(bind))
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b" 200 " in sock.recv(16)
    return False


@contextlib.contextmanager
def owned(data: Path) -> Iterator[None]:
    """Holds the data folder for this process alone.

    :raises SettingsError: another `winnow serve` has it.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise SettingsError(f"another winnow serve is running on {data}") from problem
        yield


@contextlib.contextmanager
def listening(bind: str) -> Iterator[int]:
    """An open listening socket's file descriptor, for `host:port` or `unix:path`.

    :raises SettingsError: the address cannot be had.
    """
    until = time.monotonic() + ADDRESS_FREE_WITHIN
    while True:
        try:
            sock = _listen(bind)
            break
        except (OSError, ValueError, OverflowError) as problem:
            if getattr(problem, "errno", None) != errno.EADDRINUSE or time.monotonic() > until:
                raise SettingsError(f"WINNOW_BIND {bind}: {problem}") from problem
            time.sleep(LOOKS_EVERY)
    with sock:
        yield sock.fileno()


def _listen(bind: str) -> socket.socket:
    sock = _socket(bind)
    if bind.startswith("unix:"):
        Path(bind.removeprefix("unix:")).unlink(missing_ok=True)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(_target(bind))
    sock.listen(2048)
    return sock


def _socket(bind: str) -> socket.socket:
    if bind.startswith("unix:"):
        return socket.socket(socket.AF_UNIX)
    return socket.socket(socket.AF_INET6 if ":" in bind.rpartition(":")[0] else socket.AF_INET)


def _target(bind: str) -> str | tuple[str, int]:
    if bind.startswith("unix:"):
        return bind.removeprefix("unix:")
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)
