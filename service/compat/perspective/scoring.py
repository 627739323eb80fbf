"""The answer to a request for scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.classifier import Classifier
from model.language import UNKNOWN, detect, hinted
from service.compat.perspective.errors import refused
from service.compat.perspective.messages import Analysis, Wanted
from service.compat.perspective.spans import sentences, utf16
from service.moderation.perspective import ATTRIBUTE_OF, perspective_score
from service.moderation.policy import Policy
from service.turns import slices


@dataclass(frozen=True, slots=True)
class Languages:
    """A comment's languages: those that were asked for, as they came, and the detected one, if any."""

    asked: tuple[str, ...]
    detected: tuple[str, ...]

    @property
    def effective(self) -> tuple[str, ...]:
        """Those by which it is scored."""
        return self.asked or self.detected

    @property
    def codes(self) -> list[str]:
        """The same, as the model names languages."""
        return [hinted(one) or UNKNOWN for one in self.effective]

    @property
    def chosen(self) -> str:
        """The one by which it is scored: of several, the one that it seems to be in."""
        found = [one for one in self.detected if one in self.codes]
        return (found or self.codes)[0]


def languages_of(text: str, asked: tuple[str, ...]) -> Languages:
    """A comment's languages."""
    found = detect(text)
    return Languages(asked, () if found == UNKNOWN else (found,))


def analyzed(analysis: Analysis, classifier: Classifier, policy: Policy) -> dict[str, Any]:
    """Scores a comment by a model; a policy says how our scores look on Perspective's scale.

    :raises GoogleError: its language cannot be told, or has not all that is asked for.
    """
    languages = languages_of(analysis.comment.text, analysis.languages)
    if not languages.effective:
        raise refused("LANGUAGE_DETECTION_FAILED", "Unable to detect language")
    known = [set(classifier.knows(code)) for code in languages.codes]
    wanted = {name: how for name, how in analysis.wanted.items() if _has(name, known, languages, drop=analysis.drop)}
    answer: dict[str, Any] = {"languages": languages.effective, "detectedLanguages": languages.detected}
    if analysis.token:
        answer["clientToken"] = analysis.token
    if wanted and (scores := _scores(analysis, wanted, languages.chosen, classifier, policy)):
        answer["attributeScores"] = scores
    return answer


def _has(name: str, known: Sequence[set[str]], languages: Languages, *, drop: bool) -> bool:
    """Whether an attribute has scores in all of a comment's languages."""
    ours = ATTRIBUTE_OF.get(name)
    if ours is not None and all(ours in one for one in known):
        return True
    if drop:
        return False
    told: dict[str, Any] = {"detectedLanguages": languages.detected} if languages.detected else {}
    if languages.asked:
        told["requestedLanguages"] = languages.asked
    message = f"Attribute {name} does not support request languages: {', '.join(languages.effective)}"
    detail = {"languageNotSupportedByAttributeError": told | {"attribute": name}}
    raise refused("LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE", message, **detail)


def _scores(
    analysis: Analysis, wanted: Mapping[str, Wanted], language: str, classifier: Classifier, policy: Policy
) -> dict[str, Any]:
    """The scores of each attribute that reaches its threshold; each sentence is scored as if it stood alone.

    They are not rounded, so that none comes to stand on the other side of a threshold.
    """
    text = analysis.comment.text
    parts = sentences(text) if analysis.spans else []
    parts = parts if len(parts) > 1 else []
    texts = [text, *(text[begin:end] for begin, end in parts)]
    scored = [one.scores for some in slices(texts) for one in classifier.score(some, [language] * len(some))]
    place = utf16(text)
    places = [(place(begin), place(end)) for begin, end in parts or [(0, len(text))]]
    found = {}
    for name, how in wanted.items():
        whole, *rest = (
            perspective_score(name, one[ATTRIBUTE_OF[name]], policy, classifier.thresholds) for one in scored
        )
        if how.threshold is None or whole >= how.threshold:
            spans = [
                {"begin": begin, "end": end, "score": _score(value)}
                for (begin, end), value in zip(places, rest or [whole], strict=True)
            ]
            found[name] = {"spanScores": spans, "summaryScore": _score(whole)}
    return found


def _score(value: float) -> dict[str, Any]:
    return {"value": value, "type": "PROBABILITY"}
