"""The licences page is true of what is locked, and nothing is shipped that may not be."""

import sys

import pytest

from supply import licences
from supply.locked import ROOT, at_run_time, pins

WRITTEN_ON = sys.platform == "linux" and sys.version_info[:2] == (3, 11)


def test_the_page_is_what_would_be_written_now():
    if not WRITTEN_ON:
        pytest.skip("docs/licences.md is written with Python 3.11 on Linux")
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page()


def test_nothing_that_runs_in_production_is_under_a_licence_that_does_not_go_with_ours():
    assert licences.problems() == []


def test_what_runs_is_all_that_the_project_needs_and_not_what_tests_it():
    runs = at_run_time()
    assert {"flask", "redis", "hiredis", "werkzeug", "certifi", "numba", "authlib"} <= runs
    assert not {"pytest", "ruff", "sphinx", "playwright", "hatchling"} & runs
    assert runs <= set(pins())


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND LGPL-2.1-only", False),
        ("AGPL-3.0-or-later", False),
        ("unknown", False),
    ],
)
def test_a_licence_may_be_chosen_but_none_left_out(expression, may):
    assert licences.may_ship(expression) is may


def test_a_pin_is_taken_with_its_hashes_and_only_for_this_system():
    lock = """one==1.0 ; sys_platform == 'nowhere' \\
    --hash=sha256:aa
two==2.0 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via three
"""
    (two,) = pins(lock).values()
    assert (two.name, two.version) == ("two", "2.0")
    assert two.lines.count("--hash") == 2


def test_every_vendored_file_is_named_with_its_licence():
    named = {one["where"] for one in licences.vendored()}
    vendor = {
        f"service/console/static/vendor/{one.name}" for one in (ROOT / "service/console/static/vendor").glob("*.min.*")
    }
    assert vendor | {"service/api/static/swagger-ui", "model/confusables.py"} == named


def test_every_package_that_brings_something_else_along_is_one_that_runs():
    assert {name for one in licences.inside() for name in one["inside"].split(", ")} <= at_run_time()
