"""Python imports this at its start when it is on its path: the wall clock is wrong by as many seconds as a file says.

libfaketime does that to any program, but sleeps of Python 3.11 and newer fail under it.
"""

import os
import time
from pathlib import Path

import uuid_utils

WRONG_BY = Path(os.environ["WINNOW_TEST_CLOCK"])

_time, _uuid7 = time.time, uuid_utils.uuid7


def skewed() -> float:
    return _time() + int(WRONG_BY.read_text())


time.time = skewed
time.time_ns = lambda: int(skewed() * 1e9)
uuid_utils.uuid7 = lambda: _uuid7(int(skewed()))
