"""OpenAI's moderations: what its clients send, and what is answered."""

from collections.abc import Callable
from typing import Any, Final

import marshmallow as ma
from marshmallow import ValidationError, fields, validate

from service.moderation.openai import CATEGORIES
from service.schemas.comments import SCORED_LENGTH, SCORED_TEXTS
from service.schemas.fields import Text

MISSING: Final = "it is required."
NO_INPUT: Final = "expected a string, an array of strings, or an array of text parts."
NO_STRING: Final = "expected a string."
NO_PART: Final = "expected a text part."
EMPTY: Final = f"empty array. Expected an array with 1 to {SCORED_TEXTS} items."
TOO_MANY: Final = f"array too long. Expected an array with 1 to {SCORED_TEXTS} items."
TOO_LONG: Final = f"string too long. Expected a string with at most {SCORED_LENGTH} characters."
IMAGE: Final = "images are not moderated here. The only supported value is 'text'."
NO_TYPE: Final = "the only supported value is 'text'."
"""What may be wrong with a request. Each has a code of its own, or none."""

TEXT: Final = Text(most=SCORED_LENGTH, error_messages={"null": NO_STRING, "invalid": NO_STRING})
TEXT.validators = [validate.Length(max=SCORED_LENGTH, error=TOO_LONG)]


class Input(fields.Field[list[str]]):
    """A string, an array of strings, or an array of parts, which make one text; it loads as the texts to look at."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        if isinstance(value, str):
            return [_text(value)]
        if not isinstance(value, list):
            raise ValidationError(NO_INPUT)
        if not 0 < len(value) <= SCORED_TEXTS:
            raise ValidationError(TOO_MANY if value else EMPTY)
        if isinstance(value[0], dict):
            return [_text("\n".join(_each(_part, value)))]
        return _each(_text, value)


class ModerationRequestSchema(ma.Schema):
    """What to look at. `model` may be anything: the site's own model looks. Other fields are ignored, as by OpenAI."""

    class Meta:
        """OpenAI's own service ignores what it does not know."""

        unknown = ma.EXCLUDE

    input = Input(
        required=True,
        error_messages={"required": MISSING, "null": NO_INPUT},
        metadata={
            "oneOf": [
                {"type": "string", "maxLength": SCORED_LENGTH},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": SCORED_TEXTS},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
                        "required": ["type", "text"],
                    },
                    "minItems": 1,
                    "maxItems": SCORED_TEXTS,
                },
            ],
            "description": "A text; texts, each of which gets a result; or parts of one text, images excepted.",
        },
    )
    model = fields.String(allow_none=True, error_messages={"invalid": NO_STRING})


class FlaggedSchema(ma.Schema):
    """What was found in a text: each of OpenAI's categories is there, also those that nothing here can tell."""

    flagged = fields.Boolean(required=True)
    categories = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CATEGORIES)), values=fields.Boolean(), required=True
    )
    category_scores = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CATEGORIES)), values=fields.Float(), required=True
    )
    category_applied_input_types = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CATEGORIES)), values=fields.List(fields.String()), required=True
    )


class ModerationSchema(ma.Schema):
    """The answer: `model` is the version of ours that looked, and `results` are in the order of the texts."""

    id = fields.String(required=True)
    model = fields.String(required=True)
    results = fields.List(fields.Nested(FlaggedSchema), required=True)


class OpenAiFaultSchema(ma.Schema):
    """What went wrong, as OpenAI says it; `param` names the field."""

    message = fields.String(required=True)
    type = fields.String(required=True)
    param = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)


class OpenAiErrorSchema(ma.Schema):
    """Any answer but 200."""

    error = fields.Nested(OpenAiFaultSchema, required=True)


def _each(read: Callable[[Any], str], items: list[Any]) -> list[str]:
    """All items of an array; what is wrong with one is said with its place."""
    texts = []
    for place, one in enumerate(items):
        try:
            texts.append(read(one))
        except ValidationError as error:
            raise ValidationError({str(place): error.messages}) from error
    return texts


def _text(value: Any) -> str:
    text: str = TEXT.deserialize(value)
    return text


def _part(value: Any) -> str:
    if not isinstance(value, dict):
        raise ValidationError(NO_PART)
    kind = value.get("type")
    if kind != "text":
        raise ValidationError({"type": [IMAGE if kind == "image_url" else NO_TYPE]})
    try:
        return _text(value.get("text"))
    except ValidationError as error:
        raise ValidationError({"text": error.messages}) from error
