"""The console's pages of articles."""

from urllib.parse import quote

import pytest

from tests.support import acts


@pytest.fixture
def written(api):
    """Three comments under an article, one of them rejected."""
    article = {"id": "a-1", "title": "Bitcoin reserve", "section": "markets", "url": "https://news.example/a-1"}
    for n in range(3):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Words {n}", "article": article})
    api.post("/v1/comments/c-1/decision", {"action": "reject"})


def test_an_article_shows_its_comments_by_status(desk_for, written):
    desk = desk_for("moderate")
    text = desk.get("/console/articles/a-1").text
    assert '<h1><bdi class="seen">Bitcoin reserve</bdi></h1>' in text
    assert 'href="https://news.example' not in text
    assert [f"/console/comments/c-{n}" in text for n in range(3)] == [True] * 3
    rejected = desk.get("/console/articles/a-1?status=rejected").text
    assert [f"/console/comments/c-{n}" in rejected for n in range(3)] == [False, True, False]


def test_the_comments_of_an_article_go_on_where_the_page_ended(desk_for, written, monkeypatch):
    monkeypatch.setattr("service.console.views.articles.RECENT", 2)
    desk = desk_for("moderate")
    first = desk.get("/console/articles/a-1").text
    assert [f"/console/comments/c-{n}" in first for n in range(3)] == [False, True, True]
    further = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = desk.get(further).text
    assert [f"/console/comments/c-{n}" in second for n in range(3)] == [True, False, False]


def test_a_mode_is_set_on_the_articles_page_and_lifted_again(desk_for, api, written):
    desk = desk_for("moderate", name="bob")
    answer = desk.post("/console/articles/a-1", {"mode": "closed", "term": "day"})
    assert (answer.status_code, answer.location) == (303, "/console/articles/a-1")
    text = desk.get("/console/articles/a-1").text
    assert "set by bob" in text
    known = api.get("/v1/articles/a-1").json
    assert (known["mode"], known["by"]) == ("closed", "bob")
    assert known["until"] > known["at"]
    assert "a-1" in desk.get("/console/articles?mode=closed").text
    assert 'articles/a-1"' not in desk.get("/console/articles?mode=pre").text
    desk.post("/console/articles/a-1", {"mode": ""})
    assert api.get("/v1/articles/a-1").json["mode"] is None


def test_a_mode_is_set_for_an_article_that_is_still_to_appear(desk_for, api):
    desk = desk_for("moderate")
    answer = desk.post("/console/articles", {"article_id": "a-9", "mode": "pre"})
    assert (answer.status_code, answer.location) == (303, "/console/articles")
    assert "Comments under a-9: every comment waits." in desk.get("/console/articles").text
    assert (api.get("/v1/articles/a-9").json["mode"], api.get("/v1/articles/a-9").json["until"]) == ("pre", None)
    lifted = desk.post("/console/articles/a-9", {"mode": ""})
    assert (lifted.status_code, lifted.location) == (303, "/console/articles")


def test_a_mode_pressed_twice_is_set_once(desk_for, store):
    desk = desk_for("moderate")
    for _ in range(2):
        desk.post("/console/articles", {"article_id": "a-9", "mode": "pre", "term": "week"}, op="once")
    assert [one["act"] for one in acts(store)].count("mode.set") == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"mode": "pre"}, "article_id"),
        ({"article_id": "a-kept", "mode": "open"}, "mode"),
        ({"article_id": "a-kept"}, "mode"),
        ({"article_id": "a-kept", "mode": "pre", "term": "long"}, "term"),
        ({"article_id": "n" * 129, "mode": "pre"}, "article_id"),
    ],
)
def test_a_form_that_makes_no_sense_is_422_with_its_field_named_and_what_was_typed_kept(desk_for, api, form, field):
    answer = desk_for("moderate").post("/console/articles", form)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert form.get("article_id", "") in answer.text
    assert api.get("/v1/articles").json["items"] == []


def test_a_wrong_mode_on_the_articles_page_is_422_at_its_field(desk_for, written):
    answer = desk_for("moderate").post("/console/articles/a-1", {"mode": "open"})
    assert answer.status_code == 422
    assert 'id="mode-wrong"' in answer.text


@pytest.mark.parametrize("article", ["2026/11/26/markets", "https://news.example/a?b=c#d", "a//b/"])
def test_an_article_id_may_be_an_address(desk_for, api, article):
    desk = desk_for("moderate")
    path = f"/console/articles/{quote(article, safe='')}"
    api.post("/v1/comments", {"body": "Words", "article": {"id": article}})
    assert desk.get(path).status_code == 200
    assert desk.post(path, {"mode": "closed"}).status_code == 303
    assert api.get(f"/v1/articles/{quote(article, safe='')}").json["mode"] == "closed"


def test_an_article_nobody_knows_and_another_sites_is_404(desk_for, key_for):
    rival = key_for("admin", site="rival")
    rival.post("/v1/comments", {"body": "Theirs", "article": {"id": "a-rival"}})
    rival.put("/v1/articles/a-moded/mode", {"mode": "closed"})
    desk = desk_for("admin")
    assert desk.get("/console/articles/a-rival").status_code == 404
    assert desk.get("/console/articles/a-moded").status_code == 404
    assert "a-moded" not in desk.get("/console/articles").text
