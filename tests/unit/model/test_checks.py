import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.checks import FIGURES, WORDS, Check, Figure, Report
from model.registry import gate

numbers = st.none() | st.floats(-10, 10).map(lambda one: round(one, 6))
figures = st.builds(Figure, st.text(), st.floats(-10, 10).map(lambda one: round(one, 6)), st.booleans(), *[numbers] * 4)
checks = st.builds(Check, st.text(), st.booleans(), st.text(), st.lists(figures, max_size=5).map(tuple))


def read_again(report):
    return Report.read(orjson.loads(orjson.dumps(report.kept())))


@given(st.builds(Report, st.text(), st.lists(checks, max_size=4).map(tuple)))
def test_a_kept_report_reads_as_it_was_with_what_refused_first(report):
    again = read_again(report)
    assert again.refused == report.refused
    for one, before in zip(again.checks, report.checks, strict=True):
        assert (one.name, one.passed, one.message) == (before.name, before.passed, before.message)
        assert one.figures == tuple(sorted(before.figures, key=lambda figure: figure.passed))


def test_a_report_has_an_end_and_keeps_what_refused():
    many = tuple(Figure(f"of {n}", 0.0, n != 5_000) for n in range(10_000))
    (check,) = read_again(Report("old", (Check("hold-out", False, "x" * 10_000, many),))).checks
    assert (len(check.message), len(check.figures), check.figures[0].of) == (WORDS, FIGURES, "of 5000")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_no_number_stays_none(value):
    (check,) = read_again(Report("old", (Check("hold-out", True, "", (Figure("of", value, True),)),))).checks
    assert math.isnan(check.figures[0].value)


def test_the_gates_own_figures_lie_within_their_bounds_where_a_model_is_compared_with_itself(shipped):
    found = gate(shipped, shipped)
    assert sum(len(check.figures) for check in found) > 20
    for figure in (one for check in found for one in check.figures):
        assert figure.passed
        assert figure.least is None or figure.value >= figure.least
        assert figure.most is None or figure.value <= figure.most
    assert read_again(Report("own", tuple(found))).checks == tuple(found)
