"""Forms and queries through marshmallow."""

from collections.abc import Mapping
from typing import Any, cast

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from service.api.exchange import current

HIDDEN = frozenset({"csrf", "op"})


class Unfit(Exception):
    """A form that does not fit: `errors` maps a field's path to what is wrong, `sent` is what was typed."""

    def __init__(self, errors: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
        super().__init__(errors)
        self.errors, self.sent = errors, sent


def filled(schema: type[ma.Schema]) -> dict[str, Any]:
    """What a schema makes of the form that was sent; fields left empty are as if not there.

    :raises Unfit: it refuses it.
    """
    return _loaded(schema, current().form)


def queried(schema: type[ma.Schema]) -> dict[str, Any]:
    """What a schema makes of the address' query.

    :raises Unfit: it refuses it.
    """
    return _loaded(schema, current().args)


def _loaded(schema: type[ma.Schema], sent: MultiDict[str, str]) -> dict[str, Any]:
    made = schema(unknown=ma.RAISE)
    typed: dict[str, Any] = {}
    for name, values in sent.lists():
        if name in HIDDEN:
            continue
        several = isinstance(made.fields.get(name), ma.fields.List)
        if several:
            typed[name] = values
        elif values[0].strip():
            typed[name] = values[0].replace("\r\n", "\n")
    try:
        return cast("dict[str, Any]", made.load(typed))
    except ma.ValidationError as error:
        raise Unfit(cast("dict[str, Any]", error.messages), typed) from error
