"""Health, and the form of every problem."""

import marshmallow as ma
from marshmallow import Schema, fields, validate

from service.schemas.fields import Strict


class HealthSchema(Strict):
    """Whether the process, or all that it needs, is there; `problems` in words."""

    status = fields.String(validate=validate.OneOf(["ok", "unready"]), required=True)
    problems = fields.List(fields.String())


class ProblemSchema(Schema):
    """What went wrong, as RFC 9457 says it; `errors` maps a field's path to what is wrong with it.

    Some kinds of problem have members of their own, such as the `version` that a policy has by now.
    """

    class Meta:
        """The option that lets it have others."""

        unknown = ma.INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
