"""Drafts of a policy, tried on what came: which comments would change, in which direction, and that nothing does."""

import orjson
import pytest

from service.commands.replay import line_of
from service.holdings import SiteHoldings
from service.moderation.policy import default_policy
from service.previews import Previews, Progress
from service.store.connection import site_key
from service.store.replays import Replays, Stretch
from tests.integration.test_policy import change, judged, set_standing
from tests.support import everything

LINKS = {"hold": None, "shorteners": None, "block": [], "suspect": [], "trusted": []}


def preview(api, last=1000, **changed):
    policy = api.get("/v1/policy").json
    answer = api.post("/v1/policy/preview", {"policy": policy | changed, "last": last})
    assert answer.status_code == 200, answer.json
    return answer.json


def ways(found):
    return {f"{one['live']} > {one['draft']}": one["comments"] for one in found["changes"]}


@pytest.mark.parametrize(
    ("before", "comment", "draft", "expected", "code"),
    [
        ({}, {}, {"mode": "pre"}, "approve > hold", "mode"),
        ({"mode": "pre"}, {}, {"mode": "post"}, "hold > approve", "mode"),
        ({}, {}, {"thresholds": {"toxicity": {"hold": 0.0, "reject": None}}}, "approve > hold", "score"),
        ({}, {}, {"thresholds": {"toxicity": {"hold": 0.0, "reject": 0.0}}}, "approve > reject", "score"),
        ({}, {"body": "My gnomes"}, {"words": {"block": ["gnomes"], "suspect": []}}, "approve > reject", "blocked_word"),
        ({"words": {"block": ["gnomes"], "suspect": []}}, {"body": "My gnomes"}, {"words": {"block": [], "suspect": ["gnomes"]}}, "reject > hold", "suspect_word"),
        ({}, {"body": "In 1999"}, {"patterns": [{"name": "n", "pattern": r"\d{4}", "verdict": "hold"}]}, "approve > hold", "pattern"),
        ({}, {"body": "The garden is at example.org"}, {"links": LINKS | {"hold": 1}}, "approve > hold", "link"),
        ({}, {"body": "I want to die"}, {"self_harm": "approve", "thresholds": {}}, "hold > approve", "self_harm"),
        ({}, {"language": "en"}, {"languages": {"accepted": ["de"], "otherwise": "reject"}}, "approve > reject", "language"),
        ({}, {}, {"first_time": {"hold_below": 1}}, "approve > hold", "author"),
        ({}, {"article": {"section": "Sport"}}, {"sections": {"sport": {"mode": "pre"}}}, "approve > hold", "mode"),
        ({}, {}, {"site_rate": {"limit": 1, "seconds": 86400}}, "approve > hold", "rate"),
        ({}, {"author": {"id": "u"}}, {"author_rate": {"limit": 1, "seconds": 86400}}, "approve > hold", "rate"),
        ({}, {"author": {"ip": "203.0.113.9"}}, {"address_rate": {"limit": 1, "seconds": 86400}}, "approve > hold", "rate"),
    ],
)  # fmt: skip
def test_a_preview_shows_the_direction_of_each_rule(  # noqa: PLR0913, PLR0917  # a table
    api, before, comment, draft, expected, code
):
    if before:
        change(api, **before)
    for n in range(2):
        judged(api, **(comment | {"id": f"c-{n}", "body": f"{comment.get('body', 'Thanks for this read')} {'!' * n}"}))
    found = preview(api, **draft)
    assert (found["looked_at"], list(ways(found))) == (2, [expected])
    changed = found["changes"][0]
    assert found["unchanged"] == 2 - changed["comments"]
    example = changed["examples"][0]
    assert (example["id"], [example[side]["verdict"] for side in ("live", "draft")]) == ("c-1", expected.split(" > "))
    assert example["text"].endswith("!")
    side = "live" if expected == "hold > approve" else "draft"
    assert found["reasons"][code][side] == changed["comments"]
    assert code in [one["code"] for one in example[side]["reasons"]]


def test_the_fourth_copy_would_be_the_third(api):
    for n in range(5):
        judged(api, id=f"c-{n}", body="Buy it now")
    policy = api.get("/v1/policy").json
    assert ways(preview(api, repeats=policy["repeats"] | {"hold": 3})) == {"approve > hold": 1}
    assert ways(preview(api, repeats=policy["repeats"] | {"hold": None})) == {"hold > approve": 2}
    assert ways(preview(api, last=1, repeats=policy["repeats"] | {"hold": 5})) == {}
    assert ways(preview(api, last=1, repeats=policy["repeats"] | {"hold": 6})) == {"hold > approve": 1}


def test_a_campaign_would_be_held_later(api):
    for n in range(7):
        judged(api, id=f"c-{n}", body=f"Great earnings at home, ask {n}")
    assert ways(preview(api, near_copies={"hold": 6, "seconds": 86400})) == {"hold > approve": 1}
    assert ways(preview(api, near_copies={"hold": None, "seconds": 86400})) == {"hold > approve": 3}


def test_authors_are_as_new_as_they_were_and_as_trusted_as_they_are(api, store):
    change(api, near_copies={"hold": None, "seconds": 86400})
    set_standing(store, "trusted", "trusted")
    set_standing(store, "banned", "banned")
    for author in ("reader", "trusted", "banned"):
        for n in range(3):
            judged(api, id=f"{author}-{n}", author={"id": author})
    found = preview(api, first_time={"hold_below": 2})
    assert ways(found) == {"approve > hold": 2}
    assert [one["id"] for one in found["changes"][0]["examples"]] == ["reader-1", "reader-0"]
    assert ways(preview(api, last=5, first_time={"hold_below": 2})) == {}
    assert ways(preview(api, last=7, first_time={"hold_below": 3})) == {"approve > hold": 1}


def test_what_the_article_said_then_is_believed_whatever_it_says_now(api, store):
    article = site_key("herald", "article", "a-1")
    store.call(lambda client: client.hset(article, "mode", "closed"))
    judged(api, article={"id": "a-1"})
    store.call(lambda client: client.hset(article, "mode", "post"))
    judged(api, article={"id": "a-1"})
    found = preview(api, mode="pre")
    assert ways(found) == {}
    assert found["verdicts"]["draft"] == {"approve": 1, "hold": 0, "reject": 1}


def test_it_knows_which_decisions_of_moderators_stand(api, store):
    for n in range(4):
        judged(api, id=f"c-{n}")
    api.post("/v1/comments/c-0/decision", {"action": "approve"})
    api.post("/v1/comments/c-1/decision", {"action": "reject"})
    api.post("/v1/comments/c-2/decision", {"action": "reject"})
    api.delete("/v1/comments/c-2/decision")
    replays = Replays(store)
    (page,) = replays.pages("herald", replays.last("herald", 10), approved=False)
    assert [(one.id, one.decided) for one in page] == [("c-0", "approve"), ("c-1", "reject"), ("c-2", ""), ("c-3", "")]


def test_it_changes_nothing_and_leaves_out_what_was_erased_and_other_sites(api, key_for, store):
    key_for("submit", site="rival").post("/v1/comments", {"id": "theirs", "body": "Ours alone"})
    for n in range(3):
        judged(api, id=f"c-{n}")
    api.delete("/v1/comments/c-1")
    policy = api.get("/v1/policy").json
    before = kept(store)
    answer = api.post("/v1/policy/preview", {"policy": policy | {"mode": "pre"}, "last": 1000}, Idempotency_Key="k")
    assert ways(answer.json) == {"approve > hold": 2}
    assert [one["id"] for one in answer.json["changes"][0]["examples"]] == ["c-2", "c-0"]
    assert kept(store) == before


def kept(store):
    """All that Redis holds but for the counted requests; a hash's fields may come in any order."""
    return sorted("".join(sorted(line)) for line in everything(store).splitlines() if ":rate:key" not in line)


def test_a_draft_of_what_comes_after_another_version_is_409(api):
    policy = api.get("/v1/policy").json
    change(api, mode="pre")
    answer = api.post("/v1/policy/preview", {"policy": policy, "last": 10})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:winnow:problem:stale-policy")


def test_lines_say_how_far_it_is_and_end_with_the_result(api):
    for n in range(3):
        judged(api, id=f"c-{n}")
    policy = api.get("/v1/policy").json
    asked = {"policy": policy | {"mode": "pre"}, "last": 2}
    answer = api.post("/v1/policy/preview", asked, Accept="application/x-ndjson")
    assert answer.content_type == "application/x-ndjson"
    first, *_, last = [orjson.loads(line) for line in answer.data.splitlines()]
    assert first == {"progress": {"looked_at": 0, "of": 2}}
    assert last == {"result": api.post("/v1/policy/preview", asked).json}


def test_lines_end_with_a_problem_when_the_store_goes_away(api, app, store):
    judged(api)
    asked = {"policy": api.get("/v1/policy").json, "last": 2}
    answer = api.client.open(
        "/v1/policy/preview",
        method="POST",
        json=asked,
        headers={"Authorization": f"Bearer {api.key}", "Accept": "application/x-ndjson"},
        buffered=False,
    )
    lines = iter(answer.response)
    assert b"progress" in next(lines)
    parts = app.extensions["winnow"]
    parts.store._resting_until = float("inf")
    last = orjson.loads(list(lines)[-1])
    assert last["problem"]["type"] == "urn:winnow:problem:unavailable"


def test_a_preview_that_nobody_reads_to_its_end_holds_up_no_other(store, app):
    previews, policy = Previews(Replays(store)), default_policy({})
    begun = previews.compare("herald", policy, policy, 10)
    assert next(begun) == Progress(0, 0)
    begun.close()
    assert list(previews.compare("herald", policy, policy, 10))


def times(store, at):
    """Comments whose ids are `a` to whatever, at these times, each on some list."""
    for n, ms in enumerate(at):
        status = ("approved", "pending", "rejected")[n % 3]
        store._client.zadd(site_key("herald", "list", status), {f"{n:04}": ms})


@pytest.mark.parametrize(
    ("at", "wanted", "expected"),
    [
        ([], 5, Stretch(0, 0, 0)),
        ([10, 20, 30], 5, Stretch(0, 0, 3)),
        ([10, 20, 30], 3, Stretch(0, 0, 3)),
        ([10, 20, 30], 2, Stretch(20, 0, 2)),
        ([10, 10, 10, 30], 2, Stretch(10, 2, 2)),
        ([7, 7, 7, 7], 1, Stretch(7, 3, 1)),
    ],
)
def test_the_last_comments_begin_where_they_should(store, at, wanted, expected):
    times(store, at)
    assert Replays(store).last("herald", wanted) == expected


def test_many_comments_of_the_same_moment_are_each_walked_once(store):
    times(store, [5] * 900 + [6] * 300)
    walked = list(Replays(store)._ascending(site_key("herald", "list", "approved"), 0))
    assert walked == [(5, f"{n:04}") for n in range(0, 900, 3)] + [(6, f"{n:04}") for n in range(900, 1200, 3)]


def test_an_exported_comment_is_replayed_as_a_kept_one(api, store):
    change(api, author_rate={"limit": 1, "seconds": 86400})
    for n in range(2):
        author, article = {"id": "u-1", "ip": "203.0.113.9"}, {"id": "a-1", "section": "Sport"}
        judged(api, id=f"c-{n}", body=f"You stupid idiot {n}", author=author, article=article, language="en")
    judged(api, id="c-2")
    replays = Replays(store)
    (kept,) = replays.pages("herald", replays.last("herald", 10), approved=False)
    exported = [line_of(orjson.loads(orjson.dumps(one)), "1") for one in SiteHoldings(store, "herald").comments()]
    assert all(line.scored and line.judged for line in exported)
    assert [line.comment for line in reversed(exported)] == kept
