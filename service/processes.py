"""Child processes: that none outlives its parent, and how one is ended."""

import ctypes
import signal
import subprocess
import sys
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
