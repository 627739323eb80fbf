"""Fields that take what they say and nothing that merely resembles it."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import marshmallow as ma
from marshmallow import ValidationError, fields, validate

ID_PATTERN = r"[A-Za-z0-9._:~-]{1,128}"
"""What an id may look like."""


DIGITS: Final = 15
TIME_LENGTH: Final = 40
ADDRESS_LENGTH: Final = 45
"""Characters of the longest number in a query or a cursor, of the longest time, and of the longest address."""


class Strict(ma.Schema):
    """A schema that refuses fields it does not know."""

    class Meta:
        """The option that makes it so."""

        unknown = ma.RAISE


class Pattern(validate.Regexp):
    """The whole string must fit, and a line break at its end is part of it (to `$` alone it is not)."""

    def __init__(self, pattern: str, *, error: str) -> None:
        super().__init__(f"^(?:{pattern})$", error=error)
        self._whole = re.compile(pattern)

    def __call__(self, value: str) -> str:  # type: ignore[override]  # strings only, as the fields see to
        """The value.

        :raises ValidationError: it does not fit.
        """
        if not self._whole.fullmatch(value):
            raise ValidationError(self.error)
        return value


class Whole(fields.Integer):
    """A whole number, written as JSON has it: `5` and `5.0` are the same one (JSON Schema, "integer")."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _validated(self, value: Any) -> int:
        return super()._validated(int(value) if isinstance(value, float) and value.is_integer() else value)


class Text(fields.String):
    """A string without NUL; `least` and `most` count characters, after trimming where `trim` is set."""

    def __init__(self, *, least: int = 0, most: int, trim: bool = False, **kwargs: Any) -> None:
        given = kwargs.pop("validate", [])
        super().__init__(validate=[validate.Length(least, most), *given], **kwargs)
        self.trim = trim

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if "\0" in text:
            raise ValidationError("NUL is not allowed.")
        return text.strip() if self.trim else text


class Id(Text):
    """An id: 1 to 128 of `A-Za-z0-9._:~-`; `batch` is reserved."""

    def __init__(self, **kwargs: Any) -> None:
        rules = [
            Pattern(ID_PATTERN, error="An id is 1 to 128 of A-Z a-z 0-9 . _ : ~ -"),
            validate.NoneOf(["batch"], error="'batch' is reserved."),
        ]
        super().__init__(most=128, validate=rules, **kwargs)


class Address(fields.IP):
    """An IPv4 or IPv6 address without a zone, kept as its canonical text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or len(value) > ADDRESS_LENGTH or "%" in value:
            raise self.make_error("invalid_ip")
        return str(super()._deserialize(value, attr, data, **kwargs))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class Flag(fields.Boolean):
    """true or false, not something that reads like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class QueryFlag(fields.Boolean):
    """`true` or `false` in a query string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(truthy={"true"}, falsy={"false"}, **kwargs)  # strings only, as queries have them


class QueryInteger(fields.Integer):
    """Decimal ASCII digits in a query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= DIGITS):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Probability(fields.Float):
    """A number in [0, 1], not a string that reads like one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(0, 1), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Rounded(fields.Float):
    """A figure to four decimal places; for answers only."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> float | None:
        return None if value is None else round(float(value), 4)


class Time(fields.AwareDateTime):
    """RFC 3339; kept as a string in UTC with milliseconds. Without an offset it is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or len(value) > TIME_LENGTH:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            return rfc3339(moment)
        except OverflowError as problem:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from problem

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class Instant(fields.DateTime):
    """Milliseconds since 1970, written as RFC 3339 in UTC; for answers only."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else rfc3339_of(value)


def rfc3339(moment: datetime) -> str:
    """A moment in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_of(ms: int) -> str:
    """A moment given in milliseconds since 1970."""
    return rfc3339(datetime.fromtimestamp(ms / 1000, UTC))


def ms_of(time: str) -> int:
    """A `Time`'s milliseconds since 1970."""
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def limit_field(default: int = 50) -> QueryInteger:
    """How many of a list: 1 to 1,000."""
    return QueryInteger(load_default=default, validate=validate.Range(1, 1000))


def cursor_field() -> fields.String:
    """Where a list goes on: a number (ms of arrival, or a place in the queue) and an id."""
    return fields.String(validate=Pattern(rf"[0-9]{{1,{DIGITS}}}\.{ID_PATTERN}", error="Not a cursor."))
