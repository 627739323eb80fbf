"""What happened on a site over a range of days, as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.console.plots import charts
from service.console.plots.plots import Plot
from service.console.words import CHECKED, SURFACES, attribute_words
from service.drift import Found
from service.figures import Overview, happenings
from service.moderation.agreement import Agreement, Counted, PairAgreements, by_pair, overall
from service.moderation.drift import Drift, Shift


@dataclass(frozen=True, slots=True)
class Language:
    """How the scores of one language have moved, and how they are spread."""

    code: str
    moved: Plot
    spreads: list[Plot]


@dataclass(frozen=True, slots=True)
class Moved:
    """How far comments have moved from what the model saw; `alarms` are language, measure and shift."""

    found: Found
    alarms: list[tuple[str, str, Shift]]
    languages: list[Language]
    words: Plot


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What one kind of client asked and said of comments that are kept elsewhere: how many, and what it was told."""

    name: str
    checks: int
    told: dict[str, int]
    suggestions: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """A range, what happened in it in all, its plots, and the attributes that were missed, by how often.

    `nothing` says that nothing at all did.
    """

    since: int
    until: int
    nothing: bool
    totals: dict[str, Any]
    volumes: Plot
    decisions: Plot
    to_claim: Plot
    to_decision: Plot
    readers: Plot
    confirmed: Plot
    missed: dict[str, int]
    elsewhere: list[Elsewhere]
    moved: Moved


@dataclass(frozen=True, slots=True)
class Among:
    """How moderators agree with each other: on the action and each label that was used, and by pair, named in order."""

    on: list[tuple[str, Agreement]]
    pairs: list[PairAgreements]


def statistics(found: Overview, drift: Found, now: int) -> Statistics:
    """The figures of a range; `now` in ms, since what has not ended is counted in part."""
    seen = charts.stretches(found, now)
    totals = happenings(found.totals)
    return Statistics(
        since=found.range.since,
        until=found.range.until,
        nothing=not any(found.totals.values()),
        totals=totals,
        volumes=charts.volumes("volumes", seen),
        decisions=charts.decisions("decisions", seen),
        to_claim=charts.waits("to-claim", "From arrival to the first claim", seen, "claim"),
        to_decision=charts.waits("to-decision", "From arrival to the decision", seen, "decision"),
        readers=charts.readers("readers", seen),
        confirmed=charts.confirmations("confirmed", found.agreement),
        missed={attribute_words(name): one.missed for name, one in found.agreement.items() if one.missed},
        elsewhere=_elsewhere(totals["checks"], totals["suggestions"]),
        moved=_moved(drift),
    )


def among(counted: Sequence[Counted]) -> Among:
    """The agreement of moderators on what two of them decided; pairs are in the order of their names, not a ranking."""
    together = overall(counted)
    labels = [(attribute_words(label), one) for label, one in together.labels.items() if _said(one)]
    return Among([("approve or reject", together.action), *labels], sorted(by_pair(counted), key=_names))


def _elsewhere(checks: Mapping[str, Mapping[str, int]], suggestions: Mapping[str, int]) -> list[Elsewhere]:
    """Of each kind of client that was there at all."""
    return [
        Elsewhere(
            SURFACES.get(surface, surface),
            sum(told.values()),
            {CHECKED.get(verdict, verdict): n for verdict, n in told.items()},
            suggestions.get(surface, 0),
        )
        for surface in sorted({*checks, *suggestions})
        for told in (checks.get(surface, {}),)
    ]


def _said(one: Agreement) -> bool:
    """Whether either of two moderators ever gave a label: else they agree on nothing of interest."""
    return one.kappa is not None or (one.observed is not None and one.observed < 1)


def _names(pair: PairAgreements) -> tuple[str, str]:
    return pair.moderators


def _moved(found: Found) -> Moved:
    drift = found.drift or Drift({}, {})
    words = charts.shifts("words", "Words: Jensen-Shannon divergence in bits", ("Language", "words"), drift.words)
    return Moved(found, drift.alarms(), [_language(found, code, known) for code, known in drift.scores.items()], words)


def _language(found: Found, code: str, known: Mapping[str, Shift]) -> Language:
    named = {attribute_words(attribute): one for attribute, one in known.items()}
    title = "Scores: population stability index"
    spreads = [
        charts.scores(
            f"scores-{code}-{attribute}",
            f"Scores: {attribute_words(attribute)}",
            found.reference.scores[code][attribute],
            found.seen.scores[code][attribute],
        )
        for attribute in known
        if found.reference is not None
    ]
    return Language(code, charts.shifts(f"moved-{code}", title, ("Attribute", "comments"), named), spreads)
