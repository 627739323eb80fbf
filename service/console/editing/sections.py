"""What differs in sections of the site, as a text: a heading for each, and a line for each value."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from model import ATTRIBUTES
from service.console.editing.kinds import Number, Plain, Typed, Unread, Whole

NEVER: Final = "never"

SETTING: Final = re.compile(r"([a-z_.]+)\s*[:=]\s*(.*)", re.ASCII | re.IGNORECASE)

NUMBERS: Final = Number()
WHOLES: Final = Whole()


def _list(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _word(text: str) -> str | None:
    return None if text in ("", NEVER) else text


def _number(text: str) -> float | None:
    return NUMBERS.value(_word(text) or "")


def _whole(text: str) -> int | None:
    return WHOLES.value(_word(text) or "")


SETTINGS: Final[Mapping[str, Callable[[str], Any]]] = {
    **{f"{attribute}.{side}": _number for attribute in ATTRIBUTES for side in ("hold", "reject")},
    "mode": str,
    "first_time.hold_below": _whole,
    "links.hold": _whole,
    "links.shorteners": _word,
    "links.block": _list,
    "links.suspect": _list,
    "links.trusted": _list,
}
"""What a section may have of its own, and how it is read."""

LINKS: Final[Mapping[str, Any]] = {"hold": None, "shorteners": None, "block": [], "suspect": [], "trusted": []}
"""A section that says anything about links says all about them."""

THRESHOLD: Final[Mapping[str, Any]] = {"hold": None, "reject": None}


@dataclass(slots=True)
class _Read:
    """What was read: a section each, on which line its names stand, and what could not be read."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sections(Plain):
    """Sections by name; what a section does not name is as everywhere."""

    control = "sections"
    several = True

    def text(self, value: Mapping[str, Mapping[str, Any]]) -> str:
        """Every section with what it has of its own, an empty line between two."""
        return "\n\n".join("\n".join([_heading(name), *_settings(own)]) for name, own in value.items())

    def value(self, text: str) -> dict[str, dict[str, Any]]:
        """The sections as the policy's schema takes them."""
        read = _read(text)
        if read.problems:
            raise Unread(*read.problems)
        return read.sections

    def place(self, name: str, typed: Typed, path: Sequence[str]) -> tuple[str, str]:
        """The line of the value, or of the heading."""
        if not path:
            return name, ""
        section, *rest = path
        setting = ".".join(part for part in rest if part not in ("key", "value", "thresholds") and not part.isdigit())
        lines = _read(typed[name]).lines
        line = lines.get((section, setting), lines.get((section, ""), 0))
        return name, f"Line {line}, {setting or section[:40]}: "

    def entries(self, value: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
        """A line for each value."""
        return tuple(f"{name}: {line}" for name, own in value.items() for line in _settings(own) or ["as everywhere"])


def _heading(name: str) -> str:
    plain = name == name.strip() and not name.startswith('"') and not re.search(r"[\r\n]", name)
    return f"[{name if plain else json.dumps(name, ensure_ascii=False)}]"


def _settings(own: Mapping[str, Any]) -> list[str]:
    """A section's own values, a line each."""
    return [f"{setting}: {_said(value)}" for setting, value in _own(own)]


def _own(own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if own.get("mode"):
        yield "mode", own["mode"]
    parts = {**(own.get("thresholds") or {}), "first_time": own.get("first_time"), "links": own.get("links")}
    for part, values in parts.items():
        for name, value in (values or {}).items():
            yield f"{part}.{name}", value


def _said(value: Any) -> str:
    if value is None:
        return NEVER
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return NUMBERS.text(value) if isinstance(value, float) else str(value)


def _read(text: str) -> _Read:
    read, section = _Read(), None
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        said = line.strip()
        if not said:
            continue
        try:
            if said.startswith("[") and said.endswith("]"):
                section = _name(said[1:-1])
                _begin(read, section, number)
            else:
                _set(read, section, said, number)
        except Unread as problem:
            read.problems.append(f"Line {number}: {problem.args[0]}")
    return read


def _name(heading: str) -> str:
    if not heading.startswith('"'):
        return heading
    try:
        return str(json.loads(heading))
    except ValueError as problem:
        raise Unread('A name that begins with " is written as JSON writes it.') from problem


def _begin(read: _Read, section: str, number: int) -> None:
    if section in read.sections:
        raise Unread(f"The section [{section[:40]}] stands above already.")
    read.sections[section] = {}
    read.lines[section, ""] = number


def _set(read: _Read, section: str | None, said: str, number: int) -> None:
    if section is None:
        raise Unread("Begin with a section's name in brackets, such as [Politics].")
    found = SETTING.fullmatch(said)
    setting = found[1].lower() if found else ""
    if found is None or setting not in SETTINGS:
        raise Unread(f"Not one of the values that a section may have: {said[:40]}")
    if (section, setting) in read.lines:
        raise Unread(f"{setting} stands above already.")
    read.lines[section, setting] = number
    value = SETTINGS[setting](found[2].strip())
    own, (part, _, name) = read.sections[section], setting.partition(".")
    if not name:
        own[part] = value
    elif part in ATTRIBUTES:
        own.setdefault("thresholds", {}).setdefault(part, dict(THRESHOLD))[name] = value
    else:
        own.setdefault(part, dict(LINKS) if part == "links" else {})[name] = value
