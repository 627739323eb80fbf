"""Webhooks: what an administrator sends and sees."""

from dataclasses import asdict
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_dump, validate, validates_schema

from service.schemas.events import EVENT_TYPES
from service.schemas.fields import Flag, Instant, Pattern, Strict, Text, limit_field
from service.webhooks.addresses import URL_MOST, UnusableUrl, target_of

EVENT_ID = Pattern(r"[0-9]{1,15}-[0-9]{1,6}", error="Not an event's id.")


class UrlField(Text):
    """Where deliveries go. Whether its address is allowed depends on the settings, and is looked at behind this."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(least=1, most=URL_MOST, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        url = super()._deserialize(value, attr, data, **kwargs)
        try:
            target_of(url)
        except UnusableUrl as problem:
            raise ValidationError(str(problem)) from problem
        return url


def types_field(**kwargs: Any) -> fields.List[str]:
    """Types of events, null for all."""
    known = fields.String(validate=validate.OneOf(EVENT_TYPES))
    return fields.List(known, allow_none=True, validate=validate.Length(1, len(EVENT_TYPES)), **kwargs)


class NewWebhookSchema(Strict):
    """A webhook to be made."""

    url = UrlField(required=True)
    types = types_field(load_default=None)


class WebhookChangeSchema(Strict):
    """What shall be otherwise; at least one of them."""

    url = UrlField()
    types = types_field()
    enabled = Flag()

    @validates_schema
    def something(self, values: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not values:
            raise ValidationError("Send url, types or enabled.")


class WebhookSchema(Strict):
    """A webhook as it stands; its secret is not shown."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    types = fields.List(fields.String(), required=True, allow_none=True)
    enabled = Flag(required=True)
    disabled = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the service stopped by itself: `gone`, the endpoint answered 410."},
    )
    created_at = Instant(required=True, attribute="created")
    created_by = fields.String(required=True, attribute="by")
    previous_secret_until = Instant(required=True, allow_none=True, attribute="old_secret_until")
    waiting = fields.Integer(required=True, metadata={"description": "Deliveries under way or waiting for a retry."})
    parked = fields.Integer(required=True)
    delivered_at = Instant(required=True, allow_none=True, attribute="delivered")
    failed_at = Instant(required=True, allow_none=True, attribute="failed")
    failure = fields.String(required=True, allow_none=True)
    failure_status = fields.Integer(required=True, allow_none=True)
    missed_until = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Events up to then may be missing: they were dropped before they were delivered."},
    )


class SecretWebhookSchema(WebhookSchema):
    """A webhook with its secret, which is shown only here."""

    secret = fields.String(required=True)

    @pre_dump
    def joined(self, made: dict[str, Any], **_: Any) -> dict[str, Any]:
        """A webhook and its secret in one."""
        return {**asdict(made["webhook"]), "secret": made["secret"]}


class WebhooksSchema(Strict):
    """The site's webhooks, oldest first."""

    items = fields.List(fields.Nested(WebhookSchema), required=True)


class ParkedQuerySchema(Strict):
    """Where to go on, and how many."""

    cursor = fields.String(validate=EVENT_ID)
    limit = limit_field()


class ParkedSchema(Strict):
    """A delivery that was given up; `id` is its event's."""

    id = fields.String(required=True)
    type = fields.String(required=True, allow_none=True)
    comment_id = fields.String(required=True, allow_none=True)
    parked_at = Instant(required=True, attribute="at")
    attempts = fields.Integer(required=True)
    status = fields.Integer(required=True, metadata={"description": "The last answer's, 0 for none."})


class ParkedPageSchema(Strict):
    """Parked deliveries, oldest event first."""

    items = fields.List(fields.Nested(ParkedSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ReplaySchema(Strict):
    """Which parked deliveries to try again: up to 1,000 by their ids, or all."""

    ids = fields.List(fields.String(validate=EVENT_ID), validate=validate.Length(1, 1000))
    all = Flag()

    @post_load
    def one_of_both(self, values: dict[str, Any], **_: Any) -> list[str] | None:
        """The ids, or None for all."""
        if ("ids" in values) == bool(values.get("all")):
            raise ValidationError("Send either ids, or all as true.")
        return values.get("ids")


class ReplayedSchema(Strict):
    """How many deliveries are tried again."""

    replayed = fields.Integer(required=True)
