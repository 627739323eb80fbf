"""The pieces of a plot, as SVG elements: what `plots.py` puts together.

Places along a plot are in per cent of its width, those down it in pixels. Colours are classes of `plots.css`, and no
element has a `style`. Every text goes through `Markup.format`, which escapes it.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

from service.console.plots.scales import Moment, Scale

HEIGHT: Final = 200
"""Pixels of the area in which figures over time lie."""

SERIES: Final = 4
"""Series that can be told apart without colour."""

DASHES: Final = ("", "7 4", "2 3", "9 3 2 3")
"""The dashes of each series' line, in pixels."""

ROW: Final = 44
"""Pixels of a row of bars across: a line of text, and its bar."""

_WIDE: Final = 1000  # units of a line's own coordinates, which are stretched to the plot's width
_GAP: Final = 0.15  # of a bucket's width is left free between bars
_BAR: Final = 10  # pixels
_MARKED: Final = 31  # figures of a line that have a marker each; with more only those that stand alone have one
_MARKS: Final = ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z", "M-4-4H4V4H-4Z", "M0-5L5 4H-5Z", "M0-6L6 0L0 6L-6 0Z")
_HATCHES: Final = ("", "M-1 1l2-2M0 6l6-6M5 7l2-2", "M0 0H6M0 3H6", "M0 0L6 6M0 6L6 0")  # on squares of 6 pixels
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_LABEL_LENGTH: Final = 30
_ENDS: Final = 5  # of a histogram's bins are labelled, or a few more

Figure = float | None


def svg(  # noqa: PLR0913
    name: str, title: str, told: str, parts: Iterable[Markup], *, height: int = HEIGHT, kind: str = "plot"
) -> Markup:
    """A whole plot, an image with a title and a description for those who do not see it."""
    return Markup(
        '<svg class="{kind}" xmlns="http://www.w3.org/2000/svg" role="img" width="100%" height="{height}" '
        'aria-labelledby="{name}-plot-title" aria-describedby="{name}-plot-told">'
        '<title id="{name}-plot-title">{title}</title><desc id="{name}-plot-told">{told}</desc>{parts}</svg>'
    ).format(
        kind=kind, name=name, height=height, title=legible(title), told=legible(told), parts=Markup("").join(parts)
    )


def legible(text: str) -> str:
    """The replacement character for what no XML may hold: controls, lone surrogates, two that are no characters."""
    return _NO_XML.sub("\ufffd", text)


def patterns(name: str, n: int) -> Markup:
    """What fills the bars of each series: the first is solid, the others are hatched."""
    drawn = Markup("").join(
        Markup(
            '<pattern id="{}-fill-{}" width="6" height="6" patternUnits="userSpaceOnUse">'
            '<rect class="tint-{}" width="6" height="6"/><path class="hatch-{}" d="{}"/></pattern>'
        ).format(name, place + 1, place + 1, place + 1, _HATCHES[place])
        for place in range(1, n)
    )
    return Markup("<defs>{}</defs>").format(drawn) if drawn else Markup("")


def column(name: str, figures: Sequence[Figure], scale: Scale, left: float, slot: float) -> Markup:
    """The bars of one bucket, one on the other, the first at the bottom; `left` and `slot` in per cent."""
    drawn = []
    below = 0.0
    for place, figure in enumerate(figures):
        if figure:
            drawn.append(
                Markup('<rect class="bar-{}"{} x="{}" width="{}" y="{}" height="{}"/>').format(
                    place + 1,
                    _fill(name, place),
                    percent(left + slot * _GAP / 2),
                    percent(slot * (1 - _GAP)),
                    number(_down(scale, below + figure)),
                    number(HEIGHT * scale.share(figure)),
                )
            )
            below += figure
    return Markup("").join(drawn)


def bucket(column: Markup, told: str, left: float, slot: float, *, partial: bool = False) -> Markup:
    """A bucket's bars, what is told of them where the pointer is, and whether they are not counted whole."""
    kind = "bucket partial" if partial else "bucket"
    hit = Markup('<rect class="hit" x="{}" width="{}" y="0" height="{}"><title>{}</title></rect>').format(
        percent(left), percent(slot), HEIGHT, legible(told)
    )
    return Markup('<g class="{}">{}{}</g>').format(kind, column, hit)


def line(place: int, figures: Sequence[Figure], scale: Scale) -> Markup:
    """A line through the middles of buckets with its markers; it stops where there is no figure."""
    middles = [(n + 0.5) / len(figures) for n in range(len(figures))]
    runs = [[n for n, _ in run] for there, run in groupby(enumerate(figures), lambda one: one[1] is not None) if there]

    def down(n: int) -> str:
        return number(_down(scale, figures[n] or 0))

    path = "".join(
        ("M" if n == run[0] else "L") + f"{number(middles[n] * _WIDE)} {down(n)}" for run in runs for n in run
    )
    marked = [n for run in runs if len(figures) <= _MARKED or len(run) == 1 for n in run]
    marks = Markup("").join(_mark(place, percent(100 * middles[n]), down(n)) for n in marked)
    return Markup(
        '<svg viewBox="0 0 {} {height}" width="100%" height="{height}" preserveAspectRatio="none" overflow="visible">'
        '<path class="line-{}" fill="none" vector-effect="non-scaling-stroke"{} d="{}"/></svg>{}'
    ).format(_WIDE, place + 1, dashes(place), path, marks, height=HEIGHT)


def level(place: int, figure: float, scale: Scale, left: float, slot: float) -> Markup:
    """A short line across one bin at a figure, with the series' marker."""
    y = number(_down(scale, figure))
    return Markup('<line class="line-{}"{} x1="{}" x2="{}" y1="{y}" y2="{y}"/>{}').format(
        place + 1, dashes(place), percent(left), percent(left + slot), _mark(place, percent(left + slot / 2), y), y=y
    )


def bar(top: int, label: str, said: str, figures: tuple[Figure, Figure, Figure], scale: Scale) -> Markup:
    """A row: its label, what is said of it, a bar up to the figure, and whiskers at the ends of its interval."""
    value, low, high = figures
    words = text("0", top + 16, label, "start") + text("100%", top + 16, said, "end", "said")
    if value is None:
        return words
    y = top + 24
    drawn = Markup('<rect class="bar-1" x="0" width="{}" y="{}" height="{}"/>').format(
        percent(100 * scale.share(value)), y, _BAR
    )
    if low is not None and high is not None:
        ends = [percent(100 * scale.share(end)) for end in (low, high)]
        middle = y + _BAR // 2
        lines = [(*ends, middle, middle), *((end, end, y, y + _BAR) for end in ends)]
        for kind in ("halo", "whisker"):
            for one in lines:
                drawn += Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(kind, *one)
    return words + drawn


def rules(scale: Scale) -> Markup:
    """Lines across at a scale's ticks, with what is written beside them."""
    return Markup("").join(
        Markup('<line class="{}" x1="0" x2="100%" y1="{y}" y2="{y}"/>{}').format(
            "grid" if at else "axis",
            text("-8", _down(scale, at) + 4, label, "end"),
            y=number(_down(scale, at)),
        )
        for at, label in scale.ticks
    )


def posts(scale: Scale, height: int, limit: float | None) -> Markup:
    """Lines down at a scale's ticks, with what is written under them; a limit has one of its own."""
    drawn = Markup("")
    for n, (at, label) in enumerate(scale.ticks):
        x = percent(100 * scale.share(at))
        anchor = "start" if n == 0 else "end" if n == len(scale.ticks) - 1 else "middle"
        drawn += _post("grid" if n else "axis", x, height) + text(x, height + 16, label, anchor, "tick")
    if limit is not None and limit <= scale.top:
        drawn += _post("limit", percent(100 * scale.share(limit)), height)
    return drawn


def under(marks: Iterable[Moment], n: int) -> Markup:
    """What is written under buckets of time, of which there are `n`."""
    return Markup("").join(
        text(percent(100 * (one.place + 0.5) / n), HEIGHT + 18, one.label, "middle", "" if one.narrow else "roomy")
        for one in marks
    )


def ends(labels: Sequence[str]) -> Markup:
    """What is written at the ends of a histogram's bins, one more than there are bins; not at all where many are."""
    bins = len(labels) - 1
    every = max(bins // _ENDS, 1)
    return Markup("").join(
        text(percent(100 * place / bins), HEIGHT + 18, label, "middle")
        for place, label in enumerate(labels)
        if place % every == 0
    )


def text(x: str, y: float, words: str, anchor: str, kind: str = "") -> Markup:
    """A line of text, cut where it would be too long for any place."""
    shown = words if len(words) <= _LABEL_LENGTH else words[: _LABEL_LENGTH - 1] + "…"
    return Markup('<text{} x="{}" y="{}" text-anchor="{}">{}</text>').format(
        Markup(' class="{}"').format(kind) if kind else "", x, number(y), anchor, legible(shown)
    )


def fill_swatch(name: str, place: int) -> Markup:
    """A piece of a series' bars, to stand beside its name."""
    return Markup(
        '<svg class="swatch" width="20" height="12" aria-hidden="true"><rect class="bar-{}"{} width="20" height="12"/>'
        "</svg>"
    ).format(place + 1, _fill(name, place))


def line_swatch(place: int) -> Markup:
    """A piece of a series' line with its marker."""
    return Markup(
        '<svg class="swatch" width="32" height="12" aria-hidden="true">'
        '<path class="line-{}"{} fill="none" d="M0 6H32"/>{}</svg>'
    ).format(place + 1, dashes(place), _mark(place, "16", "6"))


def dashes(place: int) -> Markup:
    """The attribute that dashes a series' line; the first one's is whole."""
    return Markup(' stroke-dasharray="{}"').format(DASHES[place]) if DASHES[place] else Markup("")


def percent(value: float) -> str:
    """A place along a plot."""
    return number(value) + "%"


def number(value: float) -> str:
    """Two places are a hundredth of a pixel."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _down(scale: Scale, figure: float) -> float:
    """Pixels from the top."""
    return HEIGHT * (1 - scale.share(figure))


def _fill(name: str, place: int) -> Markup:
    return Markup(' fill="url(#{}-fill-{})"').format(name, place + 1) if place else Markup("")


def _mark(place: int, x: str, y: str) -> Markup:
    return Markup('<svg x="{}" y="{}" overflow="visible"><path class="mark-{}" d="{}"/></svg>').format(
        x, y, place + 1, _MARKS[place]
    )


def _post(kind: str, x: str, height: int) -> Markup:
    return Markup('<line class="{}" x1="{x}" x2="{x}" y1="0" y2="{}"/>').format(kind, height, x=x)
