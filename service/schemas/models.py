"""The models that a site may use."""

from marshmallow import fields

from service.schemas.fields import Flag, Instant, Probability, Strict, Text


class ModelSchema(Strict):
    """The model that scores now."""

    version = fields.String(required=True)
    digest = fields.String(required=True, metadata={"description": "SHA-256 of its manifest."})
    attributes = fields.List(fields.String(), required=True)
    thresholds = fields.Dict(
        keys=fields.String(),
        values=Probability(),
        required=True,
        metadata={"description": "The hold thresholds that the model comes with."},
    )


class ModelChoiceSchema(Strict):
    """A version that the site may use; null takes back the site's last publication."""

    version = Text(least=1, most=100, required=True, allow_none=True)
    reason = Text(most=500, load_default="")


class OfferSchema(Strict):
    """A model that the site may use; the one that came with the service has neither time nor publisher."""

    version = fields.String(required=True)
    digest = fields.String(required=True)
    published_at = Instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    in_force = Flag(required=True)


class ModelsSchema(Strict):
    """All of them, newest first."""

    items = fields.List(fields.Nested(OfferSchema), required=True)
