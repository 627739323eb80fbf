"""Asks Winnow what may hold a comment before it is posted, and never stands in the comment's way."""

import logging

from service.demo.client import Thresholds, WinnowClient
from service.demo.exchange import WinnowRefused, WinnowUnavailable
from service.demo.nudges import Nudge, nudge

LONGEST = 10_000
"""Characters; a longer comment is not asked about, since Winnow takes none that long."""

log = logging.getLogger(__name__)


class Adviser:
    """Its client should have a short timeout: without an answer there is no advice, and the comment is posted."""

    def __init__(self, winnow: WinnowClient) -> None:
        self._winnow = winnow
        self._thresholds = Thresholds("", {})

    def about(self, body: str) -> Nudge | None:
        """Return what the author may want to know before posting; None where there is nothing, or no telling."""
        if len(body) > LONGEST:
            return None
        try:
            scored = self._winnow.score(body)
            if scored.model != self._thresholds.model:
                self._thresholds = self._winnow.thresholds()
        except (WinnowUnavailable, WinnowRefused) as error:
            log.warning("no advice: %s", error)
            return None
        return nudge(body, scored, self._thresholds)
