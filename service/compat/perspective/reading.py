"""From a request to what is asked, or to the refusal that the API has for it."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import marshmallow as ma
import orjson

from service.api.context import admit, bearer
from service.api.exchange import Request
from service.api.problems import Problem
from service.compat.perspective.discovery import PARAMETERS
from service.compat.perspective.errors import GoogleError, bad_key, bad_token, malformed, refused, without_key
from service.compat.perspective.fields import NAMED, Message, complaints
from service.compat.perspective.messages import SCORE_TYPES, TEXT_TYPES, Analysis, Asked, Feedback, Given
from service.moderation.perspective import ATTRIBUTE_OF
from service.schemas.fields import ID_PATTERN
from service.store.suggestions import Suggestion

A = TypeVar("A", bound=Asked)

LONGEST: Final = 20_480
"""Bytes of a comment's text in UTF-8: the API's 20 KB."""

MOST_VALUES: Final = 5_000
"""JSON values in a request: each costs time. A suggestion for a hundred spans of seven attributes has some 3,500."""

PROBABILITIES: Final = SCORE_TYPES[:2]
PLAIN: Final = TEXT_TYPES[:2]
UNAUTHENTICATED: Final = 401

_REFERENCE: Final = re.compile(rf"comment:(?!~)({ID_PATTERN})")
"""How Coral names a comment in `clientToken`."""


def let_in(asked: Request) -> None:
    """Makes the holder of the key that a request sends the caller: in `key`, `X-Goog-Api-Key` or as a bearer's token.

    :raises GoogleError: there is none, or it is not in force.
    :raises Problem: it does not reach, or its site is closed.
    """
    text = asked.args.get("key", "") or asked.headers.get("X-Goog-Api-Key", "")
    token = "" if text else bearer(asked)
    if not (text or token):
        raise without_key()
    try:
        admit(asked, text or token, "submit", takes_in=True)
    except Problem as problem:
        if problem.status == UNAUTHENTICATED:
            raise (bad_token() if token else bad_key()) from problem
        raise


def analysis_of(asked: Request, schema: Message) -> Analysis:
    """What a request for scores asks.

    :raises GoogleError: it is none.
    """
    analysis: Analysis = _checked(_loaded(asked, schema))
    if not analysis.wanted:
        raise refused("NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes")
    for name, wanted in analysis.wanted.items():
        if name not in ATTRIBUTE_OF and not analysis.drop:
            raise refused("INVALID_REQUEST", f"Unknown requested attribute: {name[:NAMED]}")
        if wanted.kind not in PROBABILITIES:
            said = f"Requested score type {wanted.kind} is not supported by attribute {name}"
            raise refused("INVALID_REQUEST", said)
    return analysis


def feedback_of(asked: Request, schema: Message) -> Feedback:
    """What a suggestion says; each score that it has is one in [0, 1].

    :raises GoogleError: it is none.
    """
    feedback: Feedback = _checked(_loaded(asked, schema))
    if "\0" in feedback.comment.text:
        raise refused("INVALID_REQUEST", "Comment text must not have NUL.")
    if not feedback.scores:
        raise refused("INVALID_REQUEST", "Missing attribute_scores")
    for name, scores in feedback.scores.items():
        if scores.summary is None and not scores.spans:
            raise refused("INVALID_REQUEST", f"Missing scores for attribute {name}")
        if any(span.begin is None or span.end is None for span in scores.spans):
            raise refused("INVALID_REQUEST", f"Span scores of attribute {name} need begin and end")
        said = [span.score for span in scores.spans] + ([scores.summary] if scores.summary else [])
        if not all(map(_is_probability, said)):
            raise refused("INVALID_REQUEST", f"Scores of attribute {name} are probabilities from 0 to 1")
    return feedback


def suggestion_of(feedback: Feedback, language: str | None) -> Suggestion | None:
    """The labelled example that a suggestion is; None where it says nothing of what we have a word for.

    Where two of its attributes are one of ours, the higher score counts. Scores of parts are no labels here.
    """
    labels: dict[str, float] = {}
    for name, scores in feedback.scores.items():
        ours, said = ATTRIBUTE_OF.get(name), scores.summary
        if ours and said and said.value is not None:
            labels[ours] = max(said.value, labels.get(ours, 0.0))
    if not labels:
        return None
    named = _REFERENCE.fullmatch(feedback.token)
    reference = named[1] if named else None
    return Suggestion("perspective", feedback.comment.text, labels, reference, language)


def _is_probability(said: Given | None) -> bool:
    return bool(said and said.value is not None and 0 <= said.value <= 1 and said.kind in PROBABILITIES)


def _checked(asked: A) -> A:
    """A request whose comment the API takes."""
    text = asked.comment.text
    if not text.strip():
        raise refused("COMMENT_EMPTY", "Comment must be non-empty.")
    if len(text) > LONGEST or len(text.encode()) > LONGEST:
        raise refused("COMMENT_TOO_LONG", "Comment text too long.")
    if asked.comment.kind not in PLAIN:
        known = asked.comment.kind in TEXT_TYPES
        said = "Currently, only 'PLAIN_TEXT' comments are supported" if known else "Unknown text type"
        raise refused("INVALID_REQUEST", said)
    if asked.two_contexts:
        said = "Context can have either entries or article_and_parent_comment, but both fields were populated."
        raise refused("INVALID_REQUEST", said)
    return asked


def _loaded(asked: Request, schema: Message) -> Any:
    _check_query(asked.args)
    try:
        return schema.load(_json(asked))
    except ma.ValidationError as error:
        raise malformed(complaints(error.messages)) from error


def _check_query(query: Mapping[str, str]) -> None:
    """Refuses what Google's front end does: names that are no parameters, and formats that are not there."""
    for name in query:
        if name not in PARAMETERS:
            told = name[:NAMED]
            said = (
                f'Invalid JSON payload received. Unknown name "{told}": Cannot bind query parameter. '
                f"Field '{told}' could not be found in request message."
            )
            raise malformed([("", said)])
    if query.get("alt", "json") != "json":
        raise GoogleError(400, "Invalid value for parameter 'alt': json is the one that there is.")


def _json(asked: Request) -> Any:
    """The body; none stands for an empty message, and no type for JSON."""
    if asked.mimetype and asked.mimetype != "application/json" and not asked.mimetype.endswith("+json"):
        raise GoogleError(400, "Invalid JSON payload received. Send it as application/json.")
    body = asked.get_data()
    try:
        sent = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError as error:
        said = f"Invalid JSON payload received. {error.msg} at line {error.lineno}, column {error.colno}."
        raise GoogleError(400, said) from error
    if _many(sent):
        raise GoogleError(400, f"Invalid JSON payload received. It has more than {MOST_VALUES} values.")
    return sent


def _many(sent: Any) -> bool:
    left, found = [sent], 0
    while left and found <= MOST_VALUES:
        one = left.pop()
        found += 1
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return found > MOST_VALUES
