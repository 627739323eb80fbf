"""How the comments under an article are taken."""

from urllib.parse import quote

import pytest

from service.store.articles import Articles
from service.store.connection import LUA
from tests.support import acts, later


def set_mode(api, article, mode, **more):
    return api.put(f"/v1/articles/{quote(article, safe='')}/mode", {"mode": mode, **more})


def article_mode(store, article, ahead=0):
    """What the shared part that judges answers, so many ms from now."""
    parts = "\n".join((LUA / f"{part}.lua").read_text() for part in ("_site", "_article"))
    return store._client.eval(
        f"{parts}\nreturn article_mode(ARGV[1], clock() + ARGV[2])", 1, "{herald}", article, ahead
    )


def test_an_article_is_shown_with_its_comments_counted(api):
    for n in range(3):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Thanks {n}", "article": {"id": "a-1"}})
    api.post("/v1/comments/c-0/decision", {"action": "reject"})
    api.post("/v1/comments/c-1/decision", {"action": "escalate"})
    article = api.get("/v1/articles/a-1").json
    assert article["comments"] == {"approved": 1, "pending": 1, "rejected": 1}
    assert (article["total"], article["mode"], article["by"]) == (3, None, None)


def test_an_erased_comment_is_not_counted(api):
    for n in range(2):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Thanks {n}", "article": {"id": "a-1"}})
    api.delete("/v1/comments/c-0")
    article = api.get("/v1/articles/a-1").json
    assert (article["total"], article["comments"]["approved"]) == (1, 1)


def test_an_article_nobody_knows_is_404_and_may_be_closed_all_the_same(api, store):
    assert api.get("/v1/articles/a-9").status_code == 404
    answer = set_mode(api, "a-9", "closed")
    assert (answer.status_code, answer.json["mode"], answer.json["by"]) == (200, "closed", "ada")
    assert api.get("/v1/articles/a-9").json == answer.json
    assert article_mode(store, "a-9") == "closed"


def test_a_mode_ends_at_its_time(api, store):
    until = later(hours=1)
    assert set_mode(api, "a-1", "pre", until=until).json["until"] == until
    assert (article_mode(store, "a-1"), article_mode(store, "a-1", ahead=3_700_000)) == ("pre", "")
    assert 0 < store._client.pttl("{herald}:article:a-1") <= 3_600_000


def test_without_a_mode_it_is_the_policys_again(api, store):
    set_mode(api, "a-1", "closed")
    assert set_mode(api, "a-1", None).json["mode"] is None
    assert article_mode(store, "a-1") == ""
    assert api.get("/v1/articles").json["items"] == []
    assert not store._client.exists("{herald}:article:a-1", "{herald}:articles", "{herald}:articles:until")


def test_articles_with_a_mode_are_listed_the_last_set_first(api, store):
    for article, mode in (("a-1", "closed"), ("a-2", "pre"), ("a/3", "closed")):
        set_mode(api, article, mode)
        store._client.zadd("{herald}:articles", {article: len(article) + ord(article[-1])})
    assert [one["id"] for one in api.get("/v1/articles").json["items"]] == ["a/3", "a-2", "a-1"]
    assert [one["id"] for one in api.get("/v1/articles?mode=closed").json["items"]] == ["a/3", "a-1"]
    assert [one["id"] for one in api.get("/v1/articles?mode=closed&limit=1").json["items"]] == ["a/3"]


def test_a_mode_that_is_over_is_listed_no_more(api, store):
    set_mode(api, "a-1", "closed", until=later(hours=1))
    store._client.hset("{herald}:article:a-1", "until", 1)
    store._client.zadd("{herald}:articles:until", {"a-1": 1})
    assert api.get("/v1/articles").json["items"] == []
    set_mode(api, "a-2", "closed")
    assert store._client.zrange("{herald}:articles", 0, -1) == ["a-2"]


def test_the_same_mode_again_is_set_once(api, store):
    for _ in range(3):
        set_mode(api, "a-1", "closed", until="2999-01-01T00:00:00Z")
    assert [(one["by"], one["act"], one["on"], one["data"]) for one in acts(store)] == [
        ("ada", "mode.set", "a-1", '{"mode":"closed"}')
    ]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"mode": "closed", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"mode": None, "until": "2999-01-01T00:00:00Z"}, "until"),
        ({"mode": "open"}, "mode"),
        ({}, "mode"),
    ],
)
def test_a_mode_that_makes_no_sense_is_422(api, store, said, field):
    answer = api.put("/v1/articles/a-1/mode", said)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert article_mode(store, "a-1") == ""


@pytest.mark.parametrize("article", ["2026/11/26/markets", "https://news.example/a?b=c#d", "mode", "a/mode", "a//b/"])
def test_an_article_id_may_be_an_address(api, store, article):
    assert set_mode(api, article, "pre").json["id"] == article
    assert api.get(f"/v1/articles/{quote(article, safe='')}").json["id"] == article
    assert article_mode(store, article) == "pre"


def test_a_mode_is_one_sites_alone(api, key_for):
    rival = key_for("admin", site="rival")
    set_mode(api, "a-1", "closed")
    assert rival.get("/v1/articles/a-1").status_code == 404
    assert rival.get("/v1/articles").json["items"] == []


def test_an_operation_that_comes_again_sets_a_mode_once(api, store):
    for until in (2**42, 2**42 + 1):
        Articles(store).set_mode("herald", "a-1", op="op-1", by="ada", mode="closed", until=until)
    assert len(acts(store)) == 1
    assert Articles(store).look("herald", "a-1").until == 2**42
