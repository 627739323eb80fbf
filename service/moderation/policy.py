"""The newsroom's policy: a frozen value, versioned by its store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Mode = Literal["post", "pre"]
OnUnknownLanguage = Literal["hold", "approve"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Scores, in [0, 1], from which an attribute holds or rejects a comment; None is never."""

    hold: float | None = None
    reject: float | None = None


@dataclass(frozen=True, slots=True)
class Repeats:
    """Holds the n-th exact copy of a text, counted over `seconds`; `hold` None is never."""

    hold: int | None = 4
    seconds: int = 86400


@dataclass(frozen=True, slots=True)
class Rate:
    """Holds what a named author posts beyond `limit` comments in `seconds`; `limit` None is no limit."""

    limit: int | None = 20
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site does with what its signals say.

    `mode` `post` publishes what is approved, `pre` holds everything for a human. `unknown_language` says what
    happens to a comment in a language whose toxicity the model does not know.
    """

    version: int = 1
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    mode: Mode = "post"
    repeats: Repeats = field(default_factory=Repeats)
    author_rate: Rate = field(default_factory=Rate)
    unknown_language: OnUnknownLanguage = "hold"


def default_policy(thresholds: Mapping[str, float]) -> Policy:
    """Version 1 of every site: the hold thresholds of the model in force, and nothing is rejected by itself."""
    return _default(tuple(thresholds.items()))


@lru_cache(maxsize=64)
def _default(thresholds: tuple[tuple[str, float], ...]) -> Policy:
    """The few that are in use, made once: every comment asks for one."""
    return Policy(thresholds={attribute: Threshold(hold=value) for attribute, value in thresholds})


def policy_from(version: int, kept: Mapping[str, Any]) -> Policy:
    """A policy from the plain values that its schema dumped."""
    return Policy(
        version=version,
        thresholds={name: Threshold(**bands) for name, bands in kept["thresholds"].items()},
        mode=kept["mode"],
        repeats=Repeats(**kept["repeats"]),
        author_rate=Rate(**kept["author_rate"]),
        unknown_language=kept["unknown_language"],
    )
