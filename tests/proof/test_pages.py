"""What was tried at length is in the documentation, whose pages are compared with it as all that is written from code."""

from pathlib import Path

from tests.documentation.written import PROVED


def test_every_promise_that_has_figures_is_in_a_page():
    others = set(Path(__file__).parent.glob("test_*.py")) - {Path(__file__)}
    tried = {path.stem.removeprefix("test_") for path in others if "proof.figures(" in path.read_text()}
    assert sorted(name for names in PROVED.values() for name in names) == sorted(tried)
