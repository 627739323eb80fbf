"""Watches how far the comments of each site have moved from what its model saw."""

from dataclasses import dataclass
from typing import Final

import structlog

from model.reference import Reference
from service.models import Models
from service.moderation.drift import Drift, Seen, drift
from service.store.observed import Observed
from service.store.stats import DAY_MS

log = structlog.get_logger()

WINDOW_DAYS: Final = 7
"""Days that are looked at: the weekend's readers are others than Monday's."""


@dataclass(frozen=True, slots=True)
class Found:
    """The drift of comments that came from `since` up to `until` (ms), from what a model saw.

    None for a model that says nothing of it. `alarmed_since` is when the alarm began that stands now. `reference` and
    `seen` are what was compared.
    """

    model: str
    since: int
    until: int
    drift: Drift | None
    alarmed_since: int | None
    reference: Reference | None
    seen: Seen


class Drifts:
    """How far every site's comments have moved."""

    def __init__(self, observed: Observed, models: Models) -> None:
        self._observed, self._models = observed, models

    def until(self, site: str, until: int) -> Found:
        """The drift over the last days before a time (ms), from what the model in force now saw."""
        classifier = self._models.in_force(site)
        end = -(-until // DAY_MS) * DAY_MS
        since = end - WINDOW_DAYS * DAY_MS
        reference = classifier.reference
        seen = Seen() if reference is None else self._observed.seen(site, since, end, classifier.version)
        found = None if reference is None else drift(reference, seen)
        return Found(classifier.version, since, end, found, self._observed.alarmed_since(site), reference, seen)

    def check(self, site: str, now: int) -> bool:
        """Looks at the last days, and tells a site's followers once when an alarm begins; whether one stands."""
        found = self.until(site, now)
        moved = found.drift or Drift({}, {})
        self._observed.tell(site, found.model, moved)
        for language, name, shift in moved.alarms():
            log.warning("model drifted", site=site, language=language, measure=name, value=round(shift.value, 3))
        return moved.drifted
