"""What Coral asks: read as it sends it, and never refused for what a reader may put into it."""

import marshmallow as ma
import pytest

from service.compat.coral.request import BODY_LENGTH, CoralRequestSchema
from service.moderation.comment import Article, Author, Submission

AS_CORAL_SENDS = {
    "action": "NEW",
    "comment": {"body": "<div>Great <b>read</b>, thanks &amp; bye!</div>", "parentID": "3f3b-1"},
    "author": {"id": "7f1a", "role": "COMMENTER"},
    "story": {"id": "a-88", "url": "https://news.example/a-88"},
    "site": {"id": "b2"},
    "tenantID": "c3",
    "tenantDomain": "comments.news.example",
}


def read(**changed):
    return CoralRequestSchema().load(AS_CORAL_SENDS | changed)


def test_a_request_is_read_whole_and_its_html_as_text():
    asked = read()
    assert asked.submission == Submission(
        "Great read, thanks & bye!",
        Author(id="7f1a"),
        Article(id="a-88", url="https://news.example/a-88"),
        parent_id="3f3b-1",
    )
    assert (asked.fresh, asked.by_staff, asked.cut) == (True, False, False)


def test_an_edit_is_no_new_comment():
    assert not read(action="EDIT").fresh
    assert read(action="SOMETHING_NEWER").fresh


@pytest.mark.parametrize("role", ["STAFF", "MODERATOR", "ADMIN"])
def test_who_works_for_the_site_is_told_apart(role):
    assert read(author={"id": "u", "role": role}).by_staff


@pytest.mark.parametrize("role", ["COMMENTER", "MEMBER", "SOMETHING_NEWER"])
def test_nobody_else_is(role):
    assert not read(author={"id": "u", "role": role}).by_staff


def test_what_a_newer_coral_adds_is_passed_over():
    comment = AS_CORAL_SENDS["comment"] | {"id": "new", "media": {"type": "gif"}}
    assert read(comment=comment, version=10, author={"id": "7f1a", "role": "COMMENTER", "badges": []}) == read()


def test_what_is_not_sent_is_not_known():
    asked = CoralRequestSchema().load({"comment": {"body": "Hello"}})
    assert asked.submission == Submission("Hello")
    assert asked.fresh


@pytest.mark.parametrize("odd", ["", "x" * 3000, "a\0b"])
def test_ids_that_could_be_none_of_ours_are_left_out_and_the_comment_is_judged(odd):
    asked = read(
        author={"id": odd, "role": "COMMENTER"},
        story={"id": odd, "url": odd},
        comment={"body": "Hello", "parentID": odd},
    )
    assert asked.submission == Submission("Hello")


def test_nul_hides_no_comment():
    assert read(comment={"body": "id\0iot", "parentID": None}).submission.body == "idiot"


def test_of_an_endless_comment_the_beginning_is_looked_at():
    asked = read(comment={"body": "ab " * BODY_LENGTH, "parentID": None})
    assert asked.cut
    assert len(asked.submission.body) <= BODY_LENGTH


def test_a_long_text_is_cut_where_it_is_told_to_and_a_short_one_is_left():
    asked = read(comment={"body": "<p>0123456789</p>", "parentID": None})
    assert asked.within(10) is asked
    assert (asked.within(9).submission.body, asked.within(9).cut) == ("012345678", True)
    assert asked.within(9).submission.author == asked.submission.author


def test_a_picture_alone_has_no_words():
    assert read(comment={"body": " <div> </div> ", "parentID": None}).submission.body == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"comment": None}, {"comment": "x"}, {"comment": {}}, {"comment": {"body": None}}, {"comment": {"body": 5}},
        {"comment": {"body": "x", "parentID": 7}}, {"author": []}, {"author": {"id": 7}}, {"author": {"role": None}},
        {"story": "x"}, {"story": {"url": {}}}, {"action": None}, {"action": 1},
    ],
)  # fmt: skip
def test_another_shape_is_refused(changed):
    with pytest.raises(ma.ValidationError):
        read(**changed)
