"""What becomes of a comment as Akismet's clients tell of it."""

import time
from uuid import UUID

import pytest
import uuid_utils
from hypothesis import given
from hypothesis import strategies as st

from service.compat.akismet.entries import (
    UnreadableBlog,
    blog_of,
    check_of,
    content_of,
    foregone,
    guid_of,
    language_of,
    reference_of,
    yes,
)
from service.compat.akismet.schemas import EntrySchema
from service.moderation.comment import NOWHERE

MOST = 10_000


def entry(**fields):
    return EntrySchema().load({"blog": "https://herald.example", "user_ip": "203.0.113.9", **fields})


def submission(**fields):
    return check_of(entry(**fields), "r-1", MOST).submission


def test_what_fits_is_taken_over():
    made = submission(
        comment_content="<p>Great <b>read</b>!</p>",
        comment_author="Ada",
        comment_author_email="ada@example.org",
        comment_author_url="https://ada.example",
        user_agent="Mozilla/5.0",
        permalink="https://herald.example/a-1",
        blog_lang="en_US",
    )
    assert made.body == "Great read!"
    author = made.author
    assert (author.name, author.email, author.url) == ("Ada", "ada@example.org", "https://ada.example")
    assert (author.ip, author.user_agent, author.id) == ("203.0.113.9", "Mozilla/5.0", None)
    assert (made.article.url, made.language) == ("https://herald.example/a-1", "en")


def test_what_does_not_fit_is_left_out():
    made = submission(
        comment_content="Hello",
        user_ip="unknown",
        comment_author="n" * 301,
        comment_author_email="nobody",
        comment_author_url="u" * 2001,
        permalink="p\0",
    )
    assert (made.author.ip, made.author.name, made.author.email, made.author.url) == (None,) * 4
    assert made.article == NOWHERE


@given(st.dictionaries(st.sampled_from(sorted(EntrySchema().fields)), st.text(min_size=1)))
def test_no_fields_fail(fields):
    check = check_of(entry(**fields), "r-1", MOST)
    assert check is None or 1 <= len(check.submission.body) <= MOST


def test_without_content_a_comment_is_looked_at_by_its_authors_name():
    assert submission(comment_author="Ada").body == "Ada"
    assert submission(comment_content="<p></p>", comment_author="Ada").body == "Ada"
    assert check_of(entry(), "r-1", MOST) is None


def test_no_language_is_guessed_from_a_name():
    assert submission(comment_author="Łukasz").language == "en"
    assert submission(comment_author="Łukasz", blog_lang="pl_PL").language == "pl"
    assert submission(comment_content="Cześć", comment_author="Łukasz").language is None


def test_of_a_long_text_the_beginning_and_the_end_are_looked_at():
    text = content_of(entry(comment_content="a" * 9000 + "b" * 9000), 11)
    assert text == "aaaaaabbbbb"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("en", "en"), ("pt_BR", "pt"), ("de_DE_formal", "de"), ("EN-gb", "en"), ("", None), ("en, fr_ca", None),
        ("english", None), ("x", None),
    ],
)  # fmt: skip
def test_a_blog_in_one_language_tells_a_comments(said, language):
    assert language_of(entry(blog_lang=said)) == language


@pytest.mark.parametrize(
    ("fields", "spam"),
    [
        ({"comment_author": "viagra-test-123"}, True),
        ({"comment_author_email": "akismet-guaranteed-spam@example.com"}, True),
        ({"comment_author_email": "akismet-guaranteed-spam@example.com", "user_role": "administrator"}, True),
        ({"comment_content": "viagra-test-123"}, None),
        ({"user_role": "administrator"}, False),
        ({"user_role": "administrator,super_admin"}, False),
        ({"user_role": "editor"}, None),
        ({"honeypot_field_name": "trap", "trap": "filled"}, True),
        ({"honeypot_field_name": "trap", "trap": " "}, None),
        ({"honeypot_field_name": "trap"}, None),
        ({"trap": "filled"}, None),
        ({"POST_ak_hp_textarea": "filled"}, True),
        ({"POST_ak_hp_textarea": ""}, None),
    ],
)
def test_some_comments_need_no_judgement(fields, spam):
    assert foregone(entry(**fields), fields) is spam


@pytest.mark.parametrize(
    ("fields", "fresh"),
    [
        ({}, True), ({"is_test": "1"}, False), ({"is_test": "true"}, False), ({"is_test": "True"}, False),
        ({"is_test": "0"}, True), ({"is_test": "false"}, True), ({"is_test": ""}, True),
        ({"recheck_reason": "edit"}, False), ({"comment_content": ""}, False), ({"comment_content": "<p></p>"}, False),
    ],
)  # fmt: skip
def test_a_test_a_recheck_and_a_comment_without_content_are_no_new_copies(fields, fresh):
    told = entry(**{"comment_content": "Hello", "comment_author": "Ada"} | fields)
    assert check_of(told, "r-1", MOST).fresh is fresh


def test_flags_are_read_as_clients_write_them():
    assert [yes(said) for said in ("1", "true", "True", "yes", "0", "false", "False", "")] == [True] * 4 + [False] * 4


@pytest.mark.parametrize(
    ("blog", "name"),
    [
        ("https://herald.example/", "herald.example"), ("http://Herald.example:8080/Blog/", "herald.example:8080/Blog"),
        ("herald.example", "herald.example"), ("https://user:pass@herald.example", "herald.example"),
        ("https://herald.example/?a=1#b", "herald.example"), ("https://zeitung.münchen.example", "zeitung.münchen.example"),
        ("https://herald.example/" + "x" * 500, "herald.example/" + "x" * 185),
    ],
)  # fmt: skip
def test_a_blog_is_counted_by_host_and_path(blog, name):
    assert blog_of(blog) == name


@pytest.mark.parametrize("blog", [" ", "!!", "https://", "http://[::1", "https:///path", "http://a b", "a\0b", "=1+1"])
def test_what_is_no_address_is_no_blog(blog):
    with pytest.raises(UnreadableBlog):
        blog_of(blog)


@given(st.text())
def test_a_blog_never_has_what_would_end_its_line(blog):
    try:
        name = blog_of(blog)
    except UnreadableBlog:
        return
    assert name.isprintable()
    assert not name.startswith(("=", "+", "-", "@"))


def test_a_guid_that_was_given_is_known_again_and_no_other():
    given_out = guid_of(str(uuid_utils.uuid7()))
    assert reference_of(given_out) == given_out
    ms = int(time.time() * 1000)
    old = UUID(int=((ms - 401 * 86_400_000) << 80) | (7 << 76) | (2 << 62)).hex
    for guid in ("", "bf40a4e4ceb1833111fae80717ae6bc0", given_out.upper(), f"{given_out}0", old, "f" * 32, "~x"):
        assert reference_of(guid) is None
