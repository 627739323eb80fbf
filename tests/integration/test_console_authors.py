"""The console's pages of authors: found, looked at, set a standing; exported and erased by admins."""

from urllib.parse import quote

import pytest

from tests.support import acts, everything


@pytest.fixture
def written(api):
    """Comments of two authors, of which one has a name and a reader's report."""
    for n in range(3):
        author = {"id": "u-7", "name": "Ada Byron", "email": "ada@particular.example"}
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Words {n}", "author": author, "article": {"id": "a-1"}})
    api.post("/v1/comments", {"id": "c-9", "body": "Other words", "author": {"id": "u-8", "name": "Grace"}})
    api.post("/v1/comments/c-0/decision", {"action": "reject"})
    api.post("/v1/comments/c-1/reports", {"reporter_id": "r-1", "reason": "insult"})


def page_of(author):
    return f"/console/authors/{quote(author, safe='')}"


def test_an_author_is_found_by_id_and_by_a_part_of_the_name(desk_for, written):
    desk = desk_for("moderate")
    by_id = desk.get("/console/authors?q=u-8")
    assert by_id.status_code == 200
    assert 'href="/console/authors/u-8"' in by_id.text
    by_name = desk.get("/console/authors?q=BYR").text
    assert by_name.count('href="/console/authors/u-7"') == 1
    assert "u-8" not in by_name
    assert "4 comments looked through" in by_name


def test_a_search_by_name_says_how_far_it_looked_and_goes_on_from_there(desk_for, written, monkeypatch):
    monkeypatch.setattr("service.store.comments.SEARCHED_AT_MOST", 1)
    text = desk_for("moderate").get("/console/authors?q=byron").text
    assert "1 comment looked through" in text
    assert "all that are kept" not in text
    assert "cursor=" in text


def test_a_name_without_an_id_is_shown_without_a_way_to_set_anything(desk_for, api):
    api.post("/v1/comments", {"body": "Words", "author": {"name": "Nameless Ned"}})
    text = desk_for("moderate").get("/console/authors?q=ned").text
    assert "Nameless Ned" in text
    assert "The site told no id" in text


def test_an_authors_page_shows_counts_comments_and_reports(desk_for, written):
    text = desk_for("moderate").get("/console/authors/u-7").text
    assert "Ada Byron" in text
    assert "<strong>2</strong> approved" in text
    assert "<strong>1</strong> rejected" in text
    assert "1 report of 1 of the newest 3 comments" in text
    assert [f"/console/comments/c-{n}" in text for n in range(3)] == [True] * 3
    assert "Other words" not in text
    assert "ada@particular.example" not in text


def test_a_standing_is_set_with_an_end_and_shown_with_who_said_so(desk_for, api, written):
    desk = desk_for("moderate", name="bob")
    answer = desk.post("/console/authors/u-7", {"standing": "banned", "term": "week"})
    assert (answer.status_code, answer.location) == (303, "/console/authors/u-7")
    text = desk.get("/console/authors/u-7").text
    assert "The standing is banned now." in text
    assert "set by bob" in text
    known = api.get("/v1/authors/u-7").json
    assert (known["standing"], known["by"]) == ("banned", "bob")
    assert known["until"] > known["at"]
    assert api.post("/v1/comments", {"body": "More", "author": {"id": "u-7"}}).json["status"] == "rejected"


def test_a_standing_without_a_term_has_no_end_and_a_normal_one_never_has(desk_for, api, written):
    desk = desk_for("moderate")
    desk.post("/console/authors/u-7", {"standing": "watched"})
    assert api.get("/v1/authors/u-7").json["until"] is None
    desk.post("/console/authors/u-7", {"standing": "normal", "term": "day"})
    assert api.get("/v1/authors/u-7").json["standing"] == "normal"
    text = desk.get("/console/authors/u-7").text
    assert text.index(">normal</span>", text.index("Standings so far")) < text.rindex(">watched</span>")


def test_a_standing_pressed_twice_is_set_once(desk_for, api, store, written):
    desk = desk_for("moderate")
    before = len(acts(store))
    for _ in range(2):
        assert desk.post("/console/authors/u-7", {"standing": "banned", "term": "day"}, op="once").status_code == 303
    assert len(api.get("/v1/authors/u-7").json["history"]) == 1
    assert [one["act"] for one in acts(store)[before:]] == ["standing.set"]


@pytest.mark.parametrize(
    ("form", "field"),
    [({"standing": "liked"}, "standing"), ({}, "standing"), ({"standing": "banned", "term": "x"}, "term")],
)
def test_a_form_that_makes_no_sense_is_422_with_its_field_named_and_what_was_chosen_kept(
    desk_for, api, written, form, field
):
    answer = desk_for("moderate").post("/console/authors/u-7", form)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert api.get("/v1/authors/u-7").json["standing"] == "normal"
    if form.get("standing") == "banned":
        assert 'value="banned" checked' in answer.text


@pytest.mark.parametrize(
    "author", ["with space", "a/b", "a//b", "a/", "Zoë", "a?b#c&d=%20", "export/x", "line\nbreak", "+"]
)
def test_an_author_id_may_be_any_text(desk_for, api, author):
    api.post("/v1/comments", {"body": "Thanks", "author": {"id": author}})
    desk = desk_for("admin")
    assert desk.get(page_of(author)).status_code == 200
    answer = desk.post(page_of(author), {"standing": "watched"})
    assert answer.status_code == 303
    assert desk.get(answer.location).status_code == 200
    assert api.get(f"/v1/authors/{quote(author, safe='')}").json["standing"] == "watched"
    assert desk.get(f"/console/privacy/erase/{quote(author, safe='')}").status_code == 200


def test_an_author_of_whom_nothing_is_known_and_another_sites_is_404(desk_for, api, key_for, written):
    rival = key_for("admin", site="rival")
    rival.post("/v1/comments", {"body": "Theirs", "author": {"id": "u-rival", "name": "Rival Rob"}})
    desk = desk_for("admin")
    for path in ("/console/authors/u-rival", "/console/privacy/erase/u-rival", "/console/privacy/export/u-rival"):
        assert desk.get(path).status_code == 404
    assert "u-rival" not in desk.get("/console/authors?q=rob").text
    assert desk.post("/console/privacy/erase/u-rival").status_code == 303
    assert rival.get("/v1/authors/u-rival").status_code == 200


def test_export_and_erasure_are_for_admins(desk_for, api, written):
    desk = desk_for("moderate")
    assert "/console/privacy/" not in desk.get("/console/authors/u-7").text
    for path in ("/console/privacy/erase/u-7", "/console/privacy/export/u-7"):
        assert desk.get(path).status_code == 403
    assert desk.post("/console/privacy/erase/u-7").status_code == 403
    assert api.get("/v1/authors/u-7").status_code == 200


def test_an_export_is_a_file_with_all_that_the_api_gives(desk_for, api, written):
    answer = desk_for("admin").get("/console/privacy/export/u-7")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="author.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    given, wanted = answer.json, api.get("/v1/authors/u-7/export").json
    assert {**given, "exported_at": ""} == {**wanted, "exported_at": ""}
    assert len(given["items"]) == 3


def test_an_erasure_says_what_it_does_and_then_does_it(desk_for, api, store, written):
    desk = desk_for("admin")
    asked = desk.get("/console/privacy/erase/u-7").text
    assert "all 3 comments" in asked
    assert api.get("/v1/authors/u-7").status_code == 200
    before = len(acts(store))
    for _ in range(2):
        answer = desk.post("/console/privacy/erase/u-7", op="once")
        assert (answer.status_code, answer.location) == (303, "/console/authors")
    assert api.get("/v1/authors/u-7").status_code == 404
    assert "ada@particular.example" not in everything(store)
    assert [one["act"] for one in acts(store)[before:]].count("author.erased") == 1


def test_no_line_of_the_log_has_an_authors_id(desk_for, written, capsys):
    desk = desk_for("admin")
    for path in (
        "/console/authors/u-7",
        "/console/authors?q=u-7",
        "/console/privacy/erase/u-7",
        "/console/privacy/export/u-7",
    ):
        desk.get(path)
    desk.post("/console/authors/u-7", {"standing": "banned"})
    assert "u-7" not in "".join(capsys.readouterr())
