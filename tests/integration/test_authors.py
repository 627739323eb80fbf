"""How the site stands to authors, and what it knows of them."""

from urllib.parse import quote

import pytest

from service.store.authors import Authors
from service.store.connection import LUA
from tests.support import acts, everything, later


def stand(api, author, standing, **more):
    return api.put(f"/v1/authors/{quote(author, safe='')}/standing", {"standing": standing, **more})


def standing_of(store, author, ahead=0):
    """What the shared part that judges answers, so many ms from now."""
    parts = "\n".join((LUA / f"{part}.lua").read_text() for part in ("_site", "_author"))
    return store._client.eval(f"{parts}\nreturn standing_of(ARGV[1], clock() + ARGV[2])", 1, "{herald}", author, ahead)


def test_an_author_is_shown_with_counts_and_times_of_their_comments(api, held):
    api.post("/v1/comments/h-0/decision", {"action": "approve"})
    author = api.get("/v1/authors/u-0").json
    assert author["comments"] == {"approved": 1, "pending": 3, "rejected": 0}
    assert (author["standing"], author["until"], author["by"], author["history"]) == ("normal", None, None, [])
    first, last = (api.get(f"/v1/comments/{one}").json["received_at"] for one in ("h-0", "h-9"))
    assert (author["first_seen"], author["last_seen"]) == (first, last)


def test_an_author_nobody_knows_is_404_and_may_be_banned_all_the_same(api, store):
    assert api.get("/v1/authors/nobody").status_code == 404
    answer = stand(api, "nobody", "banned")
    assert (answer.status_code, answer.json["standing"], answer.json["by"]) == (200, "banned", "ada")
    assert api.get("/v1/authors/nobody").json == answer.json
    assert standing_of(store, "nobody") == "banned"


def test_a_standing_ends_at_its_time_and_its_history_stays(api, store):
    until = later(hours=1)
    answer = stand(api, "u-1", "watched", until=until).json
    assert (answer["standing"], answer["until"]) == ("watched", until)
    assert standing_of(store, "u-1") == "watched"
    assert standing_of(store, "u-1", ahead=3_700_000) == "normal"
    store._client.hset("{herald}:standing:u-1", "until", 1)
    over = api.get("/v1/authors/u-1").json
    assert (over["standing"], over["until"], over["by"]) == ("normal", None, None)
    assert [(one["standing"], one["until"], one["by"]) for one in over["history"]] == [("watched", until, "ada")]


def test_what_has_an_end_is_kept_no_longer_than_that(api, store):
    stand(api, "u-1", "watched", until=later(hours=1))
    assert 0 < store._client.pttl("{herald}:standing:u-1") <= 3_600_000
    stand(api, "u-1", "banned")
    assert store._client.pttl("{herald}:standing:u-1") == store._client.pttl("{herald}:standings:u-1") == -1


def test_normal_is_kept_as_nothing_but_a_history_with_an_end(api, store):
    stand(api, "u-1", "banned")
    assert stand(api, "u-1", "normal").json["standing"] == "normal"
    assert not store._client.exists("{herald}:standing:u-1")
    assert store._client.ttl("{herald}:standings:u-1") > 399 * 86400
    assert [one["standing"] for one in api.get("/v1/authors/u-1").json["history"]] == ["banned", "normal"]


def test_normal_for_an_author_nobody_knows_leaves_nothing_behind(api, store):
    before = everything(store)
    answer = stand(api, "nobody", "normal")
    assert (answer.status_code, answer.json["standing"], answer.json["history"]) == (200, "normal", [])
    assert [line for line in everything(store).splitlines() if ":rate:" not in line] == [
        line for line in before.splitlines() if ":rate:" not in line
    ]


@pytest.mark.parametrize("more", [{}, {"until": "2999-01-01T00:00:00.000Z"}])
def test_the_same_standing_again_is_set_once(api, store, more):
    for _ in range(3):
        assert stand(api, "u-1", "trusted", **more).status_code == 200
    assert len(api.get("/v1/authors/u-1").json["history"]) == 1
    assert len(acts(store)) == 1


def test_the_history_of_standings_has_an_end(api):
    for n in range(60):
        stand(api, "u-1", "banned" if n % 2 else "watched")
    assert len(api.get("/v1/authors/u-1").json["history"]) == 50


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"standing": "banned", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"standing": "normal", "until": "2999-01-01T00:00:00Z"}, "until"),
        ({"standing": "liked"}, "standing"),
        ({}, "standing"),
    ],
)
def test_a_standing_that_makes_no_sense_is_422(api, store, said, field):
    answer = api.put("/v1/authors/u-1/standing", said)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert standing_of(store, "u-1") == "normal"


@pytest.mark.parametrize(
    "author",
    [
        "with space", "a/b", "a//b", "/a", "a/", "Zoë", "渡辺", "a?b#c&d=%20", "x/standing", "standing", "line\nbreak", "..",
        "ada@example.org", "https://news.example/u/7", "+", "n" * 128, "é" * 128, "{herald}:x",
    ],
)  # fmt: skip
def test_an_author_id_may_be_any_text_even_one_with_slashes(api, store, author):
    api.post("/v1/comments", {"body": "Thanks", "author": {"id": author}})
    assert api.get(f"/v1/authors/{quote(author, safe='')}").json["id"] == author
    assert stand(api, author, "watched").json["id"] == author
    assert standing_of(store, author) == "watched"


@pytest.mark.parametrize("path", ["", "/", "/" + "n" * 129, "/a%00b"])
def test_an_author_id_that_can_be_none_is_404(api, path):
    assert api.get(f"/v1/authors{path}").status_code == 404


def test_a_standing_is_one_sites_alone(api, key_for):
    rival = key_for("admin", site="rival")
    stand(api, "u-1", "banned")
    assert rival.get("/v1/authors/u-1").status_code == 404
    assert stand(rival, "u-1", "trusted").json["history"][0]["standing"] == "trusted"
    assert api.get("/v1/authors/u-1").json["standing"] == "banned"


def test_the_audit_log_names_the_author_by_a_reference_that_goes_with_the_history(api, store):
    for standing in ("watched", "normal"):
        stand(api, "u-1", standing)
    reference = api.get("/v1/authors/u-1").json["reference"]
    assert [(one["by"], one["act"], one["on"]) for one in acts(store)] == [("ada", "standing.set", reference)] * 2
    assert "u-1" not in repr(acts(store))


def test_an_operation_that_comes_again_sets_nothing_though_another_came_between(api, store):
    authors = Authors(store)
    for op, standing, until in (
        ("op-1", "banned", 2**42),
        ("op-1", "banned", 2**42 + 1),
        ("op-2", "normal", None),
        ("op-1", "banned", 2**42 + 2),
    ):
        authors.set_standing("herald", "u-1", op=op, by="ada", standing=standing, until=until)
    assert [one["standing"] for one in api.get("/v1/authors/u-1").json["history"]] == ["banned", "normal"]
    assert standing_of(store, "u-1") == "normal"
    assert len(acts(store)) == 2


def test_the_reference_leads_to_the_author_as_long_as_the_history_is_kept(api, store):
    stand(api, "u-1", "watched")
    reference = api.get("/v1/authors/u-1").json["reference"]
    kept = f"{{herald}}:reference:{reference}"
    assert Authors(store).named("herald", [reference, "nobody"]) == {reference: "u-1"}
    assert Authors(store).named("rival", [reference]) == {}
    assert store._client.pttl(kept) == -1
    stand(api, "u-1", "normal")
    assert abs(store._client.pttl(kept) - store._client.pttl("{herald}:standings:u-1")) < 1000
    api.delete("/v1/authors/u-1")
    assert Authors(store).named("herald", [reference]) == {}
