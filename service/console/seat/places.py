"""Where in the queue a moderator works: filters, as a form sends them and as a value."""

import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import marshmallow as ma
from marshmallow import fields, validate

from model import ATTRIBUTES
from service.console.seat.desk import Place
from service.console.words import attribute_words, reason_words, span
from service.moderation.judge import REASON_CODES
from service.schemas.fields import Text
from service.store.queue import Shelf

AGES: Final = {"1h": 3600, "6h": 6 * 3600, "1d": 86400, "3d": 3 * 86400}
"""Filters by age: seconds since a comment came in."""

ORDERS: Final = ("priority", "oldest")


class PlaceSchema(ma.Schema):
    """The queue's filters and its order."""

    reason = fields.String(validate=validate.OneOf(REASON_CODES))
    attribute = fields.String(validate=validate.OneOf(ATTRIBUTES))
    section = Text(least=1, most=100)
    age = fields.String(validate=validate.OneOf(AGES))
    order = fields.String(validate=validate.OneOf(ORDERS))
    escalated = fields.String(validate=validate.OneOf(["1"]))


def filters_of(values: dict[str, Any]) -> dict[str, str]:
    """Of a form's values, the filters that were set."""
    return {name: values[name] for name in PlaceSchema().fields if values.get(name)}


def filter_words(filters: dict[str, str]) -> str:
    """What is set, in words; "" for nothing."""
    said: dict[str, Callable[[str], str]] = {
        "reason": reason_words,
        "attribute": attribute_words,
        "section": str,
        "age": lambda age: f"over {span(AGES[age])}",
        "order": lambda order: "oldest first" if order == "oldest" else "",
        "escalated": lambda _: "escalated",
    }
    return ", ".join(filter(None, (said[name](value) for name, value in filters.items())))


def place_of(filters: dict[str, str]) -> Place:
    """The place that these filters name, as it is at this moment."""
    age = AGES.get(filters.get("age", ""))
    return Place(
        name=urlencode(filters),
        shelf=Shelf(
            reason=filters.get("reason"),
            attribute=filters.get("attribute"),
            section=filters.get("section"),
            older_than=round((time.time() - age) * 1000) if age else 0,
            escalated="escalated" in filters,
        ),
        order="oldest" if filters.get("order") == "oldest" else "priority",
    )
