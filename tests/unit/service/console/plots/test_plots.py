"""Plots: well-formed, safe under the strict policy, true to their figures, and with a table of the same."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.console.plots.drawing import HEIGHT
from service.console.plots.plots import Buckets, Row, Series, bars, lines, spread, stacked
from service.console.plots.scales import amounts, count_words, counts, duration_words, durations, share_words, shares

DAY = 86_400_000
SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = "</title><script>alert(1)</script>\" onload='x' &amp; ]]> \0\x0b\ud800\ufffe\u202e"
NAMES = st.one_of(st.just(HOSTILE), st.text(max_size=80))
FIGURES = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=60)


def days(n, *partial):
    return Buckets([20_000 * DAY + place * DAY for place in range(n)], DAY, frozenset(partial))


def read(plot):
    """The drawing, which has nothing that our Content-Security-Policy forbids or that runs."""
    root = ElementTree.fromstring(str(plot.drawing))
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in {"script", "style", "a", "image", "use", "foreignObject", "animate"}
        for name in element.attrib:
            assert name != "style"
            assert "href" not in name
            assert not name.startswith("on")
    assert root.get("role") == "img"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {root.get("aria-labelledby"), root.get("aria-describedby")} <= set(ids)
    assert set(re.findall(r"url\(#([^)]*)\)", str(plot.drawing))) <= set(ids)
    return root


def of_class(root, kind):
    return [element for element in root.iter() if kind in (element.get("class") or "").split()]


def tall(element):
    return float(element.get("height"))


@settings(deadline=None)
@given(FIGURES, FIGURES, NAMES, NAMES)
def test_whatever_is_drawn_over_time_is_well_formed_and_its_table_says_all_of_it(first, second, title, name):
    n = min(len(first), len(second))
    over, series = days(n, n - 1), [Series(name, first[:n]), Series("other", second[:n])]
    for plot in (
        stacked("p", title, over, series, counts),
        lines("p", title, over, series, durations, count_words),
        spread("p", title, [str(n) for n in range(n + 1)], series[0], series[1], counts, count_words),
    ):
        assert len(plot.rows) == n
        ordered = plot.rows if plot.columns[0] == "Scores" else plot.rows[::-1]
        assert [row[1:] for row in ordered] == [
            (count_words(one), count_words(other)) for one, other in zip(first, second, strict=False)
        ]
        if plot.drawing is not None:
            read(plot)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=40))
def test_bars_are_as_high_as_their_figures_and_stand_on_each_other(pairs):
    plot = stacked(
        "p", "t", days(len(pairs)), [Series("a", [a for a, _ in pairs]), Series("b", [b for _, b in pairs])], counts
    )
    if not any(a + b for a, b in pairs):
        assert plot.drawing is None
        return
    top = counts(max(a + b for a, b in pairs)).top
    for (a, b), group in zip(pairs, of_class(read(plot), "bucket"), strict=True):
        lower, upper = of_class(group, "bar-1"), of_class(group, "bar-2")
        assert (len(lower), len(upper)) == (bool(a), bool(b))
        for figure, bar in ((a, lower), (b, upper)):
            assert not figure or tall(bar[0]) == pytest.approx(HEIGHT * figure / top, abs=0.01)
        bottoms = [float(bar.get("y")) + tall(bar) for bar in (*lower, *upper)]
        expected = [HEIGHT] * bool(a) + [HEIGHT * (1 - a / top)] * bool(b)
        assert bottoms == pytest.approx(expected, abs=0.02)


def test_a_line_has_gaps_where_nothing_was_counted_and_marks_what_stands_alone():
    plot = lines("p", "t", days(6), [Series("a", [1, 2, None, 4, None, None])], counts, count_words)
    root = read(plot)
    (line,) = of_class(root, "line-1")
    assert line.get("d").count("M") == 2
    assert line.get("d").count("L") == 1
    assert len(of_class(root, "mark-1")) == 3
    many = lines("p", "t", days(60), [Series("a", [*[1] * 57, None, 3, None])], counts, count_words)
    assert len(of_class(read(many), "mark-1")) == 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=50, unique=True))
def test_a_higher_figure_is_higher_up(figures):
    root = read(lines("p", "t", days(len(figures)), [Series("a", figures)], counts, count_words))
    (line,) = of_class(root, "line-1")
    downs = [float(point.split()[1]) for point in re.split("[ML]", line.get("d"))[1:]]
    by_figure = [down for _, down in sorted(zip(figures, downs, strict=True))]
    assert by_figure == sorted(downs, reverse=True)
    assert all(0 <= down <= HEIGHT for down in downs)


def test_series_differ_in_more_than_their_colour():
    figures = [Series(str(n), [1, 2, 3]) for n in range(4)]
    root = read(lines("p", "t", days(3), figures, counts, count_words))
    assert len({of_class(root, f"line-{n}")[0].get("stroke-dasharray") for n in range(1, 5)}) == 4
    assert len({of_class(root, f"mark-{n}")[0].get("d") for n in range(1, 5)}) == 4
    root = read(stacked("p", "t", days(3), figures, counts))
    assert len({of_class(root, f"bar-{n}")[0].get("fill") for n in range(1, 5)}) == 4


def test_what_is_not_counted_whole_looks_so_and_says_so():
    plot = stacked("p", "t", days(3, 2), [Series("a", [1, 2, 3])], counts)
    assert ["partial" in group.get("class") for group in of_class(read(plot), "bucket")] == [False, False, True]
    assert plot.rows[0][0].endswith("(in part)")


def test_the_description_says_the_range_and_the_highest():
    root = read(stacked("p", "Comments", days(3), [Series("held", [1, 7, 3])], counts))
    title, told = root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text
    assert title == "Comments"
    assert told == (
        "Fri 4 Oct 2024 to Sun 6 Oct 2024, 3 in all. held: at most 7 (Sat 5 Oct 2024), at last 3 (Sun 6 Oct 2024)."
    )


def test_bars_across_show_the_interval_and_the_limit_and_no_bar_without_a_sample():
    rows = [Row("insult", 0.5, "50 % of 4", 0.15, 0.85), Row("threat", None, "no decisions")]
    plot = bars("p", "Confirmed", ("Attribute", "Confirmed"), rows, shares(), 0.25)
    root = read(plot)
    (drawn,) = of_class(root, "bar-1")
    assert drawn.get("width") == "50%"
    assert {line.get("x1") for line in of_class(root, "whisker")} == {"15%", "85%"}
    assert of_class(root, "limit")[0].get("x1") == "25%"
    assert plot.rows == (("insult", "50 % of 4"), ("threat", "no decisions"))
    assert "no decisions" in str(plot.drawing)


@settings(deadline=None)
@given(st.lists(st.tuples(NAMES, st.one_of(st.none(), st.floats(0, 1)), NAMES), max_size=8))
def test_hostile_labels_of_bars_across_are_text_and_nothing_else(rows):
    plot = bars(
        "p", HOSTILE, ("a", "b"), [Row(label, value, said, value, value) for label, value, said in rows], amounts(1)
    )
    if plot.drawing is not None:
        read(plot)


def test_nothing_counted_draws_nothing():
    over = days(3)
    assert stacked("p", "t", over, [Series("a", [0, 0, 0])], counts).drawing is None
    assert lines("p", "t", over, [Series("a", [None] * 3)], durations, duration_words).drawing is None
    assert bars("p", "t", ("a", "b"), [], shares()).drawing is None
    assert spread("p", "t", ["0", "1"], Series("a", [None]), Series("b", [None]), shares, share_words).drawing is None
    assert stacked("p", "t", Buckets([], DAY), [Series("a", [])], counts).drawing is None
