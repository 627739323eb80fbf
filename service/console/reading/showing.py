"""A reader's text for a moderator's eyes: all of it can be seen, and nothing of it can act.

Links are text, and so is markup. What cannot be seen is shown by its abbreviation, with its name for screen readers
(`signs` says what that is). Slurs are masked, and the styles show them where the page asks for it (`slurs-shown`). Of a
text with thousands of signs, line breaks and slurs, which nobody writes to be read, the rest is told by its length.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice, pairwise
from typing import Final

from markupsafe import Markup, escape

from model import ATTRIBUTES
from model.classifier import Span
from service.console.reading.signs import Kind, described, lines_in, pieces
from service.console.words import attribute_words
from service.moderation.slurs import slurs_in

SPANS_AT_MOST: Final = 200
"""Of more spans the weightiest count."""

NAMED_AT_MOST: Final = 40
"""Signs of one text whose names are told to screen readers; the rest by their abbreviations alone."""

BULLETS_AT_MOST: Final = 8

BLANK_LINES: Final = 4
"""Line breaks one after the other from which their number is told."""

PIECES_AT_MOST: Final = 2000
"""Signs, runs of marks, line breaks and slurs of one text that are shown, or masked."""

BEGINNING: Final = 400
"""Characters of a severe text that are shown blurred."""


OFTEN: Final = 16
"""Characters of a stretch of signs that is likely to come again."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a reader's text that is written in one way; the texts of all segments, joined, are the whole text.

    `shown` stands in its place: a slur's mask, a sign's abbreviation, how many marks or empty lines there are. `name`
    is what signs are in full. `attributes` are those for which the stretch is highlighted.
    """

    text: str
    kind: Kind = "text"
    attributes: tuple[str, ...] = ()
    slur: bool = False
    shown: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as it is written into a page; the legend gives each highlighted attribute its number, from 1."""

    paragraphs: tuple[Markup, ...]
    legend: Mapping[str, int]


_SIGN = Markup('<bdi class="sign" lang="en">{}</bdi>')
_NAMED_SIGN = _SIGN.format(Markup('<span aria-hidden="true">{}</span><span class="unseen"> {} </span>'))
_SLUR = (
    '<span class="slur"><span class="mask" aria-hidden="true">{}</span>'
    '<span class="unseen said" lang="en"> masked word </span><span class="word">{}</span></span>'
)
_HIGHLIGHT = Markup(
    '<mark class="span">{}<sup aria-hidden="true">{}</sup><span class="unseen" lang="en"> (marked: {}) </span></mark>'
)
_BREAK = Markup("<br>")
_SEEN = Markup('<bdi class="seen">{}</bdi>')


def segments(text: str, spans: Sequence[Span] = ()) -> tuple[Segment, ...]:
    """Cuts a text where its look changes; the work grows with the text's length and with nothing else.

    :param spans: what speaks for attributes; they may overlap, and what lies outside of the text is ignored.
    """
    parts = _Pieces(text)
    slurs = slurs_in(text[: parts.end])
    begins = sorted([*parts.starts[1::2], *(start for start, _ in slurs)])
    until = begins[PIECES_AT_MOST] if len(begins) > PIECES_AT_MOST else parts.end
    text, rest = text[:until], text[until:]
    masks = {parts.snapped(first): parts.snapped(last) for first, last in slurs if first < until}
    changes = _changes(text, spans, parts)
    edges = {until, *(edge for edge in (*parts.starts, *changes, *masks, *masks.values()) if edge < until)}
    masked = 0
    active: Counter[str] = Counter()
    attributes: tuple[str, ...] = ()
    cut: list[Segment] = []
    for start, end in pairwise(sorted(edges)):
        if start in changes:
            active.update(changes[start])
            attributes = tuple(sorted((one for one, count in active.items() if count), key=_place))
        kind, stretch = parts.kind(start), text[start:end]
        masked = masks.get(start, masked)
        if kind != "text":
            cut.append(_told(stretch, kind, attributes))
        elif start < masked:
            cut.append(Segment(stretch, kind, attributes, shown=_mask(stretch, first=start in masks), slur=True))
        else:
            cut.append(Segment(stretch, kind, attributes))
    if rest:
        cut.append(Segment(rest, "sign", shown=f"{len(rest):,} more characters"))
    return tuple(_less_named(cut))


def shown(text: str, spans: Sequence[Span] = ()) -> Shown:
    """A comment's text in paragraphs; a filter of the templates."""
    cut = segments(text, spans)
    marked = {attribute for segment in cut for attribute in segment.attributes}
    legend = {attribute: number for number, attribute in enumerate(sorted(marked, key=_place), 1)}
    return Shown(tuple(_written(one, legend) for one in _paragraphs(cut)), legend)


def seen(text: str | None) -> Markup:
    """A name, a title, an address: on one line, away from the direction of what stands around it; a filter."""
    return _SEEN.format(_written((one if one.kind != "break" else Segment(" ") for one in segments(text or "")), {}))


def inline(text: str) -> Markup:
    """A part of a comment's text within a paragraph, such as a difference; a filter."""
    return _written(segments(text), {})


def seen_plain(text: str | None) -> str:
    """The same without markup, for what takes none: a page's title, an option, a label; a filter."""
    return "".join(map(_plain, segments(text or "")))


def beginning(text: str) -> str:
    """How a severe text begins, to be shown blurred; a filter."""
    return seen_plain(text[:BEGINNING])


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "shown": shown,
    "seen": seen,
    "inline": inline,
    "beginning": beginning,
}
"""What templates call."""


class _Pieces:
    """Where each stretch of one kind begins in a text, whatever is highlighted or masked; `end` is how far it looks."""

    def __init__(self, text: str) -> None:
        self.starts = [0]
        self._kinds: list[Kind] = ["text"]
        found = pieces(text)
        for start, end, kind in islice(found, PIECES_AT_MOST):
            self.starts += (start, end)
            self._kinds += (kind, "text")
        self.end = len(text) if next(found, None) is None else self.starts[-1]

    def kind(self, place: int) -> Kind:
        """What stands at a place."""
        return self._kinds[bisect_right(self.starts, place) - 1]

    def snapped(self, place: int) -> int:
        """The place, or the end of what stands there, if that is shown as one."""
        at = bisect_right(self.starts, place) - 1
        return place if self._kinds[at] == "text" or place == self.starts[at] else self.starts[at + 1]


def _changes(text: str, spans: Sequence[Span], parts: _Pieces) -> dict[int, Counter[str]]:
    """Where highlights begin or end: for each attribute how many more there are from there on."""
    changes: dict[int, Counter[str]] = {}
    for span in sorted(spans, key=lambda one: -one.weight)[:SPANS_AT_MOST]:
        start, end = max(span.start, 0), min(span.end, len(text))
        if start < end:
            for place, step in ((start, 1), (end, -1)):
                changes.setdefault(parts.snapped(place), Counter())[span.attribute] += step
    return changes


def _place(attribute: str) -> tuple[int, str]:
    """The model's own order, then by name."""
    return (ATTRIBUTES.index(attribute) if attribute in ATTRIBUTES else len(ATTRIBUTES)), attribute


def _mask(slur: str, *, first: bool) -> str:
    """What stands for a slur, or for a further part of one: its first letter, then a bullet for each."""
    letter = slur[0] if first and len(slur) > 1 else ""
    return letter + "•" * min(len(slur) - len(letter), BULLETS_AT_MOST)


def _told(text: str, kind: Kind, attributes: tuple[str, ...]) -> Segment:
    """A stretch that is not shown as it is."""
    if kind == "marks":
        return Segment(text, kind, attributes, shown=f"+{len(text)} marks")
    if kind == "break":
        lines = lines_in(text)
        return Segment(text, kind, attributes, shown=f"{lines - 1} empty lines" if lines >= BLANK_LINES else "")
    short, name = _described(text) if len(text) <= OFTEN else described(text)
    return Segment(text, kind, attributes, shown=short, name=name)


def _less_named(cut: list[Segment]) -> list[Segment]:
    """Without the names of the signs that come after many others."""
    for place in [place for place, one in enumerate(cut) if one.name][NAMED_AT_MOST:]:
        one = cut[place]
        cut[place] = Segment(one.text, one.kind, one.attributes, one.slur, one.shown)
    return cut


def _paragraphs(cut: Sequence[Segment]) -> list[list[Segment]]:
    """A paragraph ends where a line is empty; the break before it, should many lines be empty, begins the next one."""
    paragraphs: list[list[Segment]] = [[]]
    for one in cut:
        if one.kind == "break" and lines_in(one.text) > 1:
            paragraphs.append([one] if one.shown else [])
        else:
            paragraphs[-1].append(one)
    return [one for one in paragraphs if one]


def _written(cut: Iterable[Segment], legend: Mapping[str, int]) -> Markup:
    """The segments as HTML; what follows each other under the same attributes is one highlight."""
    parts: list[Markup] = []
    for attributes, group in groupby(cut, key=lambda one: one.attributes):
        inner = Markup("".join(map(_element, group)))  # noqa: S704  # each of them is markup already
        if attributes:
            numbers = " ".join(str(legend[one]) for one in attributes)
            inner = _HIGHLIGHT.format(inner, numbers, ", ".join(map(attribute_words, attributes)))
        parts.append(inner)
    return Markup("".join(parts))  # noqa: S704


def _element(one: Segment) -> Markup:
    if one.slur:
        return Markup(_SLUR.format(escape(one.shown), escape(one.text)))  # noqa: S704  # takes a third of Markup.format
    if one.kind == "text":
        return escape(one.text)
    return _sign(one.shown, one.name) if one.shown else _BREAK


_described = lru_cache(maxsize=512)(described)


@lru_cache(maxsize=512)
def _sign(short: str, name: str) -> Markup:
    """The same few again and again."""
    return _NAMED_SIGN.format(short, name) if name else _SIGN.format(short)


def _plain(one: Segment) -> str:
    if one.kind == "break":
        return " "
    return f"[{one.shown}]" if one.kind in {"sign", "marks"} else one.shown or one.text
