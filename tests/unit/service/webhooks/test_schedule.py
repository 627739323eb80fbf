"""When a failed delivery is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.schedule import GIVEN_UP_AFTER, JITTER, WAITS, Schedule


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, None)]
)
def test_the_waits_are_as_documented(failures, seconds):
    assert Schedule().wait(failures, 0, 0.0) == seconds


def test_all_attempts_are_made_within_a_day():
    assert sum(WAITS) * (1 + JITTER) < GIVEN_UP_AFTER == 86400


@given(st.integers(1, 6), st.floats(0, 1, exclude_max=True))
def test_jitter_only_adds_and_adds_a_fifth_at_the_most(failures, draw):
    assert WAITS[failures - 1] <= Schedule().wait(failures, 0, draw) <= WAITS[failures - 1] * 1.2


def test_what_is_older_than_a_day_is_parked_however_few_attempts_counted():
    assert Schedule().wait(1, GIVEN_UP_AFTER + 1, 0.0) is None


@pytest.mark.parametrize(("asked", "waits"), [(0, 5), (60, 60), (10_000_000, 3600)])
def test_an_endpoint_may_ask_for_up_to_an_hours_rest(asked, waits):
    assert Schedule().wait(1, 0, 0.0, asked) == waits
