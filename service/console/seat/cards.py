"""A comment as it lies before a moderator: with what is severe about it, its author's standing, a first guess."""

from collections.abc import Sequence
from dataclasses import dataclass

from model import ATTRIBUTES
from service.console.reading.severe import severe_in
from service.dossiers import Dossier
from service.moderation.severity import Severity
from service.moderation.signals import Standing
from service.store.authors import Authors
from service.store.records import Record


@dataclass(frozen=True, slots=True)
class Card:
    """A dossier and what a page says beside it; `labels` are those that a rejection would name first."""

    dossier: Dossier
    severe: Sequence[Severity]
    standing: Standing
    labels: Sequence[str]


def cards(authors: Authors, site: str, dossiers: Sequence[Dossier]) -> list[Card]:
    """The cards of these dossiers, in one round trip."""
    ids = sorted({one.submission.author.id for one in dossiers if one.submission.author.id})
    standings = authors.standings(site, ids)
    return [
        Card(
            dossier,
            severe_in(dossier.judgement),
            standings.get(dossier.submission.author.id or "", "normal"),
            suggested(dossier),
        )
        for dossier in dossiers
    ]


def suggested(record: Record) -> list[str]:
    """The attributes for which the comment is here, the surest first; `toxicity` only where nothing says more."""
    scored = [reason for reason in record.judgement.reasons if reason.attribute in ATTRIBUTES]
    scored.sort(key=lambda reason: -(reason.score or 0.0))
    named = [reason.attribute for reason in scored if reason.attribute]
    return [one for one in named if one != "toxicity"] or named
