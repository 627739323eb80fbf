"""Plots for the report, as SVG that stands inside an HTML page, in the page's own colours and letters."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from model.evaluate import Measure

SERIES = 8  # colours, named --series-1 and so on
DASHES = ("", "5 2", "1 2", "7 2 1 2")  # one after the other once the colours have been used, in pixels
BINS = 10  # of a reliability plot
_ENOUGH = 10  # rows of a bin that is drawn
_POINTS = 300  # of a curve
_INK, _GRID = "#f000f0", "#f000f1"  # stand for the page's own colours
_COLOURS = {_INK: "var(--ink)", _GRID: "var(--grid)"} | {
    f"#f0010{n}": f"var(--series-{n})" for n in range(1, SERIES + 1)
}
_STYLE: Any = {  # matplotlib's type for this is a list of all its settings
    "svg.fonttype": "none",
    "font.size": 10,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.7,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "figure.constrained_layout.use": True,
}

Floats = NDArray[np.float64]
Curves = Mapping[str, tuple[NDArray[np.bool_], Floats]]  # truths and scores by the name of a source


def roc(curves: Curves, name: str) -> Markup:
    """Draw the share of bad rows caught over the share of clean ones held. `name` is the plot's own on its page."""
    figure, axes = _square("clean comments held", "bad comments caught")
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.7, linestyle=":")
    for place, (truth, scores) in enumerate(curves.values()):
        held, caught, _ = roc_curve(truth, scores)
        _line(axes, place, held, caught)
    return _svg(figure, name, "ROC curves: " + ", ".join(curves))


def precision_recall(curves: Curves, name: str) -> Markup:
    """Draw the share of bad rows among those held over the share of bad rows caught."""
    figure, axes = _square("bad comments caught (recall)", "held comments that are bad (precision)")
    for place, (truth, scores) in enumerate(curves.values()):
        precision, recall, _ = precision_recall_curve(truth, scores)
        _line(axes, place, recall, precision)
    return _svg(figure, name, "Precision-recall curves: " + ", ".join(curves))


def reliability(curves: Curves, name: str) -> Markup:
    """Draw the share of bad rows over the mean score, for scores in ten bins of equal width with rows enough."""
    figure, axes = _square("mean score", "share of bad comments")
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.7, linestyle=":")
    for place, (truth, scores) in enumerate(curves.values()):
        means, shares, counts = bins(truth, scores)
        enough = counts >= _ENOUGH
        _line(axes, place, means[enough], shares[enough], marker="o", markersize=4)
    return _svg(figure, name, "Reliability: " + ", ".join(curves))


def areas(measures: Sequence[Measure], name: str) -> Markup:
    """Draw the area under the curve of each slice of a source, with its interval, one below the other."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.6, 0.7 + 0.27 * len(measures)))
        axes = figure.subplots()
    for place, measure in enumerate(measures):
        value = math.nan if measure.auc is None else measure.auc
        axes.plot(measure.intervals.get("auc", (value, value)), [place, place], color=_colour(0), linewidth=2)
        axes.plot([value], [place], color=_colour(0), marker="o", markersize=5)
    axes.set_yticks(range(len(measures)), [clean(measure.slice) for measure in measures], parse_math=False)
    axes.set_ylim(len(measures) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("area under the curve")
    return _svg(figure, name, "Area under the curve of each slice")


def bins(truth: NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Return mean score, share of positives and number of rows of each bin that is not empty."""
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    full = counts > 0
    means, shares = (np.bincount(place, each, minlength=BINS)[full] / counts[full] for each in (scores, truth))
    return means, shares, counts[full]


def clean(text: str) -> str:
    """Put the replacement character for what a page cannot hold: surrogates, and controls but white space."""
    return "".join("\ufffd" if unicodedata.category(one) in {"Cc", "Cs"} and not one.isspace() else one for one in text)


def swatch(place: int) -> Markup:
    """Draw a short piece of the line of the curve at `place`, to stand beside its name."""
    dash = DASHES[place // SERIES % len(DASHES)]
    return Markup(
        '<svg class="swatch" width="24" height="8" aria-hidden="true">'
        '<path d="M0 4h24" style="stroke: var(--series-{}); stroke-width: 3; stroke-dasharray: {}"/></svg>'
    ).format(place % SERIES + 1, dash or "none")


def _square(across: str, up: str) -> tuple[Figure, Axes]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.2, 3.8))
        axes = figure.subplots()
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=across, ylabel=up)
    return figure, axes


def _line(axes: Axes, place: int, across: Floats, up: Floats, **style: Any) -> None:
    dash = DASHES[place // SERIES % len(DASHES)]
    kept = np.linspace(0, len(across) - 1, min(len(across), _POINTS)).astype(int)
    (line,) = axes.plot(across[kept], up[kept], color=_colour(place), linewidth=1.8, **style)
    if dash:
        line.set_dashes([float(part) for part in dash.split()])


def _colour(place: int) -> str:
    return f"#f0010{place % SERIES + 1}"


def _svg(figure: Figure, name: str, title: str) -> Markup:
    """Write a figure as an element: no prologue, no metadata, no size of its own, ids that no other plot has."""
    target = StringIO()
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure.savefig(target, format="svg", transparent=True, metadata={"Date": None})
    text = target.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<(metadata|style).*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r' id="(?![mp][0-9a-f]{10}")[^"]*"', "", text)  # all but those of markers and of clipping paths
    text = re.sub(r" font-family: [^;]*;", "", text)
    text = text.replace("xlink:href", "href")
    text = re.sub(r"#f00[01][0-9a-f]{2}", lambda found: _COLOURS[found[0]], text)
    view = re.search(r'viewBox="([^"]*)"', text)
    body = text[text.index(">") + 1 :]
    head = f'<svg class="plot" role="img" aria-label="{escape(title)}" viewBox="{view[1] if view else ""}">'
    return Markup(head + body)  # noqa: S704 (what matplotlib wrote, with texts escaped by it)
