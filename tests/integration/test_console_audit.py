"""The console's audit log."""

import re

import pytest

from service.store.audit import Audit


def rows(text):
    body = text.split('<ol class="lines">')[1].split("</ol>")[0] if '<ol class="lines">' in text else ""
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in body.split("</li>")[:-1]]


def test_acts_are_told_in_words_with_links_to_what_they_were_done_to(desk_for, api):
    api.post("/v1/comments", {"id": "c-1", "body": "Thanks", "author": {"id": "u-7"}})
    api.post("/v1/comments/c-1/decision", {"action": "reject", "labels": ["spam"]})
    api.put("/v1/authors/u-7/standing", {"standing": "watched"})
    api.put("/v1/articles/a-1/mode", {"mode": "closed"})
    hook = api.post("/v1/webhooks", {"url": "https://news.example/hook?token=t0ps3cret"}).json["id"]
    text = desk_for("admin", name="eve").get("/console/audit").text
    for address in ("comments/c-1", "authors/u-7", "articles/a-1", f"webhooks/{hook}"):
        assert f'href="/console/{address}"' in text
    assert any("ada decided a comment: c-1" in row and "labels spam" in row for row in rows(text))
    assert "t0ps3cret" not in text


def test_an_erased_author_is_named_no_more(desk_for, api):
    api.put("/v1/authors/u-personal/standing", {"standing": "banned"})
    api.delete("/v1/authors/u-personal")
    text = desk_for("admin", name="eve").get("/console/audit").text
    assert "u-personal" not in text
    assert "one whose id is kept no more" in text


def test_the_log_is_narrowed_by_who_what_and_when(desk_for, api):
    api.put("/v1/articles/a-1/mode", {"mode": "closed"})
    api.put("/v1/articles/a-2/mode", {"mode": "closed"})
    desk = desk_for("admin", name="eve")
    assert len(rows(desk.get("/console/audit?act=mode.set&by=ada").text)) == 2
    assert rows(desk.get("/console/audit?act=mode.set&by=nobody").text) == []
    assert rows(desk.get("/console/audit?act=mode.set&to=2020-01-01T00:00").text) == []
    assert len(rows(desk.get("/console/audit?act=mode.set&from=2020-01-01T00:00").text)) == 2


def test_pages_go_on_by_cursor_to_the_end(desk_for, api, monkeypatch):
    monkeypatch.setattr("service.console.views.audit.LISTED", 2)
    for n in range(5):
        api.put(f"/v1/articles/a-{n}/mode", {"mode": "closed"})
    desk = desk_for("admin", name="eve")
    seen, path = [], "/console/audit?act=mode.set"
    while path:
        text = desk.get(path).text
        seen += re.findall(r"articles/(a-\d)", text)
        further = re.search(r'href="([^"]+)" rel="next"', text)
        path = further and further[1].replace("&amp;", "&")
    assert seen == [f"a-{n}" for n in (4, 3, 2, 1, 0)]


def test_a_page_that_ends_early_says_how_many_lines_it_looked_through(desk_for, store, monkeypatch):
    monkeypatch.setattr("service.store.audit.SEARCHED_AT_MOST", 2)
    for n in range(3):
        Audit(store).note("herald", f"op-{n}", "olga", "site.closed", {})
    text = desk_for("admin", name="eve").get("/console/audit?by=nobody").text
    assert "No such line among 2 that were looked through. The page ended there; the log goes on." in text
    assert 'rel="next"' in text


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=x", "from"), ("from=2026-01-02T00:00&to=2026-01-01T00:00", "to"), ("by=" + "n" * 201, "by")],
)
def test_a_filter_that_makes_no_sense_is_422_with_its_field_named(desk_for, query, field):
    answer = desk_for("admin").get(f"/console/audit?{query}")
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text


def test_the_log_is_for_admins(desk_for):
    answer = desk_for("moderate").get("/console/audit")
    assert (answer.status_code, answer.content_type) == (403, "text/html; charset=utf-8")


def test_another_sites_lines_are_not_there(desk_for, key_for):
    key_for("admin", name="eve", site="rival").put("/v1/articles/a-rival/mode", {"mode": "closed"})
    assert "a-rival" not in desk_for("admin").get("/console/audit").text
