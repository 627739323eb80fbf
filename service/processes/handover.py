"""New processes in place of running ones: both run until the new ones are ready, then the old ones end."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from service.processes.children import end

READY: Final = b"."
"""What a part of a new process writes once it is ready."""

READY_WITHIN: Final = 120.0
"""Seconds that new processes have to become ready."""

Renew = Callable[[int], "subprocess.Popen[bytes]"]
"""Starts a process that says on this file descriptor when its parts are ready."""


class State(Enum):
    """How far new processes are."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(slots=True)
class Successor:
    """A process that is to take a running one's place.

    :param parts: how often it says that it is ready.
    """

    name: str
    process: "subprocess.Popen[bytes]"
    _said: int
    parts: int
    _heard: int = field(default=0, init=False)

    @classmethod
    def begin(cls, name: str, renew: Renew, parts: int) -> "Successor":
        """Starts it."""
        said, says = os.pipe()
        os.set_blocking(said, False)
        try:
            process = renew(says)
        except BaseException:
            os.close(said)
            raise
        finally:
            os.close(says)
        return cls(name, process, said, parts)

    def state(self) -> State:
        """How far it is."""
        with contextlib.suppress(BlockingIOError):
            self._heard += len(os.read(self._said, 512))
        if self.process.poll() is not None:
            return State.FAILED
        return State.READY if self._heard >= self.parts else State.STARTING

    def close(self) -> None:
        """Listens no more."""
        os.close(self._said)


class Handover:
    """Processes that are to take the places of others, all of them or none."""

    def __init__(self, successors: Iterable[Successor]) -> None:
        self._successors = list(successors)
        self._until = time.monotonic() + READY_WITHIN

    @classmethod
    def begin(cls, wanted: Iterable[tuple[str, Renew, int]]) -> "Handover":
        """Starts new processes, each of a name, a way to start it and the number of its parts.

        :raises OSError: the system starts no more; none of them is left.
        """
        begun: list[Successor] = []
        try:
            for name, renew, parts in wanted:
                begun.append(Successor.begin(name, renew, parts))  # those before one that fails are in it
        except OSError:
            for one in begun:
                end(one.process, 0)
                one.close()
            raise
        return cls(begun)

    def state(self) -> State:
        """How far the new processes are, all together."""
        states = {one.state() for one in self._successors}
        if State.FAILED in states or (State.STARTING in states and time.monotonic() > self._until):
            return State.FAILED
        return State.STARTING if State.STARTING in states else State.READY

    def failed(self) -> list[str]:
        """The names of those that are not ready."""
        return [one.name for one in self._successors if one.state() is not State.READY]

    def pids(self) -> set[int]:
        """The new processes."""
        return {one.process.pid for one in self._successors}

    def end(self) -> "dict[str, subprocess.Popen[bytes]]":
        """Listens no more; the new processes by name, which are the caller's from here on, to keep or to end."""
        for one in self._successors:
            one.close()
        return {one.name: one.process for one in self._successors}
