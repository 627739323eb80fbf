"""Times in forms."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from service.console.times import DAY_MS, TERMS, Moment, end_of
from service.store.retention import now_ms


@given(st.datetimes(min_value=datetime(1970, 1, 1)))
def test_what_a_browsers_field_sends_is_taken_as_utc(moment):
    minute = moment.replace(second=0, microsecond=0)
    assert Moment().deserialize(f"{minute:%Y}".zfill(4) + f"{minute:-%m-%dT%H:%M}") == int(
        minute.replace(tzinfo=UTC).timestamp() * 1000
    )


@given(
    st.one_of(
        st.text(max_size=40), st.from_regex(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ]?[0-9:.]{0,9}[Z+]?", fullmatch=True)
    )
)
def test_any_text_is_a_time_or_refused_in_words(text):
    with contextlib.suppress(ValidationError):
        assert Moment().deserialize(text) >= 0


def test_a_time_with_an_offset_is_refused():
    with pytest.raises(ValidationError):
        Moment().deserialize("2026-01-02T00:00+02:00")


def test_what_was_before_1970_is_before_all_that_is_kept():
    assert Moment().deserialize("0001-01-01T00:00") == 0


def test_a_term_ends_its_length_from_now_or_never():
    before = now_ms()
    week = end_of("week")
    assert before + 7 * DAY_MS <= week <= now_ms() + 7 * DAY_MS
    assert [term for term in TERMS if end_of(term) is None] == ["ever"]
