"""The newsroom's policy: a frozen value, versioned by its store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

from service.moderation.monotone import MonotoneMap
from service.moderation.rules import TextRules

Mode = Literal["post", "pre"]
Restraint = Literal["hold", "reject"]
OnUnknownLanguage = Literal["hold", "approve"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Scores, in [0, 1], from which an attribute holds or rejects a comment; None is never."""

    hold: float | None = None
    reject: float | None = None


@dataclass(frozen=True, slots=True)
class FirstTime:
    """Holds authors of whom fewer than `hold_below` comments were ever approved; None is never."""

    hold_below: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Words and phrases that reject (`block`) or hold (`suspect`) a comment in which they stand as whole words."""

    block: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2's syntax and what it does with a comment in which it is found."""

    name: str
    pattern: str
    verdict: Restraint = "hold"


@dataclass(frozen=True, slots=True)
class Links:
    """What links do: `hold` counts them, the lists name domains as they were registered (`bbc.co.uk`).

    Links to `trusted` domains do not count. `block` rejects, `suspect` holds; `shorteners` says what a link does that
    hides where it leads. None is never.
    """

    hold: int | None = None
    shorteners: Restraint | None = None
    block: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeats:
    """Holds the n-th exact copy of a text, counted over `seconds`; `hold` None is never."""

    hold: int | None = 4
    seconds: int = 86400


@dataclass(frozen=True, slots=True)
class NearCopies:
    """Holds a campaign from its n-th near copy on, earlier ones too; `hold` None is never.

    Copies belong together that arrive within `seconds` of each other.
    """

    hold: int | None = 5
    seconds: int = 86400


@dataclass(frozen=True, slots=True)
class Rate:
    """Holds what comes beyond `limit` comments in `seconds`; `limit` None is no limit."""

    limit: int | None = None
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages that a site wants (ISO 639-1; None for any), and what becomes of comments in others."""

    accepted: tuple[str, ...] | None = None
    otherwise: Restraint = "hold"


@dataclass(frozen=True, slots=True)
class Reports:
    """The weight of readers' reports from which an approved comment comes into the queue; None is never."""

    hold: float | None = 3.0


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that comments are kept: approved by the machine alone; decided by a human, or rejected.

    After `personal_days` the addresses, e-mails and user agents of all comments go.
    """

    approved_days: int = 7
    decided_days: int = 183
    personal_days: int = 30


@dataclass(frozen=True, slots=True)
class Wellbeing:
    """What the newsroom asks of the console for those who moderate; no comment is judged by it.

    At most `severe_in_a_row` severe comments are shown one after the other while milder ones are left, None for any
    number. After `break_after_minutes` of moderating a break of `break_minutes` is offered, None is never.
    """

    severe_in_a_row: int | None = 5
    break_after_minutes: int | None = 60
    break_minutes: int = 5


@dataclass(frozen=True, slots=True)
class Section:
    """What holds in one section of the site in place of the site's own; None leaves that. `thresholds` are merged."""

    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    mode: Mode | None = None
    first_time: FirstTime | None = None
    links: Links | None = None


@dataclass(frozen=True)
class Policy:
    """What a site does with what its signals say.

    `mode` `post` publishes what is approved, `pre` holds everything for a human. `unknown_language` says what
    happens to a comment in a language whose toxicity the model does not know, `self_harm` to one that talks of it.
    `audit_share` of what the machine approves, and `review_share` of what humans decide, is given to a moderator
    who does not know of it, both in [0, 1]. `perspective` has the site's maps to the scores of Jigsaw's Perspective, by
    Perspective's names; no comment is judged by it.
    """

    version: int = 1
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    mode: Mode = "post"
    first_time: FirstTime = field(default_factory=FirstTime)
    words: Words = field(default_factory=Words)
    patterns: tuple[Pattern, ...] = ()
    links: Links = field(default_factory=Links)
    self_harm: OnUnknownLanguage = "hold"
    repeats: Repeats = field(default_factory=Repeats)
    near_copies: NearCopies = field(default_factory=NearCopies)
    author_rate: Rate = field(default_factory=lambda: Rate(20))
    address_rate: Rate = field(default_factory=Rate)
    site_rate: Rate = field(default_factory=Rate)
    unknown_language: OnUnknownLanguage = "hold"
    languages: Languages = field(default_factory=Languages)
    reports: Reports = field(default_factory=Reports)
    sections: Mapping[str, Section] = field(default_factory=dict)
    audit_share: float = 0.0
    review_share: float = 0.0
    retention: Retention = field(default_factory=Retention)
    wellbeing: Wellbeing = field(default_factory=Wellbeing)
    perspective: Mapping[str, MonotoneMap] = field(default_factory=dict)

    def within(self, section: str | None) -> "Policy":
        """The policy as it holds in a section of the site; the name is told without regard to case."""
        return self._of_sections.get(section.casefold(), self) if section and self.sections else self

    @cached_property
    def text_rules(self) -> TextRules:
        """The rules that look at the text, ready to be applied."""
        return TextRules(self.words, self.patterns, self.links, self_harm=self.self_harm == "hold")

    @cached_property
    def _of_sections(self) -> dict[str, "Policy"]:
        return {name.casefold(): self._overridden(section) for name, section in self.sections.items()}

    def _overridden(self, section: Section) -> "Policy":
        return replace(
            self,
            thresholds={**self.thresholds, **section.thresholds},
            mode=section.mode or self.mode,
            first_time=section.first_time or self.first_time,
            links=section.links or self.links,
            sections={},
        )


def default_policy(thresholds: Mapping[str, float]) -> Policy:
    """Version 1 of every site: the hold thresholds of the model in force, and nothing is rejected by itself."""
    return _default(tuple(thresholds.items()))


@lru_cache(maxsize=64)
def _default(thresholds: tuple[tuple[str, float], ...]) -> Policy:
    """The few that are in use, made once: every comment asks for one."""
    return Policy(thresholds={attribute: Threshold(hold=value) for attribute, value in thresholds})


def policy_from(version: int, kept: Mapping[str, Any]) -> Policy:
    """A policy from the plain values that its schema loaded."""
    values = {name: value for name, value in kept.items() if name not in {"version", "thresholds", "sections"}}
    return Policy(
        version=version,
        thresholds=_thresholds(kept["thresholds"]),
        sections={name: _section(said) for name, said in kept.get("sections", {}).items()},
        **{name: _value(name, value) for name, value in values.items()},
    )


PARTS: Mapping[str, type[Any]] = {
    "first_time": FirstTime,
    "words": Words,
    "links": Links,
    "repeats": Repeats,
    "near_copies": NearCopies,
    "author_rate": Rate,
    "address_rate": Rate,
    "site_rate": Rate,
    "languages": Languages,
    "reports": Reports,
    "retention": Retention,
    "wellbeing": Wellbeing,
}
"""The parts of a policy that are values of their own."""


def _value(name: str, said: Any) -> Any:
    """A part of a policy from plain values."""
    if name == "patterns":
        return tuple(Pattern(**one) for one in said)
    if name == "perspective":
        return {one: MonotoneMap(tuple((theirs, ours) for theirs, ours in pairs)) for one, pairs in said.items()}
    if name not in PARTS or said is None:
        return said
    return PARTS[name](**{key: tuple(one) if isinstance(one, list) else one for key, one in said.items()})


def _thresholds(said: Mapping[str, Mapping[str, float | None]]) -> dict[str, Threshold]:
    return {attribute: Threshold(**bands) for attribute, bands in said.items()}


def _section(said: Mapping[str, Any]) -> Section:
    rest = {one.name: _value(one.name, said.get(one.name)) for one in fields(Section) if one.name != "thresholds"}
    return Section(thresholds=_thresholds(said.get("thresholds") or {}), **rest)
