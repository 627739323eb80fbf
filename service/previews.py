"""What a draft of a policy would have done with a site's last comments.

It runs in the worker that was asked, a few milliseconds at a time, so that the other requests of this worker wait no
longer than for one of their own kind. A process apart would have to be started, or to take jobs from a queue; in the
background process leases and retention would wait. One preview runs at a time in each worker; another waits for it.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.moderation.policy import Policy
from service.moderation.preview import Comparison, Replay, counts_approved
from service.store.replays import Replays
from service.turns import aside, slices

PROGRESS_EVERY: Final = 0.25
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a preview is: comments that were looked at, of how many."""

    looked_at: int
    of: int


class Previews:
    """Compares drafts with the policy in force, over comments that are kept."""

    def __init__(self, replays: Replays) -> None:
        self._replays = replays
        self._one = threading.Lock()

    def compare(self, site: str, live: Policy, draft: Policy, last: int) -> Iterator[Progress | Comparison]:
        """Tells now and then how far it is, and at the end how the policies compare. Changes nothing."""
        with self._one:
            stretch = self._replays.last(site, last)
            yield Progress(0, stretch.count)
            aside(lambda: (live.text_rules, draft.text_rules))  # long lists take a while to compile
            asked = counts_approved(live) or counts_approved(draft)
            replay = Replay(live, draft, self._replays.approvals(site, stretch) if asked else None)
            looked_at, told = 0, time.monotonic()
            for page in self._replays.pages(site, stretch, approved=asked):
                for part in slices(page):
                    replay.steps(part)
                looked_at += len(page)
                if time.monotonic() - told > PROGRESS_EVERY:
                    told = time.monotonic()
                    yield Progress(looked_at, stretch.count)
            yield replay.result()
