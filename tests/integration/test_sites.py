"""Sites: closed to readers, given out whole, erased whole."""

import orjson
import pytest

from service.holdings import SiteHoldings
from service.store import keys as keys_module
from service.store.keys import Keys
from service.store.sites import Sites, UnknownSite
from tests.support import claim, everything, hold_everything, ids

SECRET = "a very particular sentence"


@pytest.fixture
def sites(store):
    return Sites(store, settles=0)


@pytest.fixture
def at_once(monkeypatch):
    """Workers that ask for a key at each request, as they do every two seconds."""
    monkeypatch.setattr(keys_module, "FRESH_SECONDS", 0.0)


def lived_in(key_for, site):
    """A site in which all sorts of things happened."""
    api = key_for("admin", name="ada", site=site)
    hold_everything(api)
    for n in range(5):
        author = {"id": f"{site}-author-{n}", "email": f"{site}@particular.example"}
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"{SECRET} {n}", "author": author, "article": {"id": "a"}})
    claim(api, limit=2, order="informative", reason="mode")
    api.post("/v1/comments/c-0/decision", {"action": "reject", "note": SECRET})
    api.put("/v1/comments/c-1", {"body": "Edited"})
    api.delete("/v1/comments/c-2")
    api.post("/v1/comments/batch", {"comments": [{"body": SECRET}]}, Idempotency_Key="k")
    return api


def test_a_closed_site_takes_in_nothing_and_all_else_goes_on(key_for, sites, at_once):
    api, other = lived_in(key_for, "herald"), key_for("submit", site="rival")
    assert sites.close("herald", "op-1", "olga")
    for answer in (
        api.post("/v1/comments", {"body": "x"}),
        api.post("/v1/comments/batch", {"comments": [{"body": "x"}]}),
        api.put("/v1/comments/c-1", {"body": "x"}),
    ):
        assert (answer.status_code, answer.json["type"]) == (403, "urn:winnow:problem:site-closed")
    assert api.get("/v1/comments/c-1").status_code == 200
    assert api.post("/v1/comments/c-1/decision", {"action": "approve", "override": True}).status_code == 200
    assert api.get("/v1/events").status_code == 200
    assert api.get("/v1/authors/herald-author-0/export").status_code == 200
    assert api.delete("/v1/authors/herald-author-0").status_code == 204
    assert other.post("/v1/comments", {"body": "x"}).status_code == 201


def test_a_site_is_closed_and_opened_once_and_the_log_has_it(api, sites, at_once):
    assert [sites.close("herald", f"op-{n}", "olga") for n in range(2)] == [True, False]
    assert sites.one("herald").closed is not None
    assert [sites.reopen("herald", f"re-{n}", "olga") for n in range(2)] == [True, False]
    assert api.post("/v1/comments", {"body": "x"}).status_code == 201
    acts = [(one["by"], one["act"]) for one in api.get("/v1/audit").json["items"]]
    assert acts[:2] == [("olga", "site.reopened"), ("olga", "site.closed")]


def test_a_new_key_of_a_closed_site_posts_nothing_either(key_for, sites):
    key_for("admin")
    sites.close("herald", "op-1", "olga")
    assert key_for("submit").post("/v1/comments", {"body": "x"}).status_code == 403


def test_what_a_worker_saw_of_a_key_is_believed_for_two_seconds_at_the_most(api, sites, monkeypatch):
    assert api.post("/v1/comments", {"body": "x"}).status_code == 201
    sites.close("herald", "op-1", "olga")
    assert api.post("/v1/comments", {"body": "x"}).status_code == 201
    later = keys_module.time.monotonic() + 2.0
    monkeypatch.setattr(keys_module.time, "monotonic", lambda: later)
    assert api.post("/v1/comments", {"body": "x"}).status_code == 403


def test_an_erased_site_leaves_nothing_and_others_lose_nothing(key_for, sites, store, at_once, monkeypatch):
    monkeypatch.setattr("service.store.sites.PAGE", 5)
    api, other = lived_in(key_for, "herald"), lived_in(key_for, "rival")
    store._client.hset("{winnow}:models:in-force", "herald", "digest")
    store._client.lpush("{winnow}:models:log:herald", "{}")
    theirs = [line for line in everything(store).splitlines() if line.startswith("{rival}")]
    steps = list(sites.erase("herald", "op-1", "olga"))
    assert len(steps) > 1
    kept = everything(store)
    assert "herald" not in kept
    assert sorted(line for line in kept.splitlines() if line.startswith("{rival}")) == sorted(theirs)
    assert api.get("/v1/comments").status_code == 401
    assert len(other.get("/v1/comments").json["items"]) == 5
    with pytest.raises(UnknownSite):
        sites.one("herald")


def test_an_erasure_that_was_cut_short_is_done_by_doing_it_again(key_for, sites, store, monkeypatch):
    monkeypatch.setattr("service.store.sites.PAGE", 5)
    lived_in(key_for, "herald")
    next(sites.erase("herald", "op-1", "olga"))
    assert [site.name for site in sites.all()] == ["herald"]
    assert sum(sites.erase("herald", "op-2", "olga"))
    assert "herald" not in everything(store)


def test_a_name_that_was_erased_may_be_taken_again(key_for, sites, store):
    lived_in(key_for, "herald")
    list(sites.erase("herald", "op-1", "olga"))
    api = key_for("admin", name="eve")
    assert api.get("/v1/comments").json["items"] == []
    assert api.get("/v1/policy").json["version"] == 1
    assert api.post("/v1/comments", {"id": "c-2", "body": "A new beginning"}).status_code == 201


def test_a_name_is_no_pattern_for_others(key_for, sites):
    for site in ("news", "news-2", "1news"):
        key_for("admin", site=site).post("/v1/comments", {"body": "x"})
    list(sites.erase("news", "op-1", "olga"))
    assert [(site.name, sum(site.comments.values())) for site in sites.all()] == [("1news", 1), ("news-2", 1)]


def test_sites_are_listed_with_what_they_hold(key_for, sites):
    lived_in(key_for, "herald")
    key_for("submit", site="rival")
    herald, rival = sites.all()
    assert (herald.name, herald.closed, herald.keys) == ("herald", None, 1)
    assert herald.comments == {"approved": 0, "pending": 4, "rejected": 1}
    assert (rival.name, sum(rival.comments.values()), rival.keys) == ("rival", 0, 1)


def test_an_export_has_everything_of_one_site_and_no_key_that_opens_it(key_for, store):
    api, _ = lived_in(key_for, "herald"), lived_in(key_for, "rival")
    hook = api.post("/v1/webhooks", {"url": "https://herald.example/hook"}).json
    api.put("/v1/articles/a-9/mode", {"mode": "closed"})
    store._client.rpush("{herald}:notes:c-0", '{"op":"o","at":1,"by":"bob","text":"a word to colleagues"}')
    lines = list(SiteHoldings(store, "herald").everything())
    kinds = {}
    for line in lines:
        kinds.setdefault(line["kind"], []).append(line)
    assert list(kinds) == ["site", "key", "policy", "webhook", "article", "author", "comment", "event", "act"]
    assert sorted(ids(kinds["comment"])) == sorted(ids(api.get("/v1/comments").json["items"]))
    rejected = next(one for one in kinds["comment"] if one["id"] == "c-0")
    assert (rejected["status"], rejected["history"][0]["note"]) == ("rejected", SECRET)
    assert [(note["by"], note["text"]) for note in rejected["notes"]] == [("bob", "a word to colleagues")]
    assert [one["author_id"] for one in kinds["author"]] == ["herald-author-0", "herald-author-3", "herald-author-4"]
    assert len(kinds["event"]) == len(api.get("/v1/events?limit=1000").json["items"])
    assert len(kinds["act"]) == len(api.get("/v1/audit?limit=1000").json["items"])
    assert [one["version"] for one in kinds["policy"]] == [2]
    assert [(one["id"], one["url"]) for one in kinds["webhook"]] == [(hook["id"], "https://herald.example/hook")]
    assert [(one["id"], one["mode"]) for one in kinds["article"]] == [("a-9", "closed")]
    text = orjson.dumps(lines).decode()
    assert api.key not in text
    assert hook["secret"] not in text
    assert "rival" not in text
    assert SECRET not in orjson.dumps(kinds["event"] + kinds["act"]).decode()


def test_an_export_since_a_time_has_what_came_then(api, store):
    api.post("/v1/comments", {"id": "c-1", "body": "x"})
    held = SiteHoldings(store, "herald")
    now = store._client.time()[0] * 1000 + 5000
    assert [len(list(lines(0))) for lines in (held.comments, held.events)] == [1, 1]
    assert [len(list(lines(now))) for lines in (held.comments, held.events, held.audit)] == [0, 0, 0]


def test_of_a_site_that_is_none_nothing_is_done(store, sites):
    for act in (sites.close, sites.reopen, lambda *asked: list(sites.erase(*asked))):
        with pytest.raises(UnknownSite):
            act("nowhere", "op-1", "olga")
    assert Keys(store).sites() == []
    assert "nowhere" not in everything(store)
