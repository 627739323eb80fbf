"""Runs the service's processes and keeps them running: Redis, the web server, the background worker."""

import contextlib
import fcntl
import os
import shutil
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

from service.monitoring import vitals
from service.monitoring.counts import FOLDER, fold, prepare_folder
from service.processes.children import bury_strangers, die_with_parent, end
from service.processes.handover import Handover, Renew, State
from service.processes.listening import answers, listening, take_no_more
from service.processes.private_redis import PrivateRedis, StoreDamaged
from service.settings import GRACE, Settings, SettingsError, load_settings

LOOKS_EVERY: Final = 0.05
"""Seconds between looks at the children."""

FOLDS_EVERY: Final = 1.0
"""Seconds between looks for what ended processes counted."""

RESTARTS_AFTER: Final = (0.0, 0.2, 1.0, 5.0)
"""Seconds of rest before a child that died young is started again: the first time at once, then ever longer."""

YOUNG: Final = 10.0
"""Seconds; who lives longer starts again with a clean slate."""

HELD: Final = ("bind", "redis_url", "redis_server", "redis_fsync", "drain")
"""Settings that belong to the supervisor itself: two Redis at a time would be two truths, and it makes end what takes
longer than its own drain."""

Start = Callable[[], "subprocess.Popen[bytes]"]

ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""One worker for each core is enough: numpy's own threads would only wait for each other, and burn a core doing so."""


@dataclass(slots=True)
class Child:
    """A process that must run; `start` makes a new one.

    `renew` starts one that takes its place while the service runs, with new code and settings; it says that it is ready
    on the file descriptor, once for each of its parts. `why` says why one ended, where that is known.
    """

    name: str
    start: Start
    renew: Renew | None = None
    why: Callable[[], str] = lambda: ""
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    rests_until: float = 0.0
    starts: int = 0
    _leaving: "list[tuple[subprocess.Popen[bytes], float]]" = field(default_factory=list, init=False)

    def tend(self) -> bool:
        """Starts the process where none runs and its rest is over, and says whether it did.

        Makes those end that were let go and did not.
        """
        now = time.monotonic()
        for process, until in self._leaving:
            if process.poll() is None and now > until:
                process.kill()
        self._leaving = [(one, until) for one, until in self._leaving if one.poll() is None]
        if self.process is not None and self.process.poll() is None:
            return False
        if self.process is not None:
            self.deaths = 1 if now - self.started > YOUNG else self.deaths + 1
            say(f"{self.name} ended ({self.process.returncode}), starting it again", self.why())
            self.process = None
            self.rests_until = now + RESTARTS_AFTER[min(self.deaths, len(RESTARTS_AFTER)) - 1]
        if now >= self.rests_until:
            self.process = self._started(now)
            self.started = time.monotonic()
            self.starts += self.process is not None
            return self.process is not None
        return False

    def replace(self, process: "subprocess.Popen[bytes]", within: float) -> None:
        """Goes on with a process that is ready; the one before it has `within` seconds to end what it does."""
        before, self.process = self.process, process
        self.started, self.deaths, self.rests_until = time.monotonic(), 0, 0.0
        if before is not None:
            self.let_go(before, within)

    def let_go(self, process: "subprocess.Popen[bytes]", within: float) -> None:
        """Asks a process beside the one that runs to end, and remembers to make it after `within` seconds."""
        if process.poll() is None:
            process.terminate()
        self._leaving.append((process, time.monotonic() + within))

    def pids(self) -> list[int]:
        """Those that this tends."""
        every = [self.process, *(one for one, _ in self._leaving)]
        return [one.pid for one in every if one is not None]

    def ask_to_stop(self) -> None:
        """Asks the process to end, and does not wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def _started(self, now: float) -> "subprocess.Popen[bytes] | None":
        """A new process; None where it does not start now but may later, for want of space on the disk say.

        :raises SettingsError: it never started, or never will.
        """
        try:
            return self.start()
        except StoreDamaged:
            raise
        except (SettingsError, OSError) as problem:
            if not self.deaths:
                raise
            say(f"{self.name} does not start, trying again", str(problem))
            self.rests_until = now + RESTARTS_AFTER[-1]
            return None

    def stop(self, within: float) -> None:
        """Asks the process to end and makes it after `within` seconds."""
        for process in (self.process, *(one for one, _ in self._leaving)):
            end(process, within)


@dataclass(slots=True)
class Supervisor:
    """One running service on one data folder.

    The listening socket is opened here and outlives the web server's restarts: meanwhile connections wait.
    """

    settings: Settings
    _ending: bool = field(default=False, init=False)
    _drains: bool = field(default=False, init=False)
    _renewing: bool = field(default=False, init=False)
    _handover: Handover | None = field(default=None, init=False)
    _folds_at: float = field(default=0.0, init=False)

    def run(self, ready: Callable[[], None], extra: Callable[[str], Sequence[Child]] = lambda _url: ()) -> None:
        """Runs until SIGTERM or SIGINT; SIGHUP starts the processes anew without losing a request.

        :param ready: called once, when the service answers.
        :param extra: makes further children, from the store's URL.
        :raises SettingsError: another service has the data folder or the address, or something does not start.
        """
        self._mind_signals()
        with owned(self.settings.data), listening(self.settings.bind) as listener, draining() as (drains, drain):
            redis, url = self._store()
            children = [*redis]
            try:
                children += [self._web(url, listener, drains), self._worker(url), *extra(url)]
                self._await_first_answer(children)
                if not self._ending:
                    ready()
                while not self._ending:
                    self._look(children)
                if self._drains:
                    self._drain(children, listener, drain)
            finally:
                drain()  # else web workers would think that newer ones have their places
                self._stop(children, redis, listener)

    def _mind_signals(self) -> None:
        at_terminal = os.isatty(0)

        def end(number: int, _frame: FrameType | None) -> None:
            self._drains = number == signal.SIGTERM and not self._ending  # told twice, it hurries
            self._ending = True

        def hang_up(number: int, frame: FrameType | None) -> None:
            if at_terminal and not os.isatty(0):  # nobody's wish for new code: the window was closed
                end(number, frame)
            self._renewing = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        signal.signal(signal.SIGHUP, hang_up)

    def _await_first_answer(self, children: Sequence[Child]) -> None:
        """Starts the children; one that dies before the service ever answered would only die again."""
        self._tend(children)
        while not self._ending and not answers(self.settings.bind):
            for child in children:
                if child.process is not None and child.process.poll() is not None:
                    raise SettingsError(f"{child.name} does not start; the lines above say why")
            time.sleep(LOOKS_EVERY)

    def _look(self, children: Sequence[Child]) -> None:
        """Once round: what ended is started again, what is to be renewed goes on."""
        if self._renewing and self._handover is None:
            self._renewing = False
            self._handover = self._renewal(children)
        if self._handover is not None and self._handover.state() is not State.STARTING:
            self._take_over(self._handover, children)
            self._handover = None
        self._tend(children)
        if os.getpid() == 1:
            bury_strangers({pid for child in children for pid in child.pids()} | self._newcomers())
        time.sleep(LOOKS_EVERY)

    def _newcomers(self) -> set[int]:
        return self._handover.pids() if self._handover else set()

    def _renewal(self, children: Sequence[Child]) -> Handover | None:
        """Starts new processes beside the old ones, unless the settings forbid it."""
        try:
            settings = load_settings()
        except SettingsError as problem:
            say(f"nothing is renewed, the old processes go on: {problem}")
            return None
        if settings.data != self.settings.data:
            say("nothing is renewed, the old processes go on: WINNOW_DATA has changed, which takes a restart")
            return None
        held = [name for name in HELD if getattr(settings, name) != getattr(self.settings, name)]
        if held:
            say(f"changed, but not before the next start: {', '.join(held)}")
        parts = {"web": settings.workers}
        try:
            return Handover.begin((one.name, one.renew, parts.get(one.name, 1)) for one in children if one.renew)
        except OSError as problem:
            say(f"nothing is renewed, the old processes go on: {problem}")
            return None

    def _take_over(self, handover: Handover, children: Sequence[Child]) -> None:
        """Ends the old processes where all new ones are ready, else the new ones."""
        failed = handover.failed()
        processes = handover.end()
        within = self.settings.drain + GRACE + 5
        for child in children:
            if child.name in processes and failed:
                child.let_go(processes[child.name], within)
            elif child.name in processes:
                child.replace(processes[child.name], within)
        self._write_down(children)
        if failed:
            say(f"the new {' and '.join(failed)} did not start, the old processes go on; the lines above say why")
        else:
            say("new processes answer, the old ones end")

    def _drain(self, children: Sequence[Child], listener: socket.socket, drain: Callable[[], None]) -> None:
        """Serves on while others notice that it ends, then takes nothing new, and loses nothing of what was taken."""
        drain()
        until = time.monotonic() + self.settings.drain
        while self._drains and time.monotonic() < until:
            self._tend(children)
            time.sleep(LOOKS_EVERY)
        take_no_more(listener, GRACE)

    def _stop(self, children: Sequence[Child], redis: Sequence[Child], listener: socket.socket) -> None:
        """Ends all children, at the same time, but for Redis, which all others need to the last."""
        listener.close()
        newcomers = self._handover.end() if self._handover else {}
        for child in reversed(children):
            if child not in redis:
                child.ask_to_stop()
            if child.name in newcomers:
                child.let_go(newcomers[child.name], GRACE)
        for child in reversed(children):
            child.stop(GRACE + 5)
        shutil.rmtree(self.settings.metrics, ignore_errors=True)

    def _tend(self, children: Sequence[Child]) -> None:
        """Starts what does not run, and keeps what the ended have counted."""
        started = [child for child in children if child.tend()]
        if started:
            self._write_down(children)
        if time.monotonic() >= self._folds_at:
            self._folds_at = time.monotonic() + FOLDS_EVERY
            with contextlib.suppress(OSError):  # no room now: the files stay until there is
                fold(self.settings.metrics)

    def _write_down(self, children: Sequence[Child]) -> None:
        """Writes down for the metrics what runs."""
        running = {one.name: vitals.Part(one.process.pid, one.starts - 1) for one in children if one.process}
        vitals.write_down(self.settings.metrics, os.getpid(), running)

    def _store(self) -> tuple[list[Child], str]:
        """The private Redis as a child, where none is configured, and the store's URL."""
        if self.settings.redis_url:
            return [], self.settings.redis_url
        private = PrivateRedis(self.settings)
        child = Child("redis", private.start, why=private.why)
        with private.turn():
            child.tend()
        return [child], private.url

    def _web(self, url: str, listener: socket.socket, drains: int) -> Child:
        metrics = self.settings.metrics
        prepare_folder(metrics)
        inherited = [listener.fileno(), drains]
        # A secret may be in it: no argument shows it.
        environment = {FOLDER: str(metrics), "REDIS_URL": url, "WINNOW_DRAIN": str(self.settings.drain)}

        def start(*says: int) -> "subprocess.Popen[bytes]":
            command = [sys.executable, "-m", "service.processes.web", *map(str, [*inherited, *says])]
            return spawn(command, environment, pass_fds=[*inherited, *says])

        return Child("web", start, start)

    def _worker(self, url: str) -> Child:
        environment = {FOLDER: str(self.settings.metrics), "REDIS_URL": url}

        def start(*says: int) -> "subprocess.Popen[bytes]":
            command = [sys.executable, "-m", "service.processes.worker", *map(str, says)]
            return spawn(command, environment, pass_fds=says)

        return Child("worker", start, start)


@contextlib.contextmanager
def draining() -> Iterator[tuple[int, Callable[[], None]]]:
    """A file descriptor that can be read to its end once the service is about to end, and what brings that about."""
    reads, writes = os.pipe()
    with open(reads, "rb", buffering=0), open(writes, "wb", buffering=0) as end_of_all:  # noqa: PTH123
        yield reads, end_of_all.close


def say(what: str, why: str = "") -> None:
    """A line on stderr for the operator; nobody reading it any more is no reason to end."""
    with contextlib.suppress(OSError, ValueError):
        print(f"winnow: {what}{why and ': '}{why}", file=sys.stderr, flush=True)  # noqa: T201


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


@contextlib.contextmanager
def owned(data: Path) -> Iterator[None]:
    """Holds the data folder for this process alone.

    :raises SettingsError: another `winnow serve` has it.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = (data / "serve.lock").open("w")
    except OSError as problem:
        raise SettingsError(f"WINNOW_DATA {data} cannot be written: {problem.strerror}") from problem
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise SettingsError(f"another winnow serve is running on {data}") from problem
        yield
