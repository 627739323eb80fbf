"""Drafts of a policy, and how they compare with the one in force."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from marshmallow import fields, validate

from service.moderation.comment import Verdict
from service.moderation.preview import BEGINNING, EXAMPLES, Comparison
from service.schemas.comments import ReasonSchema
from service.schemas.fields import Instant, Strict
from service.schemas.policy import PolicySchema, count_field
from service.store.records import Record
from service.store.shadows import Counted, Shadow

PREVIEWED_AT_MOST: Final = 100_000

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)


class PreviewSchema(Strict):
    """A draft, as `PUT /v1/policy` takes one, and how many of the last comments it is tried on."""

    policy = fields.Nested(PolicySchema, required=True)
    last = count_field(1, PREVIEWED_AT_MOST)


def _verdict() -> fields.String:
    return fields.String(validate=validate.OneOf(VERDICTS), required=True)


class RulingSchema(Strict):
    """What a policy says of a comment."""

    verdict = _verdict()
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)


class DifferenceSchema(Strict):
    """A comment of which the policies think differently, with the beginning of its text."""

    id = fields.String(required=True)
    live = fields.Nested(RulingSchema, required=True)
    draft = fields.Nested(RulingSchema, required=True)
    text = fields.String(required=True)


class CountsSchema(Strict):
    """Comments by verdict."""

    approve = fields.Integer(required=True)
    hold = fields.Integer(required=True)
    reject = fields.Integer(required=True)


class VerdictsSchema(Strict):
    """What the policy in force said in all, and what the draft did."""

    live = fields.Nested(CountsSchema, required=True)
    draft = fields.Nested(CountsSchema, required=True)


class OfBothSchema(Strict):
    """Comments with a reason: by the policy in force, and by the draft."""

    live = fields.Integer(required=True)
    draft = fields.Integer(required=True)


class ChangeSchema(Strict):
    """Comments that the draft treats in another way, and the newest of them."""

    live = _verdict()
    draft = _verdict()
    comments = fields.Integer(required=True)
    examples = fields.List(fields.Nested(DifferenceSchema), required=True)


class ComparisonSchema(Strict):
    """How a draft compares with the policy in force, whose version is `policy`."""

    policy = fields.Integer(required=True)
    looked_at = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    verdicts = fields.Nested(VerdictsSchema, required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    reasons = fields.Dict(keys=fields.String(), values=fields.Nested(OfBothSchema), required=True)


class ExampleSchema(Strict):
    """A comment of which the draft thinks differently, with the beginning of its text."""

    id = fields.String(required=True)
    text = fields.String(required=True)


class ShadowChangeSchema(Strict):
    """Comments that the draft would have treated in another way, and the newest of those that are kept."""

    live = _verdict()
    draft = _verdict()
    comments = fields.Integer(required=True)
    examples = fields.List(fields.Nested(ExampleSchema), required=True)


class ShadowSchema(Strict):
    """A draft beside the policy in force, whose version is `policy`, and how they compare since `since`."""

    draft = fields.Nested(PolicySchema, required=True)
    policy = fields.Integer(required=True)
    by = fields.String(required=True)
    started_at = Instant(required=True)
    since = Instant(required=True)
    ends_at = Instant(required=True)
    looked_at = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    verdicts = fields.Nested(VerdictsSchema, required=True)
    changes = fields.List(fields.Nested(ShadowChangeSchema), required=True)
    reasons = fields.Dict(keys=fields.String(), values=fields.Nested(OfBothSchema), required=True)


def beside(shadow: Shadow, counted: Counted, there: Mapping[str, Record]) -> dict[str, Any]:
    """A draft beside the policy as the schemas write it; `there` are the examples that are kept."""
    changes = [
        {
            "live": way[0],
            "draft": way[1],
            "comments": counted.verdicts[way],
            "examples": [{"id": one, "text": there[one].submission.body[:BEGINNING]} for one in ids if one in there][
                :EXAMPLES
            ],
        }
        for way, ids in counted.examples.items()
        if way in counted.verdicts
    ]
    return figures(counted.verdicts, counted.reasons) | {
        "draft": shadow.draft,
        "policy": shadow.live,
        "by": shadow.by,
        "started_at": shadow.started,
        "since": shadow.since,
        "ends_at": shadow.ends,
        "changes": changes,
    }


def compared(found: Comparison) -> dict[str, Any]:
    """A comparison as the schemas write it."""
    ways = sorted(way for way in found.verdicts if way[0] != way[1])
    changes = [
        {"live": way[0], "draft": way[1], "comments": found.verdicts[way], "examples": found.examples[way]}
        for way in ways
    ]
    return figures(found.verdicts, found.reasons) | {"changes": changes}


def figures(verdicts: Mapping[tuple[Verdict, Verdict], int], reasons: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """The figures of a comparison as the schemas write them."""
    sides = {"live": dict.fromkeys(VERDICTS, 0), "draft": dict.fromkeys(VERDICTS, 0)}
    for (live, draft), count in verdicts.items():
        sides["live"][live] += count
        sides["draft"][draft] += count
    return {
        "looked_at": sum(verdicts.values()),
        "unchanged": sum(count for (live, draft), count in verdicts.items() if live == draft),
        "verdicts": sides,
        "reasons": {code: {"live": live, "draft": draft} for code, (live, draft) in reasons.items()},
    }
