"""The console's list of comments."""

import re

import pytest

from tests.support import hold_everything


@pytest.fixture
def written(api):
    """Comments of two authors under two articles, the last one held."""
    for n in range(4):
        comment = {
            "id": f"c-{n}",
            "body": f"Thanks for number {n}",
            "author": {"id": f"u-{n % 2}"},
            "article": {"id": f"a-{n // 2}"},
        }
        api.post("/v1/comments", comment)
    hold_everything(api)
    api.post("/v1/comments", {"id": "c-4", "body": "A held word"})


def listed(text):
    return [f"c-{n}" for n in re.findall(r'href="/console/comments/c-(\d)"', text)]


def test_comments_are_listed_newest_first_and_narrowed_by_each_filter(desk_for, api, written):
    desk = desk_for("moderate")

    def found(query=""):
        answer = desk.get(f"/console/comments{query}")
        assert answer.status_code == 200
        return listed(answer.text)

    assert found() == ["c-4", "c-3", "c-2", "c-1", "c-0"]
    assert found("?status=pending&q=&author_id=") == ["c-4"]
    assert found("?author_id=u-1") == ["c-3", "c-1"]
    assert found("?article_id=a-0") == ["c-1", "c-0"]
    assert found("?article_id=a-0&author_id=u-1") == ["c-1"]
    assert found("?reason=mode") == ["c-4"]
    assert found("?q=NUMBER") == ["c-3", "c-2", "c-1", "c-0"]
    assert found("?from=2020-01-01T00:00") == found()
    assert found("?from=2999-01-01T00:00") == found("?to=2020-01-01T00:00") == found("?q=nowhere") == []


def test_a_page_goes_on_where_the_last_one_ended_with_the_same_filters(desk_for, written, monkeypatch):
    monkeypatch.setattr("service.console.views.archive.LISTED", 2)
    desk = desk_for("moderate")
    seen, path = [], "/console/comments?status=approved"
    while path:
        text = desk.get(path).text
        seen += listed(text)
        further = re.search(r'href="([^"]+)" rel="next"', text)
        path = further and further[1].replace("&amp;", "&")
    assert seen == ["c-3", "c-2", "c-1", "c-0"]


def test_a_page_that_ends_early_says_how_far_it_looked(desk_for, written, monkeypatch):
    monkeypatch.setattr("service.store.comments.SEARCHED_AT_MOST", 2)
    text = desk_for("moderate").get("/console/comments?q=nowhere").text
    assert "None among the 2 comments looked through so far." in text
    assert 'rel="next"' in text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-13-01T00:00", "to"),
        ("from=2026-01-02T00:00&to=2026-01-01T00:00", "to"),
        ("from=2026-01-02T00:00%2B02:00", "from"),
        ("status=lost", "status"),
        ("reason=none", "reason"),
        ("author_id=" + "n" * 129, "author_id"),
        ("q=" + "n" * 201, "q"),
    ],
)
def test_a_filter_that_makes_no_sense_is_422_with_its_field_named_and_what_was_typed_kept(desk_for, query, field):
    answer = desk_for("moderate").get(f"/console/comments?{query}&article_id=a-kept")
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert 'value="a-kept"' in answer.text


@pytest.mark.parametrize("query", ["cursor=none", "unknown=1", "from=%00", "to=-1", "from=99999-01-01T00:00"])
def test_what_no_form_of_ours_sends_is_422_too(desk_for, query):
    assert desk_for("moderate").get(f"/console/comments?{query}").status_code == 422


@pytest.mark.parametrize("query", ["from=0001-01-01T00:00", "to=9999-12-31T23:59", "from=2026-01-01T00:00:15"])
def test_times_far_off_are_taken(desk_for, query):
    assert desk_for("moderate").get(f"/console/comments?{query}").status_code == 200


def test_another_sites_comments_are_not_listed(desk_for, key_for):
    key_for("admin", site="rival").post("/v1/comments", {"id": "c-7", "body": "Theirs", "author": {"id": "u-1"}})
    assert listed(desk_for("admin").get("/console/comments?author_id=u-1").text) == []


def test_what_readers_wrote_is_text_and_nothing_else(desk_for, api):
    evil = '<img src=x onerror="alert(1)"> https://evil.example/'
    author, article = {"id": evil, "name": evil}, {"id": evil, "title": evil, "url": evil, "section": evil}
    api.post("/v1/comments", {"body": evil, "author": author, "article": article})
    text = desk_for("moderate").get("/console/comments").text
    assert "<img" not in text
    assert 'href="https://evil' not in text
