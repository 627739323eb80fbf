"""Child processes: that none outlives its parent, how one is ended, and what the first of a container owes to all."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Collection
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""From Linux's prctl(2)."""


def die_with_parent(how: signal.Signals) -> None:
    """In a process of its own: have Linux send it this signal when its parent dies. Elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


def end(process: "subprocess.Popen[bytes] | None", within: float) -> None:
    """Asks a process to end, makes it after `within` seconds, and returns when it is gone."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def bury_strangers(own: Collection[int]) -> None:
    """As the first process of a container: takes note of the ends of processes that others left behind.

    :param own: processes of which somebody else here takes note.
    """
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in own:  # it stands first until its owner looks
                return
            os.waitpid(ended.si_pid, 0)
