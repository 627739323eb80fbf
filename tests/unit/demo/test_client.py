import socket
from collections.abc import Iterator

import pytest

from service.demo.article import ARTICLE
from service.demo.client import NewComment, Reason, WinnowClient
from service.demo.exchange import WinnowRefused, WinnowUnavailable

from .conftest import KEY, Contract


def comment(body: str, comment_id: str = "c-1") -> NewComment:
    return NewComment(comment_id, body, "reader-1", "Ada", ARTICLE.reference)


@pytest.fixture
def silent_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_comment_is_posted_with_its_author_its_article_and_the_key(client: WinnowClient, contract: Contract) -> None:
    placed = client.place(comment("Fair point."))
    assert (placed.status, placed.verdict, placed.reasons) == ("approved", "approve", ())
    assert contract.posts == [
        {
            "id": "c-1",
            "body": "Fair point.",
            "author": {"id": "reader-1", "name": "Ada"},
            "article": {
                "id": ARTICLE.reference.id,
                "url": ARTICLE.reference.url,
                "title": ARTICLE.reference.title,
                "section": "markets",
            },
        }
    ]
    assert contract.keys_seen == {f"Bearer {KEY}"}


def test_a_held_comment_comes_back_with_its_reasons(client: WinnowClient) -> None:
    placed = client.place(comment("You fool."))
    assert placed.status == "pending"
    assert placed.reasons == (Reason("score", "insult", "insult"),)


def test_the_same_comment_again_gets_the_first_answer_again(client: WinnowClient) -> None:
    assert client.place(comment("You fool.")) == client.place(comment("You fool."))


def test_a_comment_that_winnow_does_not_have_is_none(client: WinnowClient) -> None:
    assert client.find("never-posted") is None


def test_an_id_with_a_query_in_it_stays_one_id(client: WinnowClient) -> None:
    assert client.find("c-1?status=approved#x") is None


def test_approved_comments_are_asked_for_by_article(client: WinnowClient, contract: Contract) -> None:
    client.place(comment("Fair point."))
    client.place(comment("You fool.", "c-2"))
    page = client.approved(ARTICLE.reference.id, limit=5, cursor="a+b")
    assert [shown.body for shown in page.comments] == ["Fair point."]
    assert contract.queries == [
        {"article_id": ARTICLE.reference.id, "status": "approved", "limit": "5", "cursor": "a+b"}
    ]


def test_a_batch_is_answered_comment_by_comment(client: WinnowClient) -> None:
    approved, refused = client.place_batch([comment("Fair point."), comment(" ", "c-2")])
    assert not isinstance(approved, WinnowRefused)
    assert approved.status == "approved"
    assert isinstance(refused, WinnowRefused)
    assert refused.status == 422


def test_a_validation_error_names_its_fields(client: WinnowClient) -> None:
    with pytest.raises(WinnowRefused) as refusal:
        client.place(comment(" "))
    assert refusal.value.status == 422
    assert refusal.value.errors == {"body": ["Shorter than minimum length 1."]}


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_may_succeed_later_is_unavailable_and_says_when(
    client: WinnowClient, contract: Contract, status: int
) -> None:
    contract.refuse(status, retry_after="7")
    with pytest.raises(WinnowUnavailable) as unavailable:
        client.place(comment("Fair point."))
    assert unavailable.value.retry_after == 7


def test_a_date_in_retry_after_is_left_aside(client: WinnowClient, contract: Contract) -> None:
    contract.refuse(503, retry_after="Tue, 24 Nov 2026 23:00:00 GMT")
    with pytest.raises(WinnowUnavailable) as unavailable:
        client.place(comment("Fair point."))
    assert unavailable.value.retry_after is None


def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(WinnowUnavailable):
        WinnowClient("http://127.0.0.1:1", KEY, timeout=10).place(comment("Fair point."))


def test_no_answer_in_time_is_unavailable(silent_url: str) -> None:
    with pytest.raises(WinnowUnavailable):
        WinnowClient(silent_url, KEY, timeout=0.05).place(comment("Fair point."))


def test_an_answer_that_is_not_json_is_unavailable(client: WinnowClient, contract: Contract) -> None:
    stranger = WinnowClient(f"{contract.url}/elsewhere", KEY, timeout=10)
    with pytest.raises(WinnowUnavailable, match="not Winnow's answer"):
        stranger.place(comment("Fair point."))
