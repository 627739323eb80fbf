"""The kinds of fields that a policy's form has: each turns a value into what is typed, and back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

Typed = Mapping[str, str]
"""What stands in the form, by the field's name."""

DIGITS: Final = 15
"""Characters of the longest number that is read; longer ones fit nowhere."""

NUMBER: Final = re.compile(r"\d*[.,]?\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
WHOLE: Final = re.compile(r"\d+", re.ASCII)
SPAN: Final = re.compile(r"(\d+)\s*([a-z]*)", re.ASCII | re.IGNORECASE)

ROW: Final = re.compile(r"\d{1,4}", re.ASCII)

LOST: Final = "It did not arrive. Load the page again."

UNITS: Final = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
"""Seconds, the longest first."""

UNIT_NAMES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("d", "day", "days"), UNITS["day"]),
    **dict.fromkeys(("h", "hour", "hours"), UNITS["hour"]),
    **dict.fromkeys(("m", "min", "minute", "minutes"), UNITS["minute"]),
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), UNITS["second"]),
}
"""How units may be written."""


class Unread(Exception):
    """What was typed cannot be read; the arguments say why, a sentence each."""


class Kind(Protocol):
    """How a value stands in a form. `control` names the macro that draws it, `several` says that it is a list."""

    control: str
    several: bool

    def written(self, name: str, value: Any) -> dict[str, str]:
        """What stands in the form for a value, by the names of its controls."""

    def read(self, name: str, typed: Typed) -> Any:
        """The value that was typed; whether the policy may have it is the schema's to say.

        :raises Unread: it is none of this kind.
        """

    def place(self, name: str, typed: Typed, path: Sequence[str]) -> tuple[str, str]:
        """The control of which the schema complained, and in words where in it, from the path below the field."""

    def entries(self, value: Any) -> tuple[str, ...]:
        """The value as it is told to people: one text, or an entry each of a list."""


class Plain:
    """A kind with one control and one value."""

    control = "line"
    several = False

    def written(self, name: str, value: Any) -> dict[str, str]:
        """One control."""
        return {name: self.text(value)}

    def read(self, name: str, typed: Typed) -> Any:
        """What the control has; one that was not sent is not taken for an empty one, which would mean something."""
        if name not in typed:
            raise Unread(LOST)
        return self.value(typed[name])

    def place(self, name: str, typed: Typed, path: Sequence[str]) -> tuple[str, str]:
        """The one control."""
        return name, ""

    def entries(self, value: Any) -> tuple[str, ...]:
        """One text."""
        return (self.text(value) or "off",)

    def text(self, value: Any) -> str:
        """What is typed for a value."""
        raise NotImplementedError

    def value(self, text: str) -> Any:
        """The value of what is typed."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Number(Plain):
    """A number, with a point or a comma; `nullable` takes nothing for never."""

    nullable: bool = True
    example: str = "0.5"

    def text(self, value: float | None) -> str:
        """The shortest that reads back as the same number."""
        return "" if value is None else repr(float(value)).removesuffix(".0")

    def value(self, text: str) -> float | None:
        """A number, or None for nothing."""
        text = text.strip()
        if not text and self.nullable:
            return None
        if not NUMBER.fullmatch(text) or len(text) > 2 * DIGITS:
            raise Unread(
                f"Write a number such as {self.example}" + (", or nothing for never." if self.nullable else ".")
            )
        return float(text.replace(",", "."))


@dataclass(frozen=True, slots=True)
class Whole(Plain):
    """A whole number; `nullable` takes nothing for never."""

    nullable: bool = True
    example: str = "5"

    def text(self, value: int | None) -> str:
        """Its digits."""
        return "" if value is None else str(value)

    def value(self, text: str) -> int | None:
        """A whole number, or None for nothing."""
        text = text.strip()
        if not text and self.nullable:
            return None
        if not WHOLE.fullmatch(text) or len(text) > DIGITS:
            raise Unread(_wanted("whole number", self.example, nullable=self.nullable))
        return int(text)


@dataclass(frozen=True, slots=True)
class Span(Plain):
    """A length of time; its value is seconds."""

    def text(self, value: int) -> str:
        """In the largest unit of which it is a whole number."""
        size, unit = next((size, unit) for unit, size in UNITS.items() if value % size == 0)
        return f"{value // size} {unit}{'' if value == size else 's'}"

    def value(self, text: str) -> int:
        """Seconds, from a number and a unit; without one it is seconds."""
        found = SPAN.fullmatch(text.strip())
        size = UNIT_NAMES.get(found[2].lower()) if found else None
        if found is None or size is None or len(found[1]) > DIGITS:
            raise Unread("Write a time such as 90 seconds, 10 minutes, 1 hour or 1 day.")
        return int(found[1]) * size


@dataclass(frozen=True, slots=True)
class Choice(Plain):
    """One of a few; `options` are values and what they are called. None is written as nothing."""

    options: tuple[tuple[str | None, str], ...]
    control = "choice"

    def text(self, value: str | None) -> str:
        """The value itself."""
        return value or ""

    def value(self, text: str) -> str | None:
        """One of the values; another is left to the schema."""
        return text or (None if any(value is None for value, _ in self.options) else text)

    def entries(self, value: str | None) -> tuple[str, ...]:
        """What the value is called."""
        return (next((label for one, label in self.options if one == value), str(value)),)


@dataclass(frozen=True, slots=True)
class Lines(Plain):
    """A list, an entry a line; empty lines do not count."""

    control = "lines"
    several = True

    def text(self, value: Iterable[str]) -> str:
        """The entries below each other. A line break within an entry, which counts as a space, becomes one."""
        return "\n".join(_one_line(entry) for entry in value)

    def value(self, text: str) -> list[str]:
        """The lines that are not empty."""
        return [line for _, line in self._numbered(text)]

    def place(self, name: str, typed: Typed, path: Sequence[str]) -> tuple[str, str]:
        """The line, as it is counted with empty ones."""
        if not path or not path[0].isdigit():
            return name, ""
        number, line = self._numbered(typed[name])[int(path[0])]
        return name, f"Line {number}, {line[:40]}: "

    def entries(self, value: Iterable[str]) -> tuple[str, ...]:
        """The entries."""
        return tuple(value)

    def _numbered(self, text: str) -> list[tuple[int, str]]:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]


@dataclass(frozen=True, slots=True)
class Codes(Plain):
    """Short codes on one line, apart by commas or spaces; nothing is None."""

    several = True

    def text(self, value: Iterable[str] | None) -> str:
        """The codes with commas."""
        return ", ".join(value or ())

    def value(self, text: str) -> list[str] | None:
        """The codes, or None for nothing."""
        return text.replace(",", " ").split() or None

    def place(self, name: str, typed: Typed, path: Sequence[str]) -> tuple[str, str]:
        """The code."""
        if not path or not path[0].isdigit():
            return name, ""
        return name, f"{(self.value(typed[name]) or [''])[int(path[0])][:40]}: "

    def entries(self, value: Iterable[str] | None) -> tuple[str, ...]:
        """The codes."""
        return tuple(value or ())


@dataclass(frozen=True, slots=True)
class Rows:
    """Patterns: rows of a name, an expression and what it does. A row without name and expression is none."""

    options: tuple[tuple[str, str], ...]
    control = "rows"
    several = True

    COLUMNS = ("name", "pattern", "verdict")

    def written(self, name: str, value: Iterable[Mapping[str, str]]) -> dict[str, str]:
        """Three controls a row, such as `patterns.0.name`, and one that says that they are there."""
        typed = {name: ""}
        for n, row in enumerate(value):
            typed[f"{name}.{n}.name"] = _one_line(row["name"])
            typed[f"{name}.{n}.pattern"] = row["pattern"].replace("\r", "\\r")  # browsers change line ends
            typed[f"{name}.{n}.verdict"] = row["verdict"]
        return typed

    def read(self, name: str, typed: Typed) -> list[dict[str, str]]:
        """The rows that have anything in them."""
        if name not in typed:
            raise Unread(LOST)
        return [self._row(name, n, typed) for n in self._kept(name, typed)]

    def place(self, name: str, typed: Typed, path: Sequence[str]) -> tuple[str, str]:
        """The control of the row that was sent there."""
        if not path or not path[0].isdigit():
            return name, ""
        row = self._kept(name, typed)[int(path[0])]
        return f"{name}.{row}.{path[1] if len(path) > 1 else 'name'}", f"Pattern {row + 1}: "

    def entries(self, value: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
        """A line for each."""
        named = dict(self.options)
        return tuple(f"{row['name']} ({named[row['verdict']].lower()}): {row['pattern']}" for row in value)

    def numbers(self, name: str, typed: Typed) -> list[int]:
        """The rows that stand in the form, also those with nothing in them."""
        parts = [one.removeprefix(f"{name}.").partition(".") for one in typed if one.startswith(f"{name}.")]
        return sorted({int(n) for n, _, column in parts if column in self.COLUMNS and ROW.fullmatch(n)})

    def _kept(self, name: str, typed: Typed) -> list[int]:
        return [
            n
            for n in self.numbers(name, typed)
            if typed.get(f"{name}.{n}.name", "").strip() or typed.get(f"{name}.{n}.pattern", "")
        ]

    def _row(self, name: str, n: int, typed: Typed) -> dict[str, str]:
        row = {column: typed.get(f"{name}.{n}.{column}", "") for column in self.COLUMNS}
        return row | {"pattern": row["pattern"].replace("\r\n", "\n")}


def _wanted(what: str, example: str, *, nullable: bool) -> str:
    return f"Write a {what} such as {example}" + (", or nothing for never." if nullable else ".")


def _one_line(text: str) -> str:
    return " ".join(re.split(r"[\r\n]+", text))
