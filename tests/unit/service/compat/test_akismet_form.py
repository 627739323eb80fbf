"""A form of Akismet's is read whatever its content type says, in whichever charset it is."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.compat.akismet.form import CHARSETS, FIELDS, fields_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXT.filter(bool), TEXT))
def test_what_was_put_into_a_form_comes_out_of_it(sent):
    assert fields_of(urlencode(sent).encode()) == sent


@given(st.binary(), st.text())
def test_no_body_and_no_content_type_fail(content, content_type):
    assert all(isinstance(value, str) for value in fields_of(content, content_type).values())


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/x-www-form-urlencoded", b"a=caf%C3%A9"),
        ("charset=utf-8", b"a=caf%C3%A9"),
        ("application/x-www-form-urlencoded; charset=ISO-8859-1", b"a=caf%E9"),
        ("application/x-www-form-urlencoded; charset=ISO-8859-1", b"a=caf%C3%A9"),
        ("", b"a=caf\xe9"),
        ('application/x-www-form-urlencoded; charset="windows-1250"', b"a=caf%E9"),
        ("application/json", b"blog_charset=ISO-8859-2&a=caf%E9"),
    ],
)
def test_a_text_is_read_in_the_charset_that_it_is_in(content_type, content):
    assert fields_of(content, content_type)["a"] == "café"


def test_a_declared_charset_is_used_for_what_is_no_utf_8():
    assert fields_of(b"a=%CF%F0%E8%E2%E5%F2", "charset=windows-1251")["a"] == "Привет"
    assert fields_of(b"blog_charset=Shift_JIS&a=%82%B1")["a"] == "こ"


@pytest.mark.parametrize("name", ["unicode_escape", "zip", "idna", "utf-7", "no-such", "é"])
def test_a_charset_that_is_none_is_not_looked_up(name):
    assert fields_of(f"blog_charset={name}&a=%E9".encode())["a"] == "é"


@pytest.mark.parametrize("name", sorted(CHARSETS))
def test_every_charset_is_known_and_has_ascii_as_itself(name):
    ascii_text = "".join(map(chr, range(32, 127)))
    assert ascii_text.encode().decode(name).replace("¥", "\\").replace("‾", "~") == ascii_text


def test_of_repeated_fields_the_last_one_counts():
    assert fields_of(b"a=1&comment_context=x&comment_context=y&a=2") == {"a": "2", "comment_context": "y"}


def test_fields_behind_ten_thousand_are_left_out():
    content = b"&".join(b"f%d=1" % n for n in range(FIELDS + 10))
    assert len(fields_of(content)) == FIELDS
