"""JSON as Google's services read it into protocol buffers: names in either case, null for nothing, their complaints.

The rules are those of protobuf's JSON mapping: a number may come as a string, an enum's value by its name or number,
one value stands for a list of one. A name that the message does not have is refused.
"""

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Final

import marshmallow as ma
from marshmallow import ValidationError

PACKAGE: Final = "google.commentanalyzer.v1alpha1"

UNKNOWN: Final = "Cannot find field."
ROOT: Final = "Root element must be a message."
NAMED: Final = 100
TOLD: Final = 20
"""Characters of an unknown name that are told, and how many complaints are."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
_INT32: Final = range(-(2**31), 2**31)


class Message(ma.Schema):
    """A protocol buffer's message; `name` is the one that it has at Google."""

    name: str

    class Meta:
        """What is not in the message is refused."""

        unknown = ma.RAISE

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = cls.__name__.removeprefix("Perspective").removesuffix("Schema")
        cls.error_messages = {"unknown": UNKNOWN, "type": f"(type.googleapis.com/{PACKAGE}.{cls.name})"}

    @ma.pre_load
    def as_declared(self, sent: Any, **_: Any) -> Any:
        """The fields by their names in JSON, without those that are null."""
        if not isinstance(sent, Mapping):
            return sent
        own = {snake(name := field.data_key or field.name or ""): name for field in self.fields.values()}
        return {own.get(name, name): value for name, value in sent.items() if value is not None}


class Words(ma.fields.String):
    """A string."""

    default_error_messages = {"invalid": "(TYPE_STRING)", "null": "(TYPE_STRING)"}  # noqa: RUF012  # as marshmallow has them


class Truth(ma.fields.Boolean):
    """A bool, also as `"true"` or `"false"`."""

    default_error_messages = {"invalid": "(TYPE_BOOL)"}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise self.make_error("invalid", input=value)


class Number(ma.fields.Float):
    """A float; NaN and infinities are refused."""

    default_error_messages = {"invalid": "(TYPE_FLOAT)"}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> float:
        number = _number(value)
        if number is None:
            raise self.make_error("invalid", input=value)
        return number


class Whole(ma.fields.Integer):
    """An int32."""

    default_error_messages = {"invalid": "(TYPE_INT32)"}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        number = _number(value)
        if number is None or number != int(number) or int(number) not in _INT32:
            raise self.make_error("invalid", input=value)
        return int(number)


class Choice(ma.fields.String):
    """An enum's value, kept as its name; `foreign` stands for one that it does not have, where that is taken."""

    def __init__(self, of: str, names: tuple[str, ...], *, foreign: str = "", **kwargs: Any) -> None:
        said: dict[str, Any] = {"invalid": f"(type.googleapis.com/{PACKAGE}.{of})"}
        super().__init__(error_messages=said, metadata={"enum": list(names)}, **kwargs)
        self.names, self.foreign = names, foreign

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if isinstance(value, str) and value in self.names:
            return value
        numbered = isinstance(value, int) and not isinstance(value, bool)
        for number, name in enumerate(self.names):
            if numbered and value == number:
                return name
        if self.foreign and (numbered or isinstance(value, str)):
            return self.foreign
        raise self.make_error("invalid", input=value)


class Many(ma.fields.List[Any]):
    """A repeated field."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize(value if isinstance(value, list) else [value], attr, data, **kwargs)


class Named(ma.fields.Dict):
    """A map from names to messages, in the order in which they came."""

    def __init__(self, schema: type[Message], **kwargs: Any) -> None:
        super().__init__(keys=ma.fields.String(), values=ma.fields.Nested(schema), **kwargs)
        self.schema, self._loads = schema, schema()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError("")
        loaded, wrong = {}, {}
        for at, (name, one) in enumerate(value.items()):
            try:
                loaded[name] = self._loads.load({} if one is None else one)
            except ValidationError as error:
                wrong[at] = {"value": error.messages}
        if wrong:
            raise ValidationError(wrong)
        return loaded


def complaints(messages: Any) -> list[tuple[str, str]]:
    """What a schema refused, each as the field's path and Google's sentence; the value itself is never told.

    Google quotes the value. It may be what a reader wrote, and clients log what they are told.
    """
    found = list(_complaints(messages, ""))
    return found[:TOLD]


def _complaints(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(messages, Mapping):
        for said in messages if isinstance(messages, list) else [messages]:
            yield (path, f"Invalid value at '{path}' {said}".rstrip()) if path else ("", _of_root())
        return
    for name, inner in messages.items():
        if inner == [UNKNOWN]:
            where = f" at '{path}'" if path else ""
            told = str(name)[:NAMED]
            yield path, f'Invalid JSON payload received. Unknown name "{told}"{where}: {UNKNOWN}'
        elif name == "_schema":
            yield from _complaints(inner, path)
        else:
            here = f"{path}[{name}]" if isinstance(name, int) else f"{path}.{snake(name)}".lstrip(".")
            yield from _complaints(inner, here)


def _of_root() -> str:
    return f'Invalid JSON payload received. Unknown name "": {ROOT}'


def snake(name: str) -> str:
    """`clientToken` as `client_token`, the name in the protocol buffer."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def _number(value: Any) -> float | int | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return value
