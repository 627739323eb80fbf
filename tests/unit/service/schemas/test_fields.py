import pytest
from marshmallow import ValidationError

from service.schemas.fields import Flag, Id, Instant, Probability, QueryInteger, Text, Time, Whole


@pytest.mark.parametrize("value", ["١٢", "1_0", " 1", "+1", "-1", "1.0", "", "9" * 16, 5, None])
def test_a_number_in_a_query_is_plain_digits(value):
    with pytest.raises(ValidationError):
        QueryInteger().deserialize(value)


@pytest.mark.parametrize("value", ["yes", "true", 1, 0, "0", None])
def test_a_flag_is_true_or_false(value):
    with pytest.raises(ValidationError):
        Flag().deserialize(value)


@pytest.mark.parametrize("value", ["0.5", True, -0.1, 1.1, float("nan"), float("inf"), None])
def test_a_probability_is_a_number_from_0_to_1(value):
    with pytest.raises(ValidationError):
        Probability().deserialize(value)


@pytest.mark.parametrize("value", ["", "a b", "a/b", "ä", "a" * 129, "batch", "a\n", 5, None])
def test_an_id_is_short_and_plain_and_not_reserved(value):
    with pytest.raises(ValidationError):
        Id().deserialize(value)


@pytest.mark.parametrize("value", ["a", "c-1042", "A.b_c:d~e", "a" * 128])
def test_an_id_may_be_what_sites_use(value):
    assert Id().deserialize(value) == value


def test_text_is_measured_after_trimming_and_has_no_nul():
    field = Text(least=1, most=3, trim=True)
    assert field.deserialize("  abc \n") == "abc"
    for value in ("   ", "abcd", "a\0b"):
        with pytest.raises(ValidationError):
            field.deserialize(value)


def test_a_time_is_kept_in_utc_with_milliseconds():
    assert Time().deserialize("2026-11-24T05:00:00+01:00") == "2026-11-24T04:00:00.000Z"
    assert Time().deserialize("2026-11-24T04:00:00Z") == "2026-11-24T04:00:00.000Z"


@pytest.mark.parametrize("value", ["2026-11-24T04:00:00", "yesterday", "", 0, "0001-01-01T00:00:00+23:00", "9" * 50])
def test_a_time_without_an_offset_or_out_of_range_is_refused(value):
    with pytest.raises(ValidationError):
        Time().deserialize(value)


def test_an_instant_is_written_as_rfc_3339():
    assert Instant().serialize("at", {"at": 1_795_492_800_123}) == "2026-11-24T04:00:00.123Z"


def test_a_whole_number_is_one_however_json_writes_it():
    assert [Whole().deserialize(value) for value in (5, 5.0, -0.0)] == [5, 5, 0]


@pytest.mark.parametrize("value", [5.5, "5", True, float("inf"), float("nan")])
def test_what_only_resembles_a_whole_number_is_refused(value):
    with pytest.raises(ValidationError):
        Whole().deserialize(value)
