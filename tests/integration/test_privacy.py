"""What authors may ask of a newsroom: to see all that is held of them, and that it goes, wherever it is."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.commands.export import decided
from service.processes.worker import chores
from service.store import privacy
from service.store.keys import Keys
from service.store.retention import Retention
from tests.support import Api, claim, events, everything, hold_everything, ids, wait_until

SECRET = "a very particular sentence"
PERSON = {
    "id": "u-personal",
    "name": "Ada Particular",
    "email": "ada@particular.example",
    "url": "https://particular.example/",
    "ip": "203.0.113.77",
    "user_agent": "Particular/1.0",
}
TRACES = (SECRET, "articular", "u-personal", "203.0.113.77")
"""What would tell of the text or its author."""


def lived_through(api, bob, comment_id="c-1", author=PERSON):
    """A comment that everything happened to that may happen to one."""
    hold_everything(api)
    api.post("/v1/comments", {"id": comment_id, "body": SECRET, "author": author, "article": {"id": "a-1"}})
    claim(api, order="informative", reason="mode")
    api.put(f"/v1/comments/{comment_id}", {"body": SECRET + " twice", "author": author})
    bob.post(f"/v1/comments/{comment_id}/decision", {"action": "escalate", "note": SECRET, "override": True})
    said = {"action": "reject", "labels": ["insult"], "note": SECRET, "override": True}
    api.post(f"/v1/comments/{comment_id}/decision", said)
    api.put(f"/v1/comments/{comment_id}", {"body": SECRET + " and again", "author": author})
    api.post("/v1/comments/batch", {"comments": [{"body": SECRET}]}, Idempotency_Key="k")
    api.post(f"/v1/comments/{comment_id}/decision", said, Idempotency_Key="d")
    (other,) = [one for one in ids(api.get("/v1/comments").json["items"]) if one != comment_id]
    api.delete(f"/v1/comments/{other}")


def append_only_file(store):
    """All bytes of the server's append-only file, rewritten as plain commands."""
    client = store._client
    folder = Path(client.config_get("dir")["dir"])
    return b"".join(path.read_bytes() for path in folder.rglob("*.aof*") if path.is_file())


@pytest.fixture
def plain_file(store):
    """A server that rewrites its file as commands, not packed, so that a text in it can be found."""
    store._client.config_set("aof-use-rdb-preamble", "no")
    yield
    store._client.config_set("aof-use-rdb-preamble", "yes")


def rewrite(store):
    def idle():
        flags = ("aof_rewrite_in_progress", "aof_rewrite_scheduled")
        return not any(store._client.info("persistence")[flag] for flag in flags)

    wait_until(idle)
    assert Retention(store).rewrite_after_erasures("herald")
    wait_until(idle)


def test_of_an_erased_comment_no_trace_is_left_in_redis_nor_in_its_file(api, bob, store, plain_file):
    lived_through(api, bob)
    store._client.rpush("{herald}:notes:c-1", SECRET)
    store._client.hset("{herald}:appeal:c-1", "statement", SECRET)
    store._client.hset("{herald}:reports:c-1", "t:1", SECRET)
    assert SECRET.encode() in append_only_file(store)
    assert api.delete("/v1/comments/c-1").status_code == 204
    kept = everything(store)
    assert not [trace for trace in TRACES if trace in kept]
    assert list(decided(store, "herald", 0)) == []
    assert api.get("/v1/comments?author_id=u-personal").json["items"] == []
    rewrite(store)
    file = append_only_file(store)
    assert b"c-1" in file
    assert not [trace for trace in TRACES if trace.encode() in file]


def test_of_an_erased_author_no_trace_is_left_in_redis_nor_in_its_file(api, bob, store, plain_file):
    lived_through(api, bob)
    store._client.hset("{herald}:standing:u-personal", mapping={"standing": "watched", "by": "ada", "at": 1})
    store._client.rpush("{herald}:standings:u-personal", '{"standing":"watched","by":"ada","at":1,"reference":"r-1"}')
    assert api.delete("/v1/authors/u-personal").status_code == 204
    kept = everything(store)
    assert not [trace for trace in TRACES if trace in kept]
    rewrite(store)
    assert not [trace for trace in TRACES if trace.encode() in append_only_file(store)]
    last = api.get("/v1/audit?act=author.erased").json["items"][0]
    assert (last["by"], last["on"]) == ("ada", "r-1")


def test_a_comment_that_became_anothers_keeps_nothing_of_its_first_author(api, store):
    api.post("/v1/comments", {"id": "c-1", "body": "Thanks", "author": PERSON, "article": {"id": "a-1"}})
    api.put("/v1/comments/c-1", {"body": "Many thanks", "author": {"id": "u-2"}})
    assert api.get("/v1/comments/c-1").json["history"][0]["body"] == "Thanks"
    api.delete("/v1/authors/u-personal")
    kept = everything(store)
    assert not [trace for trace in TRACES if trace in kept]
    assert api.get("/v1/comments/c-1").status_code == 200


def test_digests_tell_nothing_without_what_went_with_the_comment(api, store):
    """The same comment on two occasions leaves other digests each time: none is of the text alone."""
    left = []
    for turn in range(2):
        store._client.flushall()
        key, _ = Keys(store).create("herald", "admin", "ada")
        api = Api(api.client, key)
        api.post("/v1/comments", {"id": "c-1", "body": SECRET, "author": PERSON})
        api.post("/v1/comments/batch", {"comments": [{"id": "c-2", "body": "x"}]}, Idempotency_Key=f"k-{turn}")
        api.delete("/v1/comments/c-1")
        left.append(set(store._client.scan_iter("{herald}:copies:*")))
        left[-1] |= {store._client.get(one).split()[-1] for one in store._client.scan_iter("{herald}:once:*")}
    assert left[0]
    assert not left[0] & left[1]


def test_a_tombstone_holds_its_id_for_400_days_and_then_goes(api, store):
    api.post("/v1/comments", {"id": "c-1", "body": SECRET})
    api.delete("/v1/comments/c-1")
    assert api.post("/v1/comments", {"id": "c-1", "body": SECRET}).status_code == 410
    assert 399 * 86400 < store._client.ttl("{herald}:comment:c-1") <= 400 * 86400
    store._client.expire("{herald}:comment:c-1", 0)
    assert api.post("/v1/comments", {"id": "c-1", "body": SECRET}).status_code == 201


def test_an_authors_export_is_all_that_is_held_and_names_no_moderator(api, bob, store):
    lived_through(api, bob)
    store._client.hset("{herald}:standing:u-personal", mapping={"standing": "watched", "by": "bob", "at": 1})
    api.post("/v1/comments", {"id": "c-2", "body": "Another", "author": PERSON})
    store._client.rpush("{herald}:notes:c-1", '{"op":"o","at":1,"by":"bob","text":"a word on the author"}')
    store._client.hset(
        "{herald}:appeal:c-1", mapping={"at": 2, "statement": "It was meant well", "of": "bob", "op": "o"}
    )
    store._client.hset(
        "{herald}:reports:c-1", mapping={"count": 2, "t:1": '{"at":3,"reason":"insult","note":"I am bob"}'}
    )
    answer = api.get("/v1/authors/u-personal/export")
    assert answer.content_type == "application/json"
    held = answer.json
    assert held["author_id"] == "u-personal"
    assert held["comments"] == {"approved": 0, "pending": 1, "rejected": 1}
    assert held["standing"] == {"standing": "watched", "at": "1970-01-01T00:00:00.001Z", "until": None}
    assert ids(held["items"]) == ["c-2", "c-1"]
    comment = held["items"][1]
    assert comment["body"] == SECRET + " and again"
    assert [note["text"] for note in comment["notes"]] == ["a word on the author"]
    assert comment["appeal"] == {"at": "1970-01-01T00:00:00.002Z", "statement": "It was meant well"}
    assert comment["reports"] == [{"at": "1970-01-01T00:00:00.003Z", "reason": "insult"}]
    assert (held["items"][0]["notes"], held["items"][0]["appeal"], held["items"][0]["reports"]) == ([], None, [])
    assert comment["author"]["email"] == PERSON["email"]
    kinds = [(entry["kind"], entry.get("body"), entry.get("note")) for entry in comment["history"]]
    assert kinds == [
        ("edit", SECRET, None),
        ("decision", None, SECRET),
        ("decision", None, SECRET),
        ("edit", SECRET + " twice", None),
        ("decision", None, SECRET),
    ]
    assert "bob" not in answer.text
    assert '"ada"' not in answer.text


def test_an_export_of_many_comments_has_each_of_them_once(api):
    comments = [{"id": f"m-{n}", "body": f"Number {n}", "author": {"id": "u-1"}} for n in range(1200)]
    for at in (0, 600):
        api.post("/v1/comments/batch", {"comments": comments[at : at + 600]})
    held = api.get("/v1/authors/u-1/export").json
    assert sorted(ids(held["items"])) == sorted(one["id"] for one in comments)
    assert sum(held["comments"].values()) == 1200


def test_of_nobody_there_is_nothing_to_give_out_and_nothing_left_to_erase(api):
    assert api.get("/v1/authors/nobody/export").status_code == 404
    assert [api.delete("/v1/authors/nobody").status_code for _ in range(2)] == [204, 204]


def test_a_large_erasure_is_begun_at_once_and_ended_by_the_worker(api, store, monkeypatch):
    monkeypatch.setattr(privacy, "PAGE", 10)
    monkeypatch.setattr(privacy, "AT_ONCE", 20)
    monkeypatch.setattr(privacy, "A_CHORE", 30)
    comments = [{"id": f"m-{n}", "body": f"Number {n}", "author": {"id": "u-1"}} for n in range(65)]
    api.post("/v1/comments/batch", {"comments": comments})
    api.post("/v1/comments", {"id": "other", "body": "Another's", "author": {"id": "u-2"}})
    assert api.delete("/v1/authors/u-1").status_code == 202
    assert len(api.get("/v1/authors/u-1/export").json["items"]) == 45
    (chore,) = [chore for chore in chores(store) if chore.name == "authors"]
    assert [chore.do("herald") for _ in range(3)] == [1, 0, 0]
    assert "u-1" not in everything(store)
    assert ids(api.get("/v1/comments").json["items"]) == ["other"]
    assert [event["type"] for event in events(api)].count("comment.erased") == 65
    assert api.delete("/v1/authors/u-1").status_code == 204
    assert len(api.get("/v1/audit?act=author.erased").json["items"]) == 1


def test_an_erasure_that_was_cut_short_is_ended_by_the_worker(api, store, monkeypatch):
    api.post("/v1/comments", {"id": "c-1", "body": SECRET, "author": PERSON})
    with monkeypatch.context() as cut:
        cut.setattr(privacy.Privacy, "_erase", lambda *_: 1 / 0)
        assert api.delete("/v1/authors/u-personal").status_code == 500
    (chore,) = [chore for chore in chores(store) if chore.name == "authors"]
    chore.do("herald")
    assert not [trace for trace in TRACES if trace in everything(store)]


def test_what_an_author_writes_after_the_erasure_is_a_new_beginning(api):
    api.post("/v1/comments", {"id": "c-1", "body": "Thanks", "author": {"id": "u-1"}})
    api.delete("/v1/authors/u-1")
    api.post("/v1/comments", {"id": "c-2", "body": "Hello again", "author": {"id": "u-1"}})
    assert api.get("/v1/authors/u-1/export").json["comments"] == {"approved": 1, "pending": 0, "rejected": 0}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(author=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=128))
def test_any_id_of_an_author_can_be_an_address(api, author):
    api.post("/v1/comments", {"id": "c-1", "body": "Thanks", "author": {"id": author}})
    address = f"/v1/authors/{quote(author, safe='')}"
    assert api.get(address + "/export").json["author_id"] == author
    assert api.delete(address).status_code == 204
    assert api.get("/v1/comments").json["items"] == []
    api.client.application.extensions["winnow"].store._client.delete("{herald}:comment:c-1")


@pytest.mark.parametrize("author", ["a/b", "//", "/export", "x/export", "..", "%2F", "a?b#c", "a b", "ä", "\n"])
def test_ids_that_look_like_parts_of_an_address_are_ids(api, author):
    api.post("/v1/comments", {"id": "c-1", "body": "Thanks", "author": {"id": author}})
    address = f"/v1/authors/{quote(author, safe='')}"
    assert api.get(address + "/export").json["author_id"] == author
    assert api.delete(address).status_code == 204
    assert api.get("/v1/comments").json["items"] == []
