"""What an author is told before a comment is posted: that it may be held, and for which of its words.

The thresholds are those that the model comes with. A new site's policy has the same; an admin may have set others,
which a site's `submit` key cannot read. So the nudge says "may", and costs nothing but a look.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.demo.client import Scored, Span, Thresholds

TELLING = 0.25  # of the heaviest span's weight; lighter ones say little about the comment
WORDS = 4  # named for an attribute
WORD_LENGTH = 40  # characters shown of a word
AROUND = 60  # characters shown on either side of what is marked


@dataclass(frozen=True)
class Piece:
    """A stretch of the text as it is shown again."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Finding:
    """Attributes that reached their thresholds, the surest first, for the same words."""

    attributes: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Nudge:
    """What may hold a comment, the surest first, and its text with the words marked; `about` is for `digest`."""

    findings: tuple[Finding, ...]
    pieces: tuple[Piece, ...]
    about: str


def nudge(body: str, scored: Scored, thresholds: Thresholds) -> Nudge | None:
    """Return what its author may want to know of a text, or None when no score reaches a threshold."""
    reached = [
        attribute
        for attribute, score in scored.scores.items()
        if attribute in thresholds.hold and score >= thresholds.hold[attribute]
    ]
    if not reached:
        return None
    found: dict[tuple[str, ...], list[str]] = {}
    marked: list[Span] = []
    for attribute in sorted(reached, key=lambda one: -scored.scores[one]):
        telling = _telling(body, [span for span in scored.spans if span.attribute == attribute])
        marked += telling
        found.setdefault(_words(body, telling), []).append(attribute)
    findings = tuple(Finding(tuple(attributes), words) for words, attributes in found.items())
    return Nudge(findings, tuple(_pieces(body, _joined(marked))), digest(body))


def digest(body: str) -> str:
    """Name a text without repeating it: the author was asked about this one."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _telling(body: str, spans: Sequence[Span]) -> list[Span]:
    """The spans of the few words that told most, wherever they stand."""
    heaviest = max((span.weight for span in spans), default=0.0)
    telling = [span for span in spans if span.weight > 0 and span.weight >= TELLING * heaviest and _word(body, span)]
    by_weight = sorted(telling, key=lambda span: -span.weight)
    words = list(dict.fromkeys(_word(body, span).casefold() for span in by_weight))[:WORDS]
    return [span for span in telling if _word(body, span).casefold() in words]


def _words(body: str, spans: Sequence[Span]) -> tuple[str, ...]:
    """Their words in the order of the text, each once, whatever its case."""
    words = (_word(body, span) for span in sorted(spans, key=lambda span: span.start))
    return tuple(_shortened(word) for word in {word.casefold(): word for word in words}.values())


def _word(body: str, span: Span) -> str:
    return body[span.start : span.end].strip()


def _shortened(text: str) -> str:
    return text if len(text) <= WORD_LENGTH else f"{text[: WORD_LENGTH - 1]}…"


def _joined(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """Where the spans are, those that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((span.start, span.end) for span in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pieces(body: str, places: Sequence[tuple[int, int]]) -> Iterable[Piece]:
    """The marked places with some text around them; what lies further away is left out."""
    position = 0
    for start, end in places:
        yield from _between(body[position:start], first=position == 0, last=False)
        yield Piece(_shortened(body[start:end]), marked=True)
        position = end
    yield from _between(body[position:], first=position == 0, last=True)


def _between(text: str, *, first: bool, last: bool) -> Iterable[Piece]:
    if not text:
        return
    if len(text) > 2 * AROUND:
        head = "" if first and not last else _to_a_space(text[:AROUND])
        tail = "" if last else _from_a_space(text[-AROUND:])
        text = f"{head} … {tail}"
    yield Piece(text, marked=False)


def _to_a_space(text: str) -> str:
    return text.rpartition(" ")[0] or text


def _from_a_space(text: str) -> str:
    return text.partition(" ")[2] or text
