import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.reports import category, household, weight

times = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("right", "wrong", "weighs"),
    [
        (0, 0, 0.5),
        (1, 0, 0.6),
        (4, 0, 0.75),
        (96, 0, 0.98),
        (0, 1, 0.4),
        (0, 4, 0.25),
        (0, 96, 0.02),
        (1, 1, 0.5),
        (50, 50, 0.5),
        (9, 3, 0.6875),
    ],
)
def test_a_report_weighs_what_its_reader_was_right_before(right, wrong, weighs):
    assert weight(right, wrong) == pytest.approx(weighs)


@given(times, times)
def test_a_weight_lies_between_nothing_and_one_and_grows_with_being_right(right, wrong):
    assert 0 < weight(right, wrong) < 1
    assert weight(right + 1, wrong) > weight(right, wrong) > weight(right, wrong + 1)


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        (None, ""),
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
    ],
)
def test_a_household_is_an_address_or_the_network_of_one(address, counted_as):
    assert household(address) == counted_as


@pytest.mark.parametrize(
    ("reason", "counted"),
    [
        ("Spam", "spam"),
        ("off-topic", "off_topic"),
        ("Identity  Attack", "identity_attack"),
        ("my neighbour Jo", "other"),
        ("", "other"),
    ],
)
def test_reasons_are_counted_by_a_known_name_and_never_in_the_readers_own_words(reason, counted):
    assert category(reason) == counted
