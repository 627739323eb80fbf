"""What the benchmarks make of what they measured."""

import orjson
import pytest

from benchmarks.figures import BEGIN, END, Figure, figures_of, machine, percentile, ratios, results, with_table

FAST = Figure("posts", (0.5, 0.3, 0.4), 0.4, True)
SLOW = Figure("time", (3.0, 1.0), 1.9, False, "ms", "two rounds")
UNMEASURED = Figure("memory", (), 12, False, "MB", "needs Linux")


def test_the_median_of_the_rounds_decides_whether_a_goal_is_reached():
    assert (FAST.median, FAST.reached) == (0.4, True)
    assert (SLOW.median, SLOW.reached) == (2.0, False)
    assert Figure("posts", (0.39, 9.0, 0.1), 0.4, True).reached is False


def test_what_was_not_measured_or_has_no_goal_is_neither_reached_nor_missed():
    assert UNMEASURED.reached is None
    assert Figure("rate", (1.0,), None, True).reached is None
    assert UNMEASURED.cells() == ["memory; needs Linux", "not measured", "", "", "≤ 12.0 MB", ""]


def test_a_line_shows_the_spread_and_the_side_of_the_goal():
    assert FAST.cells() == ["posts", "0.400", "0.300", "0.500", "≥ 0.400", "yes"]
    assert SLOW.cells() == ["time; two rounds", "2.00 ms", "1.00 ms", "3.00 ms", "≤ 1.90 ms", "no"]


def test_ratios_are_of_the_same_round():
    assert ratios([1, 6], [2, 3]) == (0.5, 2.0)
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


def test_a_percentile_is_one_of_the_values():
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile([5.0], 0.99) == 5.0


def test_results_say_all_that_was_measured_and_where():
    on = machine("2026.1")
    found, where = figures_of(results([FAST, SLOW, UNMEASURED], on))
    assert (found, where) == ([FAST, SLOW, UNMEASURED], on)
    assert orjson.loads(results([FAST], on))["figures"][0]["reached"] is True


def test_the_table_takes_the_place_of_the_last_one_and_of_nothing_else():
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    written = with_table(page, [FAST], machine("2026.1"))
    assert written.startswith(f"before\n{BEGIN}\nMeasured on ")
    assert written.endswith(f"| posts | 0.400 | 0.300 | 0.500 | ≥ 0.400 | yes |\n{END}\nafter\n")
    assert "old" not in written
    assert with_table(written, [FAST], machine("2026.1")) == written


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_its_two_markers_is_refused(page):
    with pytest.raises(ValueError, match="needs"):
        with_table(page, [FAST], machine("2026.1"))
