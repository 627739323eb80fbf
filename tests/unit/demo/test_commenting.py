"""The nudge before a comment is posted, and replies."""

import socket

import pytest
from flask.testing import FlaskClient

from service.demo.client import WinnowClient
from service.demo.site import create_site

from .conftest import KEY, Contract, box_id, hidden, post

NUDGED = "This may be held"


def test_what_may_be_held_is_shown_to_its_author_before_it_is_posted(reader: FlaskClient, contract: Contract) -> None:
    page = post(reader, "You fool, sir.")
    assert page.status_code == 200
    assert NUDGED in page.text
    assert "May be read as an insult: <q><bdi>fool</bdi></q>" in page.text
    assert "You <mark>fool</mark>, sir." in page.text
    assert "You fool, sir.</textarea>" in page.text
    assert 'value="Ada"' in page.text
    assert contract.posts == []


def test_the_same_text_again_is_posted_without_another_word(reader: FlaskClient, contract: Contract) -> None:
    page = post(reader, "You fool.")
    posted = post(reader, "You fool.", comment_id=box_id(page), asked=hidden(page, "asked"))
    assert posted.status_code == 303
    assert [one["body"] for one in contract.posts] == ["You fool."]
    assert contract.scored == ["You fool."]


def test_line_breaks_as_browsers_send_them_are_the_same_text(reader: FlaskClient, contract: Contract) -> None:
    page = post(reader, "You\r\nfool.")
    assert post(reader, "You\r\nfool.", asked=hidden(page, "asked")).status_code == 303


def test_post_as_it_is_posts_whatever_stands_in_the_box(reader: FlaskClient, contract: Contract) -> None:
    page = post(reader, "You fool.")
    assert post(reader, "You old fool.", asked=hidden(page, "asked"), as_it_is=True).status_code == 303
    assert contract.scored == ["You fool."]


def test_other_words_that_may_be_held_are_asked_about_once_more(reader: FlaskClient) -> None:
    page = post(reader, "You fool.")
    again = post(reader, "You utter fool.", comment_id=box_id(page), asked=hidden(page, "asked"))
    assert NUDGED in again.text
    assert hidden(again, "asked") != hidden(page, "asked")
    assert box_id(again) == box_id(page)


def test_kinder_words_are_posted_at_once(reader: FlaskClient) -> None:
    page = post(reader, "You fool.")
    assert post(reader, "You are mistaken.", asked=hidden(page, "asked")).status_code == 303


def test_the_thresholds_are_asked_for_once(reader: FlaskClient, contract: Contract) -> None:
    post(reader, "Fair point.")
    post(reader, "Indeed.")
    assert contract.models_asked == 1


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_without_a_score_the_comment_is_simply_posted(reader: FlaskClient, contract: Contract, status: int) -> None:
    contract.score_refusal = status
    assert post(reader, "You fool.").status_code == 303
    assert len(contract.posts) == 1


def test_a_score_that_takes_too_long_costs_no_comment(contract: Contract, client: WinnowClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = WinnowClient(f"http://127.0.0.1:{silent.getsockname()[1]}", KEY, timeout=0.05, again=0)
        reader = create_site(client, slow).test_client()
        assert post(reader, "You fool.").status_code == 303
    assert len(contract.posts) == 1


def test_a_text_longer_than_winnow_takes_is_not_asked_about(reader: FlaskClient, contract: Contract) -> None:
    post(reader, "fool " * 2_001)
    assert contract.scored == []


def test_a_box_that_lacks_a_name_is_explained_before_its_words_are(reader: FlaskClient, contract: Contract) -> None:
    assert post(reader, "You fool.", name="").status_code == 422
    assert contract.scored == []


@pytest.mark.parametrize(
    "hostile", ['fool <script>alert(1)</script>"', "fool </textarea><svg onload=alert(1)>", "{{ 7 * 7 }} fool \u202e"]
)
def test_a_nudge_shows_hostile_words_as_text(reader: FlaskClient, hostile: str) -> None:
    page = post(reader, hostile)
    assert NUDGED in page.text
    assert "<script" not in page.text
    assert "<svg" not in page.text
    assert "49" not in page.text.split("box-heading")[0].split(NUDGED)[1]


@pytest.fixture
def parent(reader: FlaskClient, contract: Contract) -> str:
    post(reader, "Fair <point>.")
    return next(iter(contract.stored))


def test_a_reply_is_written_below_what_it_answers_and_posted_with_its_parent(
    reader: FlaskClient, contract: Contract, parent: str
) -> None:
    page = reader.get("/", query_string={"reply": parent})
    assert "Reply to <bdi>Ada</bdi>" in page.text
    assert page.text.index(f'id="comment-{parent}"') < page.text.index('<form id="answer"')
    posted = post(reader, "Indeed.", name="Bo", parent=hidden(page, "parent"), comment_id=box_id(page))
    assert contract.posts[-1]["parent_id"] == parent
    assert f'href="#comment-{parent}">in reply to <bdi>Ada</bdi>' in reader.get(posted.location).text


def test_a_reply_can_be_answered_itself(reader: FlaskClient, contract: Contract, parent: str) -> None:
    post(reader, "Indeed.", name="Bo", parent=parent)
    reply = list(contract.stored)[-1]
    post(reader, "Well.", name="Cy", parent=reply)
    page = reader.get("/").text
    assert page.index("Fair &lt;point&gt;.") < page.index("Indeed.") < page.index("Well.")
    assert "comment--2" in page


def test_the_nudge_keeps_whom_a_reply_answers(reader: FlaskClient, contract: Contract, parent: str) -> None:
    page = post(reader, "You fool.", parent=parent)
    assert NUDGED in page.text
    assert hidden(page, "parent") == parent
    post(reader, "You fool.", parent=parent, asked=hidden(page, "asked"))
    assert contract.posts[-1]["parent_id"] == parent


def test_what_it_answers_is_quoted_where_it_is_not_on_the_page(
    reader: FlaskClient, contract: Contract, parent: str
) -> None:
    contract.hide_from_lists(parent)
    page = reader.get("/", query_string={"reply": parent})
    assert "Reply to <bdi>Ada</bdi>" in page.text
    assert "Fair &lt;point&gt;." in page.text


def test_a_parent_that_went_meanwhile_costs_no_words(reader: FlaskClient, contract: Contract, parent: str) -> None:
    del contract.stored[parent]
    page = post(reader, "My long answer.", parent=parent)
    assert page.status_code == 409
    assert "no longer here" in page.text
    assert "My long answer.</textarea>" in page.text
    assert 'name="parent"' not in page.text
    assert post(reader, "My long answer.", comment_id=box_id(page)).status_code == 303


@pytest.mark.parametrize("status", ["pending", "rejected"])
def test_a_comment_that_nobody_may_read_is_not_shown_to_those_who_would_answer_or_report_it(
    reader: FlaskClient, contract: Contract, parent: str, status: str
) -> None:
    contract.stored[parent]["status"] = status
    for what in ("reply", "report", "reported"):
        page = reader.get("/", query_string={what: parent})
        assert page.status_code == 200
        assert "Fair" not in page.text
    assert post(reader, "Indeed.", parent=parent).status_code == 409


def test_a_comment_of_another_article_is_not_there_to_be_answered(
    reader: FlaskClient, contract: Contract, parent: str
) -> None:
    contract.stored[parent]["article"] = {"id": "another"}
    contract.hide_from_lists(parent)
    assert "It cannot be answered" in reader.get("/", query_string={"reply": parent}).text


@pytest.mark.parametrize("forged", ["batch", "../events", "x" * 129, "a b", "a?b", "никто"])
def test_a_forged_parent_is_nobody(reader: FlaskClient, contract: Contract, forged: str) -> None:
    assert "It cannot be answered" in reader.get("/", query_string={"reply": forged}).text
    post(reader, "Indeed.", parent=forged)
    assert "parent_id" not in contract.posts[-1]


def test_a_reply_kept_over_an_outage_is_still_a_reply(reader: FlaskClient, contract: Contract, parent: str) -> None:
    contract.refuse(503)
    page = reader.post("/", data={"name": "Bo", "body": "Indeed.", "parent": parent})
    assert page.status_code == 503
    assert "Indeed.</textarea>" in page.text
    assert hidden(page, "parent") == parent


def test_a_form_that_another_site_sent_is_turned_away(reader: FlaskClient, contract: Contract) -> None:
    for path in ("/", "/reports", "/appeals"):
        answer = reader.post(
            path, data={"name": "Ada", "body": "Fair point."}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403
        assert "Fair point." not in answer.text
    assert contract.posts == []
