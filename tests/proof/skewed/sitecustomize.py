"""Python imports this at its start when it is on its path: the wall clock is wrong by as many seconds as a file says.

libfaketime does that to any program, but sleeps of Python 3.11 and newer fail under it.
"""

import os
import time
from pathlib import Path
from secrets import randbits
from uuid import UUID

import uuid_utils

WRONG_BY = Path(os.environ["WINNOW_TEST_CLOCK"])

_time = time.time


def skewed() -> float:
    return _time() + int(WRONG_BY.read_text())


def uuid7() -> UUID:
    return UUID(int=int(skewed() * 1000) << 80 | 7 << 76 | 2 << 62 | randbits(62))


time.time = skewed
time.time_ns = lambda: int(skewed() * 1e9)
uuid_utils.uuid7 = uuid7
