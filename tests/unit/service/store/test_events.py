import pytest

from service.store.events import position


def test_cursors_compare_as_numbers_and_not_as_text():
    assert position("9-0") < position("10-0") < position("10-2") < position("10-11")


@pytest.mark.parametrize("cursor", ["", "1", "1-", "-1", "a-1", "1-b", "1-1-1", "٣-1", "1 -1"])
def test_what_is_not_a_cursor_is_refused(cursor):
    with pytest.raises(ValueError, match=r".*"):
        position(cursor)
