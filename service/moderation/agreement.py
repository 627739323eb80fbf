"""How far moderators agree beyond chance: Cohen's kappa.

J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960), 37-46:
kappa = (p_o - p_e) / (1 - p_e), where p_o is the share of cases on which two raters agree, and p_e the share on which
they would by chance, given how often each of them says what.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from service.moderation.comment import LABELS

ACTION: Final = "action"
"""What the decision itself is counted under; 1 is a rejection."""

OTHERS: Final = ""
"""The name under which the pairs beyond those that a day counts by name are kept."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What two moderators said of the same `n` comments; `first` decided, `second` reviewed blind.

    `cells` has, for the action and each label, how many both said (`11`), the first alone (`10`), or the second (`01`).
    """

    first: str
    second: str
    n: int
    cells: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `n` cases, the share on which both agree, and kappa; None where it is not defined.

    Without cases neither is. Kappa is not where both always say the same one thing: chance would agree as well.
    """

    n: int
    observed: float | None
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreements:
    """The agreement on the action and on each label."""

    action: Agreement
    labels: Mapping[str, Agreement]


@dataclass(frozen=True, slots=True)
class PairAgreements:
    """The same of two moderators, named in order, whoever of them came first."""

    moderators: tuple[str, str]
    agreements: Agreements


def kappa(both: int, first: int, second: int, neither: int) -> Agreement:
    """The agreement of two raters: how often both said yes, only the first, only the second, and neither."""
    n = both + first + second + neither
    if n == 0:
        return Agreement(0, None, None)
    observed = (both + neither) / n
    # In whole numbers as far as can be: n² (1 - p_e) is zero exactly where kappa is not defined.
    by_chance = (both + first) * (both + second) + (second + neither) * (first + neither)
    beyond = n * n - by_chance
    return Agreement(n, observed, (n * (both + neither) - by_chance) / beyond if beyond else None)


def overall(counted: Iterable[Counted]) -> Agreements:
    """The agreement of all first deciders with all reviewers, as if they were two."""
    return _agreements(list(counted))


def by_pair(counted: Iterable[Counted]) -> list[PairAgreements]:
    """The agreement of each two moderators, those with the most reviews first."""
    pairs: dict[tuple[str, str], list[Counted]] = {}
    for one in counted:
        if OTHERS in (one.first, one.second):
            continue
        straight = one.first <= one.second
        names = (one.first, one.second) if straight else (one.second, one.first)
        pairs.setdefault(names, []).append(one if straight else _turned(one))
    found = [PairAgreements(names, _agreements(parts)) for names, parts in pairs.items()]
    return sorted(found, key=lambda pair: (-pair.agreements.action.n, pair.moderators))


def _turned(one: Counted) -> Counted:
    cells = {what: {cell[::-1]: n for cell, n in counts.items()} for what, counts in one.cells.items()}
    return Counted(one.second, one.first, one.n, cells)


def _agreements(parts: list[Counted]) -> Agreements:
    n = sum(part.n for part in parts)

    def on(what: str) -> Agreement:
        cells: Counter[str] = Counter()
        for part in parts:
            cells.update(part.cells.get(what, {}))
        return kappa(cells["11"], cells["10"], cells["01"], n - cells.total())

    return Agreements(on(ACTION), {label: on(label) for label in LABELS})
