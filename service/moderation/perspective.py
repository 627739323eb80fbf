"""Jigsaw's Perspective, as far as its users' logs go: its attributes and ours, and a line of such a log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from service.moderation.policy import Policy

EXPERIMENTAL: Final = "_EXPERIMENTAL"

_PRODUCTION: Final = {
    "TOXICITY": "toxicity",
    "SEVERE_TOXICITY": "severe_toxicity",
    "IDENTITY_ATTACK": "identity_attack",
    "INSULT": "insult",
    "PROFANITY": "obscene",
    "THREAT": "threat",
}

ATTRIBUTE_OF: Final[Mapping[str, str]] = {
    **_PRODUCTION,
    **{f"{name}{EXPERIMENTAL}": ours for name, ours in _PRODUCTION.items()},
    "OBSCENE": "obscene",
    "SPAM": "spam",
}
"""Our attribute for each of Perspective's that has one; the others have no model here."""

USUAL_THRESHOLD: Final = 0.8
"""The threshold from which most of its users held comments: the one with which Coral ships."""

_ODDS: Final = 3.0
"""How many times our odds Perspective's are, where a site has no map: measured, see docs/migrate/perspective.md."""


def perspective_score(name: str, score: float, policy: Policy) -> float:
    """Our score of an attribute on Perspective's scale, in [0, 1]; it never falls when ours rises.

    The site's map says it, where the policy has one for the name; `_EXPERIMENTAL` ones go by the plain name's if they
    have none. Otherwise theirs has three times the odds of ours. To be told as it is: a rounded score may come to
    stand on the other side of a threshold.

    :param name: one of `ATTRIBUTE_OF`.
    """
    means = policy.perspective.get(name) or policy.perspective.get(name.removesuffix(EXPERIMENTAL))
    return usual_score(score) if means is None else means.theirs_of(score)


def usual_score(score: float) -> float:
    """Our score on Perspective's scale where a site has no map; both in [0, 1].

    3p / (1 + 2p), written so that every step keeps order when it is rounded.
    """
    return (1 - 1 / (1 + (_ODDS - 1) * score)) * (_ODDS / (_ODDS - 1))


class NotALog(ValueError):
    """A line that is no text with Perspective's scores; the argument says what is wrong, without quoting it."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A text, its language where the log tells (BCP 47), and scores in [0, 1] by Perspective's names, in upper case."""

    text: str
    language: str | None
    scores: Mapping[str, float]


def logged(row: Any) -> Logged:
    """Reads a line: `{"text", "scores": {"TOXICITY": 0.8}}`, or the API's response beside the text or the request.

    :raises NotALog: there is no text, no score, or a score that is none.
    """
    if not isinstance(row, Mapping):
        raise NotALog("not an object")
    text = _text(row)
    if text is None:
        raise NotALog("no text")
    said = _scores(row)
    if said is None:
        raise NotALog("no scores")
    scores = {str(name).upper(): value for name, one in said.items() if (value := _score(one)) is not None}
    if not scores:
        raise NotALog("no scores")
    return Logged(text, _language(row), scores)


def _text(row: Mapping[str, Any]) -> str | None:
    request = row.get("request")
    for place in (row, request) if isinstance(request, Mapping) else (row,):
        for name in ("text", "comment", "body"):
            said = place.get(name)
            said = said.get("text") if isinstance(said, Mapping) else said
            if isinstance(said, str) and said.strip():
                return said
    return None


def _scores(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The attributes' scores, of whatever shape: beside the text, or where the API's response has them."""
    for place in (row, row.get("response"), row.get("perspective")):
        if isinstance(place, Mapping):
            for name in ("scores", "attributeScores"):
                said = place.get(name)
                if isinstance(said, Mapping) and said:
                    return said
    named = {name: value for name, value in row.items() if name.upper() in ATTRIBUTE_OF}
    return named or None


def _score(said: Any) -> float | None:
    """A number, or the API's `summaryScore`, which leaves out a value of 0; null is no score."""
    if isinstance(said, Mapping):
        inner = said.get("summaryScore", said)
        said = inner.get("value", 0.0) if isinstance(inner, Mapping) else inner
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise NotALog("a score that is not a number")
    if not (isfinite(said) and 0 <= said <= 1):
        raise NotALog("a score that is not from 0 to 1")
    return float(said)


def _language(row: Mapping[str, Any]) -> str | None:
    said: Iterable[Any] = (
        row.get("language"),
        *_first(row, "languages"),
        *_first(row.get("request"), "languages"),
        *_first(row.get("response"), "languages"),
    )
    return next((one for one in said if isinstance(one, str)), None)


def _first(place: Any, name: str) -> list[Any]:
    said = place.get(name) if isinstance(place, Mapping) else None
    return said[:1] if isinstance(said, list) else []
