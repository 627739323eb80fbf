"""The figures for a transparency report."""

from marshmallow import fields

from service.schemas.fields import Instant, Strict
from service.schemas.stats import ModelAgreementSchema, ShareSchema, TimesSchema


def _counts() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class NoticesSchema(Strict):
    """Readers' reports."""

    received = fields.Integer(required=True)
    by_reason = _counts()


class RestrictionsSchema(Strict):
    """Comments restricted in one way; one may have several reasons."""

    count = fields.Integer(required=True)
    by_reason = _counts()


class RemovalsSchema(Strict):
    """Moderators' rejections that stand."""

    count = fields.Integer(required=True)
    by_label = _counts()
    by_term = _counts()
    detected_automatically = fields.Integer(required=True)
    detected_by_people = fields.Integer(required=True)


class OwnInitiativeSchema(Strict):
    """Moderation at one's own initiative, by restriction and by who imposed it."""

    held_automatically = fields.Nested(RestrictionsSchema, required=True)
    removed_automatically = fields.Nested(RestrictionsSchema, required=True)
    removed_by_moderators = fields.Nested(RemovalsSchema, required=True)


class ComplaintsSchema(Strict):
    """Appeals and how they ended."""

    received = fields.Integer(required=True)
    reversed = fields.Integer(required=True)
    upheld = fields.Integer(required=True)
    time_to_decision = fields.Nested(TimesSchema, required=True)


class ErrorRatesSchema(Strict):
    """How often the machine is wrong: in what it approves, and in what it finds."""

    approvals = fields.Nested(ShareSchema, required=True)
    findings = fields.Nested(ShareSchema, required=True)


class AutomatedMeansSchema(Strict):
    """The use of automated means."""

    purpose = fields.String(required=True)
    model = fields.String(required=True)
    accuracy = fields.Dict(keys=fields.String(), values=fields.Nested(ModelAgreementSchema), required=True)
    error_rate = fields.Nested(ErrorRatesSchema, required=True)
    safeguards = fields.List(fields.String(), required=True)


class FiguresSchema(Strict):
    """What article 15 of the Digital Services Act asks for, as far as it is counted."""

    comments = fields.Integer(required=True)
    notices = fields.Nested(NoticesSchema, required=True)
    own_initiative = fields.Nested(OwnInitiativeSchema, required=True)
    complaints = fields.Nested(ComplaintsSchema, required=True)
    automated_means = fields.Nested(AutomatedMeansSchema, required=True)


class TransparencySchema(Strict):
    """The figures of a range of whole days."""

    since = Instant(required=True, data_key="from")
    until = Instant(required=True, data_key="to")
    figures = fields.Nested(FiguresSchema, required=True)
