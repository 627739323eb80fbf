"""A policy's plain values, as its schema writes them, as a form; and a sent form as such values."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import orjson
from marshmallow import ValidationError

from service.api.context import BODY_LIMIT
from service.console.editing.fields import FIELDS, Field
from service.console.editing.kinds import Typed, Unread
from service.schemas.policy import PolicySchema

WHOLE_FORM: Final = "_"
"""The name under which stands what is wrong with no field alone."""

TOLD_AT_MOST: Final = 5
"""Complaints about one field that are told."""

SIZE: Final = BODY_LIMIT - 64
"""Bytes of a policy as JSON, without its version; what is longer could not be sent to the API."""

Errors = Mapping[str, Sequence[str]]
"""What is wrong, by the name of the control."""


class UnfitDraft(Exception):
    """A draft that cannot be a policy: what is wrong, and what was typed."""

    def __init__(self, errors: Errors, typed: Typed) -> None:
        super().__init__(errors)
        self.errors, self.typed = errors, typed


def written(values: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the form for a policy."""
    typed: dict[str, str] = {}
    for path, field in FIELDS.items():
        typed |= field.kind.written(path, value_at(values, path))
    return typed


def read(typed: Typed) -> dict[str, Any]:
    """The policy that was typed, without a version.

    :raises UnfitDraft: fields cannot be read, or the policy may not have what they say; all of them are told at once.
    """
    values: dict[str, Any] = {"thresholds": {}}
    unread: dict[str, Sequence[str]] = {}
    for path, field in FIELDS.items():
        try:
            value = field.kind.read(path, typed)
        except Unread as problem:
            unread[path] = list(problem.args)
            value = None
        put(values, path, value)
    values["thresholds"] = {name: one for name, one in values["thresholds"].items() if one != NO_THRESHOLD}
    try:
        loaded = _loaded(values)
    except ValidationError as problem:
        refused = _by_control(cast("Mapping[str, Any]", problem.messages), typed)
        errors = {name: said for name, said in refused.items() if name not in unread} | unread
        raise UnfitDraft(_in_order(errors), typed) from problem
    if unread:
        raise UnfitDraft(_in_order(unread), typed)
    return loaded


def read_json(text: str) -> dict[str, Any]:
    """The policy that was typed as JSON, without a version; one that stands there counts for nothing.

    :raises UnfitDraft: it is no JSON, or no policy; what is wrong has the path in the policy for a name.
    """
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        said = f"Not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}."
        raise UnfitDraft({WHOLE_FORM: [said]}, {}) from problem
    if not isinstance(values, dict):
        raise UnfitDraft({WHOLE_FORM: ["A policy is an object, in braces."]}, {})
    values.pop("version", None)
    try:
        return _loaded(values)
    except ValidationError as problem:
        told: dict[str, list[str]] = {}
        for path, said in _flat(problem.messages):
            told.setdefault(".".join(path) or WHOLE_FORM, []).append(said)
        raise UnfitDraft(told, {}) from problem


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """The value at a path; None where a part of it is not there."""
    found: Any = values
    for name in path.split("."):
        found = None if found is None else found.get(name)
    return found


NO_THRESHOLD: Final = {"hold": None, "reject": None}


def put(values: dict[str, Any], path: str, value: Any) -> None:
    """Sets the value at a path."""
    *around, last = path.split(".")
    for name in around:
        values = values.setdefault(name, {})
    values[last] = value


def _loaded(values: Mapping[str, Any]) -> dict[str, Any]:
    loaded: dict[str, Any] = PolicySchema(exclude=["version"]).load(values)
    size = len(orjson.dumps(loaded))
    if size > SIZE:
        raise ValidationError(f"The policy has {size:,} bytes as JSON; it may have {SIZE:,}. Shorten a list.")
    return loaded


def _by_control(messages: Mapping[str, Any], typed: Typed) -> dict[str, list[str]]:
    """The schema's complaints, by the control that is to be changed; of many about one field the first."""
    found: dict[str, list[str]] = {}
    about: dict[str, list[str]] = {}
    for path, said in _flat(messages):
        field, below = _field_of(path)
        controls = about.setdefault(field.path if field else WHOLE_FORM, [])
        if len(controls) < TOLD_AT_MOST:
            name, where = field.kind.place(field.path, typed, below) if field else (WHOLE_FORM, "")
            found.setdefault(name, []).append(f"{where}{said}")
            controls.append(name)
        else:
            controls.append(controls[-1])
    for controls in about.values():
        if (more := len(controls) - TOLD_AT_MOST) > 0:
            found[controls[-1]].append(f"And {more:,} more like these.")
    return found


def _flat(messages: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, path if name == "_schema" else (*path, str(name)))
    else:
        for said in messages if isinstance(messages, list) else [messages]:
            yield path, str(said)


def _field_of(path: tuple[str, ...]) -> tuple[Field | None, Sequence[str]]:
    """The field that a complaint is about, and the path below it."""
    if path[:1] == ("thresholds",):
        path = tuple(name for name in path if name != "value")  # a mapping's complaints stand under `key` and `value`
    for length in range(len(path), 0, -1):
        if field := FIELDS.get(".".join(path[:length])):
            return field, path[length:]
    return None, path


def _in_order(errors: Errors) -> dict[str, Sequence[str]]:
    """Complaints in the order of the form."""
    order = {path: n for n, path in enumerate(FIELDS)}
    return dict(sorted(errors.items(), key=lambda one: order.get(one[0], order.get(one[0].partition(".")[0], -1))))
