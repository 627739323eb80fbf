"""The documentation shows the figures of the last long runs, and misses none."""

import re

import pytest

from tests.proof.pages import FIGURES, PAGES, PART, filled


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_the_figures_of_the_last_long_runs(page):
    content = page.read_text()
    assert filled(content) == content, "`python -m tests.proof` brings it up to date"


def test_every_figure_is_in_a_page():
    shown = re.findall(PART, "\n".join(page.read_text() for page in PAGES))
    assert sorted(name for _, names, _ in shown for name in names.split()) == sorted(
        path.stem for path in FIGURES.glob("*.json")
    )
