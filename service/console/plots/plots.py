"""Plots as SVG inside a page, each with the same figures as a table.

matplotlib, which draws the report of a model, takes seconds to load and a good part of one for each plot, and writes a
`style` at every line, which our Content-Security-Policy forbids. pygal puts a `<style>` and a `<script>` into each
plot; leather writes fixed colours and sizes, has no stacked bars, no title, and no second way to tell lines apart.

A plot here is as wide as its place: its text keeps its size on a phone. Its own coordinates are those of the area in
which figures lie; what is written beside and under it overflows into a margin that `plots.css` keeps free.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from service.console.plots.drawing import (
    ROW,
    bar,
    bucket,
    column,
    ends,
    fill_swatch,
    legible,
    level,
    line,
    line_swatch,
    patterns,
    posts,
    rules,
    svg,
    under,
)
from service.console.plots.scales import Scale, bucket_words, count_words, moments

Words = Callable[[float | None], str]
"""Says a figure in words."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Stretches of time of one width, by their beginnings (ms); `partial` are the places of those not counted whole."""

    starts: Sequence[int]
    width: int
    partial: frozenset[int] = frozenset()

    def words(self) -> list[str]:
        """Each in words."""
        return [
            bucket_words(at, self.width) + (" (in part)" if place in self.partial else "")
            for place, at in enumerate(self.starts)
        ]


@dataclass(frozen=True, slots=True)
class Series:
    """Figures under one name; None where there is none, which is not 0."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A bar across: its figure, the interval that holds the true one, and what is said of it."""

    label: str
    value: float | None
    said: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """What `console/_plot.html` shows: a drawing, swatches beside the names of its series, and its figures as a table.

    `name` is an id, its own on the page. Where there is no figure, or all are 0, there is no drawing.
    """

    name: str
    title: str
    drawing: Markup | None
    legend: tuple[tuple[Markup, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def stacked(name: str, title: str, over: Buckets, series: Sequence[Series], scale_of: Callable[[float], Scale]) -> Plot:
    """Bars over time: in each bucket the whole numbers of the series, one on the other."""
    sums = [sum(one.values[place] or 0 for one in series) for place in range(len(over.starts))]
    slot = 100 / max(len(sums), 1)
    scale = scale_of(max(sums, default=0))
    drawn = [
        bucket(
            column(name, [one.values[place] for one in series], scale, place * slot, slot),
            f"{words}: " + ", ".join(f"{one.name} {count_words(one.values[place])}" for one in series),
            place * slot,
            slot,
            partial=place in over.partial,
        )
        for place, words in enumerate(over.words())
    ]
    legend = tuple((fill_swatch(name, place), one.name) for place, one in enumerate(series))
    parts = [patterns(name, len(series)), rules(scale), _along(over), *drawn]
    drawing = svg(name, title, _told(over, series, count_words), parts) if any(sums) else None
    return Plot(name, title, drawing, legend, *_table(over, series, count_words))


def lines(  # noqa: PLR0913, PLR0917  # what, of what, and how it is said
    name: str, title: str, over: Buckets, series: Sequence[Series], scale_of: Callable[[float], Scale], say: Words
) -> Plot:
    """Lines over time; where there is no figure, a line ends and begins again behind it."""
    figures = [figure for one in series for figure in one.values if figure is not None]
    scale = scale_of(max(figures, default=0))
    parts = [rules(scale), _along(over), *(line(place, one.values, scale) for place, one in enumerate(series))]
    legend = tuple((line_swatch(place), one.name) for place, one in enumerate(series))
    drawing = svg(name, title, _told(over, series, say), parts) if figures else None
    return Plot(name, title, drawing, legend, *_table(over, series, say))


def bars(  # noqa: PLR0913, PLR0917
    name: str, title: str, columns: tuple[str, str], rows: Sequence[Row], scale: Scale, limit: float | None = None
) -> Plot:
    """Bars across with their intervals, and a line at a limit; what is said of each stands beside it."""
    height = ROW * len(rows)
    drawn = [
        bar(place * ROW, one.label, one.said, (one.value, one.low, one.high), scale) for place, one in enumerate(rows)
    ]
    told = "; ".join(f"{one.label}: {one.said}" for one in rows)
    known = any(one.value is not None for one in rows)
    drawing = (
        svg(name, title, told, [posts(scale, height, limit), *drawn], height=height, kind="plot across")
        if known
        else None
    )
    return Plot(name, title, drawing, (), columns, tuple((legible(one.label), legible(one.said)) for one in rows))


def spread(  # noqa: PLR0913, PLR0917
    name: str, title: str, edges: Sequence[str], now: Series, before: Series, scale_of: Callable[[float], Scale],
    say: Words
) -> Plot:  # fmt: skip
    """A histogram over bins of one width, and what it is compared to as a short line at each bin.

    :param edges: what the ends of the bins are called, one more than there are bins.
    """
    figures = [figure for one in (now, before) for figure in one.values if figure is not None]
    slot, scale = 100 / max(len(now.values), 1), scale_of(max(figures, default=0))
    bins = [f"{low} to {high}" for low, high in pairwise(edges)]
    drawn = [
        bucket(
            column(name, [new], scale, place * slot, slot),
            f"{words}: {now.name} {say(new)}, {before.name} {say(old)}",
            place * slot,
            slot,
        )
        + (Markup("") if old is None else level(1, old, scale, place * slot, slot))
        for place, (words, new, old) in enumerate(zip(bins, now.values, before.values, strict=True))
    ]
    rows = tuple(
        (legible(words), say(new), say(old)) for words, new, old in zip(bins, now.values, before.values, strict=True)
    )
    told = "; ".join(f"{words}: {now.name} {new}, {before.name} {old}" for words, new, old in rows)
    legend = ((fill_swatch(name, 0), now.name), (line_swatch(1), before.name))
    drawing = svg(name, title, told, [rules(scale), ends(edges), *drawn]) if any(figures) else None
    return Plot(name, title, drawing, legend, ("Scores", now.name, before.name), rows)


def _along(over: Buckets) -> Markup:
    return under(moments(over.starts, over.width), len(over.starts))


def _told(over: Buckets, series: Sequence[Series], say: Words) -> str:
    """What a plot over time shows, in a sentence a series: from when to when, the highest figure and when, the last."""
    words = over.words()
    if not words:
        return ""
    told = [f"{words[0]} to {words[-1]}, {len(words)} in all."]
    for one in series:
        known = [(figure, place) for place, figure in enumerate(one.values) if figure is not None]
        if known:
            highest, when = max(known, key=lambda pair: (pair[0], -pair[1]))
            last, end = known[-1]
            told.append(f"{one.name}: at most {say(highest)} ({words[when]}), at last {say(last)} ({words[end]}).")
        else:
            told.append(f"{one.name}: nothing.")
    return " ".join(told)


def _table(over: Buckets, series: Sequence[Series], say: Words) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The columns and the rows of the same figures, the newest first."""
    rows = [(words, *(say(one.values[place]) for one in series)) for place, words in enumerate(over.words())]
    return ("Time (UTC)", *(legible(one.name) for one in series)), tuple(reversed(rows))
