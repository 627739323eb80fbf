"""When a delivery that failed is tried again, and when no more."""

from dataclasses import dataclass
from typing import Final

WAITS: Final = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
"""Seconds from each failure to the next attempt; the first attempt is made at once. Together 17.6 hours."""

JITTER: Final = 0.2
"""The share by which a wait may be longer, so that what failed together does not come back together."""

GIVEN_UP_AFTER: Final = 86_400.0
"""Seconds from the first attempt: attempts beside the schedule must not keep a delivery for longer."""

RETRY_AFTER_MOST: Final = 3600.0
"""Seconds that an endpoint may ask to be left alone."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The waits between attempts, in seconds."""

    waits: tuple[float, ...] = WAITS

    def wait(self, failures: int, age: float, draw: float, retry_after: float | None = None) -> float | None:
        """Seconds until the next attempt; None when there is none, and the delivery is parked.

        :param failures: attempts that failed, with the last one: 1 or more.
        :param age: seconds since the first attempt.
        :param draw: a random number in [0, 1).
        :param retry_after: what the endpoint asked for.
        """
        if failures > len(self.waits) or age > GIVEN_UP_AFTER:
            return None
        wait = self.waits[failures - 1] * (1 + JITTER * draw)
        return wait if retry_after is None else max(wait, min(retry_after, RETRY_AFTER_MOST))
