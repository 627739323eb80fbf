"""A site's maps to Perspective's scores in the policy's form: each is kept as it is, or removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson
from marshmallow import ValidationError

from service.console.editing.kinds import LOST, Typed, Unread
from service.moderation.monotone import MonotoneMap
from service.moderation.perspective import ATTRIBUTE_OF, USUAL_THRESHOLD
from service.schemas.policy import MapField

REMOVE: Final = "remove"

Pairs = Sequence[Sequence[float]]
"""A map as the policy's plain values have it: `[theirs, ours]`, ascending."""


@dataclass(frozen=True, slots=True)
class Row:
    """A map as it is shown: the control that keeps it and what that sends, whether it does, and its figures.

    `here` is what 0.8 there means here.
    """

    control: str
    sent: str
    kept: bool
    theirs: str
    ours: str
    pairs: int
    here: str


@dataclass(frozen=True, slots=True)
class Maps:
    """Maps by Perspective's names. Each has a box that sends it whole while it is ticked; another box removes all."""

    control = "maps"
    several = True

    def written(self, name: str, value: Mapping[str, Pairs]) -> dict[str, str]:
        """A box a map, and what says that they are there."""
        return {name: ""} | {f"{name}.{one}": orjson.dumps(pairs).decode() for one, pairs in value.items()}

    def read(self, name: str, typed: Typed) -> dict[str, Any]:
        """The maps whose box is ticked, none where all are to go."""
        if name not in typed:
            raise Unread(LOST)
        if f"{name}.{REMOVE}" in typed:
            return {}
        return {one: _pairs(text) for one, text in self._sent(name, typed).items()}

    def place(self, name: str, typed: Typed, path: Sequence[str]) -> tuple[str, str]:
        """The map's box, and which of its pairs it is."""
        if not path:
            return name, ""
        pair = next((int(part) + 1 for part in path[1:] if part.isdigit()), None)
        return f"{name}.{path[0]}", f"{path[0][:40]}{f', pair {pair}' if pair else ''}: "

    def entries(self, value: Mapping[str, Pairs]) -> tuple[str, ...]:
        """A line for each. Two maps that are told alike otherwise differ in their mark."""
        return tuple(f"{one}: {_told(pairs)}, mark {_mark(pairs)}" for one, pairs in value.items())

    def rows(self, name: str, typed: Typed, in_force: Typed) -> list[Row]:
        """The maps that stand in the form, and those in force that it would remove."""
        sent, there = self._sent(name, typed), self._sent(name, in_force)
        keeps = f"{name}.{REMOVE}" not in typed
        return [
            _row(f"{name}.{one}", one, sent.get(one, there.get(one, "")), kept=keeps and one in sent)
            for one in ATTRIBUTE_OF
            if one in sent or one in there
        ]

    def _sent(self, name: str, typed: Typed) -> dict[str, str]:
        """The maps' texts by their names."""
        found = {one.removeprefix(f"{name}."): text for one, text in typed.items() if one.startswith(f"{name}.")}
        return {one: text for one, text in found.items() if one != REMOVE}


def _row(control: str, theirs: str, sent: str, *, kept: bool) -> Row:
    try:
        pairs: Pairs = MapField().deserialize(_pairs(sent))
    except (Unread, ValidationError):  # not as our own form sends it
        pairs = ()
    here = f"{_here(pairs):.3g}" if pairs else "-"
    return Row(control, sent, kept, theirs, ATTRIBUTE_OF[theirs], len(pairs), here)


def _pairs(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise Unread("A map did not arrive as it was. Load the page again.") from problem


def _told(pairs: Pairs) -> str:
    return f"{len(pairs)} pairs, {USUAL_THRESHOLD} there is {_here(pairs):.3g} here"


def _here(pairs: Pairs) -> float:
    """What the usual threshold there is here."""
    return MonotoneMap(tuple((there, here) for there, here in pairs)).ours_of(USUAL_THRESHOLD)


def _mark(pairs: Pairs) -> str:
    """Six digits that are others where any pair is another."""
    return sha256(orjson.dumps([[float(score) for score in pair] for pair in pairs])).hexdigest()[:6]
