"""How two policies differ, in words, and a draft put on top of what was saved meanwhile."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.console.editing.fields import CALLED, FIELDS
from service.console.editing.form import NO_THRESHOLD, put, value_at

SHOWN: Final = 20
"""Entries of a list that are shown; of the others, how many there are."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field of which two policies say different things.

    `before` and `after` are its values in words; of a list only the entries that went and came, with how many more of
    them there are. A list with neither has another order.
    """

    path: str
    called: str
    several: bool
    before: Sequence[str]
    after: Sequence[str]
    more_before: int = 0
    more_after: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """A draft on top of a newer version: its values, and the paths that both changed, where the draft's stand."""

    values: Mapping[str, Any]
    both: Sequence[str]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What changed between two policies' plain values, in the order of the form."""
    return [_change(path, old, new) for path, old, new in _unlike(before, after)]


def merged(base: Mapping[str, Any], draft: Mapping[str, Any], live: Mapping[str, Any]) -> Merged:
    """A draft of what comes after `base`, as one of what comes after `live`: what it left alone is as it is there."""
    values: dict[str, Any] = {"thresholds": {}}
    both = []
    for path in FIELDS:
        was, wanted, now = (value_at(one, path) for one in (base, draft, live))
        put(values, path, now if wanted == was else wanted)
        if wanted not in (was, now) and now != was:
            both.append(path)
    values["thresholds"] = {name: one for name, one in values["thresholds"].items() if one != NO_THRESHOLD}
    return Merged(values, both)


def _unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for path in FIELDS:
        old, new = value_at(before, path), value_at(after, path)
        if old != new:
            yield path, old, new


def _change(path: str, old: Any, new: Any) -> Change:
    kind = FIELDS[path].kind
    gone, come = kind.entries(old), kind.entries(new)
    if not kind.several:
        return Change(path, CALLED[path], several=False, before=gone, after=come)
    taken, added = _without(gone, come), _without(come, gone)
    return Change(
        path,
        CALLED[path],
        several=True,
        before=taken[:SHOWN],
        after=added[:SHOWN],
        more_before=max(0, len(taken) - SHOWN),
        more_after=max(0, len(added) - SHOWN),
    )


def _without(entries: Sequence[str], others: Sequence[str]) -> list[str]:
    """Entries that are not among the others, in order, each as often as it is missing there."""
    left = Counter(entries) - Counter(others)
    found = []
    for one in entries:
        if left[one]:
            left[one] -= 1
            found.append(one)
    return found
