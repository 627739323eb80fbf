"""The newsroom's policy: what an editor sends and sees."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, cast, get_args

from marshmallow import ValidationError, fields, post_dump, validate, validates, validates_schema

from model import ATTRIBUTES
from service.moderation.links import is_registered
from service.moderation.monotone import MonotoneMap
from service.moderation.perspective import ATTRIBUTE_OF
from service.moderation.policy import Mode, OnUnknownLanguage, Restraint
from service.moderation.rules import BadPattern, compiled, words_of_all
from service.schemas.fields import Instant, Probability, Strict, Text, Whole

DAY: Final = 86400

WORDS_AT_MOST: Final = 50_000
"""Entries of a list of words or domains; a request's body may end a list sooner."""

PATTERNS_AT_MOST: Final = 100
"""Each pattern is tried on every comment."""

PAIRS_AT_MOST: Final = 64
"""Pairs of a map from Perspective's scores to ours; `winnow migrate` makes some thirty."""


def count_field(least: int, most: int, *, nullable: bool = False) -> Whole:
    """A whole number in a range; with `nullable`, null is never."""
    return Whole(required=True, allow_none=nullable, validate=validate.Range(least, most))


def _said(choices: Any) -> validate.OneOf:
    return validate.OneOf(get_args(choices))


def _is_domain(value: str) -> None:
    if not is_registered(value):
        raise ValidationError("A domain as it was registered, such as example.org or bbc.co.uk.")


class ThresholdSchema(Strict):
    """Scores from which an attribute holds or rejects; null is never."""

    hold = Probability(required=True, allow_none=True)
    reject = Probability(required=True, allow_none=True)

    @validates_schema
    def ordered(self, values: dict[str, Any], **_: Any) -> None:
        """What is rejected would be held, too."""
        hold, reject = values.get("hold"), values.get("reject")
        if hold is not None and reject is not None and reject < hold:
            raise ValidationError("A rejection's threshold is not below the one that holds.", "reject")


def thresholds_field(**kwargs: Any) -> fields.Dict:
    """Thresholds by attribute."""
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf(ATTRIBUTES)), values=fields.Nested(ThresholdSchema), **kwargs
    )


class FirstTimeSchema(Strict):
    """Authors of whom fewer than `hold_below` comments were ever approved are held; null is never."""

    hold_below = count_field(1, 1000, nullable=True)


def words_field() -> fields.List[str]:
    """Words or phrases."""
    one = Text(least=1, most=200, trim=True)
    return fields.List(one, required=True, validate=validate.Length(max=WORDS_AT_MOST))


class WordsSchema(Strict):
    """Words and phrases that reject (`block`) or hold (`suspect`), found as whole words."""

    block = words_field()
    suspect = words_field()

    @validates_schema
    def each_has_a_word(self, values: dict[str, list[str]], **_: Any) -> None:
        """An entry without a letter or a digit is found nowhere; all of a list are folded at once, which is quicker."""
        problem = ["It needs a letter or a digit; a pattern can look for anything else."]
        empty = {
            name: {at: problem for at, words in enumerate(words_of_all(listed)) if not words.strip()}
            for name, listed in values.items()
        }
        if any(empty.values()):
            raise ValidationError({name: entries for name, entries in empty.items() if entries})


class PatternSchema(Strict):
    """A regular expression in RE2's syntax; its name stands in the reasons."""

    name = Text(least=1, most=100, trim=True, required=True)
    pattern = Text(least=1, most=1000, required=True)
    verdict = fields.String(validate=_said(Restraint), required=True)

    @validates("pattern")
    def compiles(self, pattern: str, **_: Any) -> None:
        """RE2 takes it."""
        try:
            compiled(pattern)
        except BadPattern as problem:
            raise ValidationError(f"RE2 does not take it: {problem}.") from problem


def domains_field() -> fields.List[str]:
    """Domains by the name that was registered."""
    one = Text(least=1, most=253, trim=True, validate=[_is_domain])
    return fields.List(one, required=True, validate=validate.Length(max=WORDS_AT_MOST))


class LinksSchema(Strict):
    """What links do; null is never. Links to `trusted` domains do not count."""

    hold = count_field(1, 100, nullable=True)
    shorteners = fields.String(validate=_said(Restraint), required=True, allow_none=True)
    block = domains_field()
    suspect = domains_field()
    trusted = domains_field()


class RepeatsSchema(Strict):
    """The n-th exact copy within `seconds` is held; `hold` null is never."""

    hold = count_field(2, 1000, nullable=True)
    seconds = count_field(60, 7 * DAY)


class NearCopiesSchema(Strict):
    """From the n-th near copy on a campaign is held, with its earlier comments; `hold` null is never."""

    hold = count_field(2, 1000, nullable=True)
    seconds = count_field(60, 7 * DAY)


class RateSchema(Strict):
    """What comes beyond `limit` comments in `seconds` is held; null is no limit."""

    limit = count_field(1, 100_000, nullable=True)
    seconds = count_field(1, DAY)


class LanguagesSchema(Strict):
    """Languages that the site wants (ISO 639-1), null for any, and what becomes of the others."""

    accepted = fields.List(
        fields.String(validate=validate.Regexp(r"^[a-z]{2,3}\Z", error="A language is a code like 'en'.")),
        required=True,
        allow_none=True,
        validate=validate.Length(1, 100),
    )
    otherwise = fields.String(validate=_said(Restraint), required=True)


class ReportsSchema(Strict):
    """The weight of readers' reports from which an approved comment comes into the queue; null is never."""

    hold = fields.Float(required=True, allow_none=True, validate=validate.Range(0.1, 1000))


class RetentionSchema(Strict):
    """Days; an author may contest for six months, which is the least for what was decided or rejected."""

    approved_days = count_field(1, 3650)
    decided_days = count_field(183, 3650)
    personal_days = count_field(1, 3650)


class WellbeingSchema(Strict):
    """How the console spares those who moderate; null is never. No comment is judged by it."""

    severe_in_a_row = count_field(1, 100, nullable=True)
    break_after_minutes = count_field(5, 480, nullable=True)
    break_minutes = count_field(1, 60)


class SectionSchema(Strict):
    """What holds in a section in place of the site's own; what is left out, or null, does not change there."""

    thresholds = thresholds_field()
    mode = fields.String(validate=_said(Mode), allow_none=True)
    first_time = fields.Nested(FirstTimeSchema, allow_none=True)
    links = fields.Nested(LinksSchema, allow_none=True)

    @post_dump
    def without_nothing(self, section: dict[str, Any], **_: Any) -> dict[str, Any]:
        """What does not change there is left out."""
        return {name: value for name, value in section.items() if value}


class MapField(fields.List[Any]):
    """A map from Perspective's scores to ours: pairs `[theirs, ours]`, kept as a `MonotoneMap`."""

    def __init__(self, **kwargs: Any) -> None:
        pair = fields.List(Probability(), validate=validate.Length(equal=2, error="A pair is a score there and here."))
        self._length = validate.Length(2, PAIRS_AT_MOST, error="A map has {min} to {max} pairs.")
        super().__init__(pair, validate=self._length, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._length(value)  # before each pair is looked at
        found = cast("list[list[float]]", super()._deserialize(value, attr, data, **kwargs))
        pairs = [[abs(score) for score in pair] for pair in found]  # -0.0 is 0
        if problems := _out_of_order(pairs):
            raise ValidationError(problems)
        return pairs

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any] | None:
        return super()._serialize(value.pairs if isinstance(value, MonotoneMap) else value, attr, obj, **kwargs)


def _out_of_order(pairs: Sequence[Sequence[float]]) -> dict[int, dict[int, list[str]]]:
    """What is wrong with a map's pairs, by the pair's place and by whose score it is, 0 theirs and 1 ours."""
    problems: dict[int, dict[int, list[str]]] = {}
    for place, (before, after) in enumerate(pairwise(pairs), 1):
        if after[0] <= before[0]:
            problems.setdefault(place, {})[0] = ["Scores there rise from pair to pair."]
        if after[1] < before[1]:
            problems.setdefault(place, {})[1] = ["Scores here never fall from pair to pair."]
    if pairs[0][0] != 0:
        problems.setdefault(0, {})[0] = ["The first pair's score there is 0."]
    if pairs[-1][0] != 1:
        problems.setdefault(len(pairs) - 1, {})[0] = ["The last pair's score there is 1."]
    return problems


class PolicySchema(Strict):
    """The newsroom's policy. `version` is the one that is edited; a stale one is refused with 409."""

    version = Whole(required=True, validate=validate.Range(1))
    thresholds = thresholds_field(required=True)
    mode = fields.String(validate=_said(Mode), required=True)
    first_time = fields.Nested(FirstTimeSchema, required=True)
    words = fields.Nested(WordsSchema, required=True)
    patterns = fields.List(fields.Nested(PatternSchema), required=True, validate=validate.Length(max=PATTERNS_AT_MOST))
    links = fields.Nested(LinksSchema, required=True)
    self_harm = fields.String(validate=_said(OnUnknownLanguage), required=True)
    repeats = fields.Nested(RepeatsSchema, required=True)
    near_copies = fields.Nested(NearCopiesSchema, required=True)
    author_rate = fields.Nested(RateSchema, required=True)
    address_rate = fields.Nested(RateSchema, required=True)
    site_rate = fields.Nested(RateSchema, required=True)
    unknown_language = fields.String(validate=_said(OnUnknownLanguage), required=True)
    languages = fields.Nested(LanguagesSchema, required=True)
    reports = fields.Nested(ReportsSchema, required=True)
    sections = fields.Dict(
        keys=Text(least=1, most=100),
        values=fields.Nested(SectionSchema),
        required=True,
        validate=validate.Length(max=500),
    )
    audit_share = Probability(required=True)
    review_share = Probability(required=True)
    retention = fields.Nested(RetentionSchema, required=True)
    wellbeing = fields.Nested(WellbeingSchema, required=True)
    perspective = fields.Dict(
        keys=fields.String(validate=validate.OneOf(ATTRIBUTE_OF)),
        values=MapField(),
        required=True,
    )


class RollbackSchema(Strict):
    """Which version's values come back, and the version in force, which they replace."""

    version = Whole(required=True, validate=validate.Range(1))
    to = Whole(required=True, validate=validate.Range(1))


class PolicyVersionSchema(Strict):
    """A kept version; the default, version 1, has neither time nor author."""

    version = fields.Integer(required=True)
    at = Instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    policy = fields.Nested(PolicySchema, required=True)


class PolicyVersionsSchema(Strict):
    """All versions, newest first."""

    items = fields.List(fields.Nested(PolicyVersionSchema), required=True)
