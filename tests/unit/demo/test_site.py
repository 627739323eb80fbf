import re
from html import escape

import pytest
from flask.testing import FlaskClient

from service.demo.client import WinnowClient
from service.demo.drafts import author_id
from service.demo.site import create_site

from .conftest import KEY, Contract, box_id, post

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% include 'x' %}",
    "</textarea><svg onload=alert(1)>",
    "\u202eevil\u2066",
    "z" + "\u0301" * 500,
    "w" * 9_000,
]


def test_an_approved_comment_stands_under_the_article_at_once(reader: FlaskClient) -> None:
    posted = post(reader, "Fair point.")
    assert posted.status_code == 303
    page = reader.get(posted.location)
    assert "Your comment is published" in page.text
    assert '<p dir="auto">Fair point.</p>' in page.text


def test_a_held_comment_says_that_it_waits_and_why(reader: FlaskClient) -> None:
    page = reader.get(post(reader, "You fool.", as_it_is=True).location)
    assert "Your comment waits for a moderator" in page.text
    assert "It may be read as an insult." in page.text
    assert "You fool." not in page.text


def test_a_rejected_comment_says_so_and_why(reader: FlaskClient) -> None:
    page = reader.get(post(reader, "Best casino.").location)
    assert "Your comment was not published" in page.text
    assert "It was found to be advertising or a scam." in page.text


def test_a_receipt_shows_what_a_moderator_decided_since(reader: FlaskClient, contract: Contract) -> None:
    receipt = post(reader, "You fool.", as_it_is=True).location
    (kept,) = contract.stored.values()
    kept["status"] = "approved"
    page = reader.get(receipt)
    assert "Your comment is published" in page.text
    assert "insult" not in page.text


def test_an_unknown_reason_is_given_in_winnows_own_words(reader: FlaskClient, contract: Contract) -> None:
    receipt = post(reader, "You fool.", as_it_is=True).location
    (kept,) = contract.stored.values()
    kept["reasons"] = [{"code": "moon_phase", "detail": "The moon is <full>."}]
    assert "The moon is &lt;full&gt;." in reader.get(receipt).text


def test_reloading_the_receipt_posts_nothing(reader: FlaskClient, contract: Contract) -> None:
    receipt = post(reader, "Fair point.").location
    reader.get(receipt)
    reader.get(receipt)
    assert len(contract.posts) == 1


def test_a_double_submit_is_the_same_comment(reader: FlaskClient, contract: Contract) -> None:
    comment_id = box_id(reader.get("/"))
    first, second = (post(reader, "Fair point.", comment_id=comment_id) for _ in range(2))
    assert first.location == second.location
    assert contract.posts[0] == contract.posts[1]
    assert list(contract.stored) == [comment_id]


def test_every_box_is_another_comment(reader: FlaskClient) -> None:
    assert box_id(reader.get("/")) != box_id(reader.get("/"))


def test_other_words_from_a_used_box_become_another_comment(reader: FlaskClient, contract: Contract) -> None:
    comment_id = box_id(reader.get("/"))
    post(reader, "Fair point.", comment_id=comment_id)
    conflict = post(reader, "And another thing.", comment_id=comment_id)
    assert conflict.status_code == 409
    assert "And another thing." in conflict.text
    assert box_id(conflict) != comment_id
    assert post(reader, "And another thing.", comment_id=box_id(conflict)).status_code == 303
    assert len(contract.stored) == 2


@pytest.mark.parametrize("forged", ["", "demo-001", "../events", "ledger-" + "0" * 31, "batch"])
def test_an_id_that_the_site_cannot_have_made_is_not_passed_on(
    reader: FlaskClient, contract: Contract, forged: str
) -> None:
    reader.post("/", data={"id": forged, "name": "Ada", "body": "Fair point."})
    reader.get("/", query_string={"comment": forged})
    (posted,) = contract.posts
    assert posted["id"] != forged


@pytest.mark.parametrize("status", [429, 503])
def test_while_winnow_is_away_the_text_stays_in_the_box(reader: FlaskClient, contract: Contract, status: int) -> None:
    comment_id = box_id(reader.get("/"))
    contract.refuse(status, retry_after="3")
    kept = post(reader, "\nMy long <thought>.", comment_id=comment_id)
    assert kept.status_code == 503
    assert kept.headers["Retry-After"] == "3"
    assert "\n\nMy long &lt;thought&gt;.</textarea>" in kept.text
    assert 'value="Ada"' in kept.text
    assert "press “Post comment” again in 3 seconds" in kept.text
    assert box_id(kept) == comment_id


def test_a_comment_kept_over_an_outage_is_posted_once(reader: FlaskClient, contract: Contract) -> None:
    comment_id = box_id(reader.get("/"))
    contract.refuse(503)
    kept = post(reader, "Fair point.", comment_id=comment_id)
    contract.refusal = None
    post(reader, "Fair point.", comment_id=box_id(kept))
    assert list(contract.stored) == [comment_id]


def test_with_nobody_listening_the_article_is_still_there_and_the_text_kept() -> None:
    nobody = WinnowClient("http://127.0.0.1:1", KEY, timeout=5)
    reader = create_site(nobody, nobody).test_client()
    page = reader.get("/")
    assert page.status_code == 200
    assert "Comments cannot be shown at the moment" in page.text
    assert "Kestrel Bay weighs a Bitcoin reserve" in page.text
    kept = post(reader, "Fair point.")
    assert kept.status_code == 503
    assert "Fair point.</textarea>" in kept.text


def test_a_receipt_asked_for_in_an_outage_does_not_invite_a_second_post(
    reader: FlaskClient, contract: Contract
) -> None:
    receipt = post(reader, "Fair point.").location
    contract.refuse(503)
    page = reader.get(receipt)
    assert page.status_code == 200
    assert "Your comment was received" in page.text


@pytest.mark.parametrize("body", ["", " \r\n ", "\u200b"])
def test_an_empty_comment_is_explained_beside_the_box(reader: FlaskClient, body: str) -> None:
    page = post(reader, body)
    assert page.status_code == 422
    assert 'id="body-error"' in page.text
    assert "Write your comment before you post it." in page.text
    assert "<title>Error: " in page.text


def test_all_that_is_wrong_is_said_at_once(reader: FlaskClient) -> None:
    page = post(reader, "", name="")
    assert 'href="#name"' in page.text
    assert 'href="#body"' in page.text


def test_what_winnow_finds_wrong_is_explained_beside_the_box(reader: FlaskClient, contract: Contract) -> None:
    comment_id = box_id(reader.get("/"))
    errors = {"body": ["Longer than maximum length 3."], "author.name": ["Not that name."]}
    contract.refuse(422, errors=errors)
    page = post(reader, "Fair point.", comment_id=comment_id)
    assert page.status_code == 422
    assert "Longer than maximum length 3. It now has 11 characters." in page.text
    assert '<span class="unseen">Error:</span> Not that name.' in page.text
    assert "Fair point.</textarea>" in page.text


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u200d", "n" * 61])
def test_a_name_that_cannot_be_shown_is_asked_for_again(reader: FlaskClient, contract: Contract, name: str) -> None:
    page = post(reader, "Fair point.", name=name)
    assert page.status_code == 422
    assert 'id="name-error"' in page.text
    assert "Fair point.</textarea>" in page.text
    assert contract.posts == []


def test_a_key_that_winnow_refuses_is_the_sites_fault_and_keeps_the_text(
    reader: FlaskClient, contract: Contract
) -> None:
    contract.refuse(401, title="Unauthorized")
    page = post(reader, "Fair point.")
    assert page.status_code == 502
    assert "The fault is ours" in page.text
    assert "Fair point.</textarea>" in page.text
    assert reader.get("/").status_code == 200


def test_a_form_too_large_to_read_gets_a_page_that_says_so(reader: FlaskClient) -> None:
    page = post(reader, "x" * 5_000_000)
    assert page.status_code == 413
    assert "too long to be read" in page.text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_and_bodies_are_shown_as_text(reader: FlaskClient, hostile: str) -> None:
    page = reader.get(post(reader, hostile, name=hostile[:60]).location)
    assert f'<p dir="auto">{escape(hostile).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")}</p>' in page.text
    assert "<bdi>" in page.text
    assert "<script" not in page.text
    assert "<svg" not in page.text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_drafts_stay_inside_the_box(reader: FlaskClient, contract: Contract, hostile: str) -> None:
    comment_id = box_id(reader.get("/"))
    contract.refuse(503)
    page = post(reader, hostile, name=hostile[:60], comment_id=comment_id)
    assert "<script" not in page.text
    assert "<svg" not in page.text
    assert page.text.count("</textarea>") == 1


def test_the_key_never_reaches_the_browser(reader: FlaskClient) -> None:
    page = reader.get(post(reader, "You fool.", as_it_is=True).location)
    assert KEY not in page.text
    assert KEY not in str(page.headers)


def test_nothing_is_loaded_from_elsewhere_and_no_script_is_allowed(reader: FlaskClient) -> None:
    page = reader.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert re.findall(r'(?:src|href|action)="(?!/|#)', page.text) == []
    assert " style=" not in page.text


def test_a_reply_names_whom_it_answers(reader: FlaskClient, contract: Contract) -> None:
    post(reader, "Fair point.")
    post(reader, "Indeed.", name="Bo")
    parent, reply = contract.stored.values()
    reply["parent_id"] = parent["id"]
    assert f'href="#comment-{parent["id"]}">in reply to <bdi>Ada</bdi>' in reader.get("/").text


def test_older_comments_are_a_link_away(reader: FlaskClient, contract: Contract) -> None:
    post(reader, "Fair point.")
    contract.next_cursor = "17.c-1"
    older = re.search(r'href="([^"]+)">Older comments', reader.get("/").text)
    assert older
    reader.get(older[1])
    assert contract.queries[-1]["cursor"] == "17.c-1"


def test_blank_lines_in_heaps_are_one_pause(reader: FlaskClient) -> None:
    page = reader.get(post(reader, "One." + "\r\n" * 900 + "Two.\r\nThree.").location)
    assert re.search(r'<p dir="auto">One.</p>\s*<p dir="auto">Two.\nThree.</p>', page.text)


def test_a_name_written_twice_is_one_author() -> None:
    assert author_id("Ada  Lovelace ") == author_id("ada lovelace")
    assert author_id("Ada") != author_id("Bo")


def test_no_id_stands_twice_in_any_state_of_the_page(reader: FlaskClient, contract: Contract) -> None:
    post(reader, "Fair point.")
    post(reader, "Best casino.")
    approved, rejected = contract.stored
    pages = [
        *(reader.get("/", query_string={name: approved}) for name in ("reply", "report", "reported", "comment")),
        reader.get("/", query_string={"comment": rejected}),
        reader.get("/", query_string={"reply": "demo-404"}),
        post(reader, "You fool.", parent=approved),
        post(reader, "", name="", parent=approved),
        reader.post("/reports", data={"comment": approved}),
        reader.post("/appeals", data={"comment": rejected, "statement": "w" * 5_001}),
    ]
    for page in pages:
        ids = re.findall(r' id="([^"]+)"', page.text)
        assert sorted(set(ids)) == sorted(ids)
