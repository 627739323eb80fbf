"""Every rule of the policy, from the request to the verdict, with what the store knows."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import orjson
import pytest

from service.app import create_app
from service.moderation.perspective import perspective_score
from service.moderation.policy import Wellbeing, default_policy
from service.settings import load_settings
from service.store.connection import site_key
from service.store.keys import Keys
from service.store.policies import Policies
from tests.support import Api, events


def change(api, **changed):
    policy = api.get("/v1/policy").json
    answer = api.put("/v1/policy", policy | changed)
    assert answer.status_code == 200, answer.json
    return answer.json


NEVER = {"hold": None, "seconds": 86400}

numbers = count(1)


def judged(api, **comment):
    answer = api.post("/v1/comments", {"body": f"A clear report, I read page {next(numbers)} of it twice"} | comment)
    assert answer.status_code == 201, answer.json
    return answer.json["verdict"], [reason["code"] for reason in answer.json["reasons"]]


def test_lists_patterns_and_links_decide_and_explain(api):
    change(
        api,
        thresholds={},
        words={"block": ["cialis"], "suspect": ["garden gnome"]},
        patterns=[{"name": "postcodes", "pattern": r"\b[A-Z]\d[A-Z] \d[A-Z]\d\b", "verdict": "hold"}],
        links={
            "hold": 2,
            "shorteners": "hold",
            "block": ["evil.com"],
            "suspect": [],
            "trusted": ["example.org"],
        },
    )
    assert judged(api, body="My specialist is a socialist") == ("approve", [])
    assert judged(api, body="My doctor says C1ALIS") == ("reject", ["blocked_word"])
    assert judged(api, body="Here is a garden, gnome for you") == ("hold", ["suspect_word"])
    assert judged(api, body="Greetings from K1A 0B1") == ("hold", ["pattern"])
    assert "evil.com" not in str(api.post("/v1/comments", {"body": "The garden is at evil(dot)com"}).json)
    assert judged(api, body="Gardens at evil(dot)com") == ("reject", ["link"])


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"patterns": [{"name": "n", "pattern": "(", "verdict": "hold"}]}, "patterns.0.pattern"),
        ({"words": {"block": ["!!!"], "suspect": []}}, "words.block.0"),
        ({"words": {"block": [], "suspect": ["x" * 201]}}, "words.suspect.0"),
        ({"links": {"hold": 0, "shorteners": None, "block": [], "suspect": [], "trusted": []}}, "links.hold"),
        (
            {"links": {"hold": 1, "shorteners": None, "block": ["www.evil.com"], "suspect": [], "trusted": []}},
            "links.block.0",
        ),
        (
            {"links": {"hold": 1, "shorteners": "approve", "block": [], "suspect": [], "trusted": []}},
            "links.shorteners",
        ),
        ({"sections": {"sport": {"mode": "closed"}}}, "sections.sport.value.mode"),
        ({"audit_share": 1.5}, "audit_share"),
        ({"retention": {"approved_days": 7, "decided_days": 30, "personal_days": 30}}, "retention.decided_days"),
        (
            {"wellbeing": {"severe_in_a_row": 0, "break_after_minutes": 60, "break_minutes": 5}},
            "wellbeing.severe_in_a_row",
        ),
        (
            {"wellbeing": {"severe_in_a_row": 5, "break_after_minutes": 60, "break_minutes": None}},
            "wellbeing.break_minutes",
        ),
        ({"languages": {"accepted": ["english"], "otherwise": "hold"}}, "languages.accepted.0"),
        ({"perspective": [[0, 0], [1, 1]]}, "perspective"),
        ({"perspective": {"FLIRTATION": [[0, 0], [1, 1]]}}, "perspective.FLIRTATION.key"),
        ({"perspective": {"toxicity": [[0, 0], [1, 1]]}}, "perspective.toxicity.key"),
        ({"perspective": {"TOXICITY": None}}, "perspective.TOXICITY.value"),
        ({"perspective": {"TOXICITY": [[0, 0]]}}, "perspective.TOXICITY.value"),
        ({"perspective": {"TOXICITY": [[n / 64, n / 64] for n in range(65)]}}, "perspective.TOXICITY.value"),
        ({"perspective": {"TOXICITY": [[0, 0], [1]]}}, "perspective.TOXICITY.value.1"),
        ({"perspective": {"TOXICITY": [[0, 0], [1, "1"]]}}, "perspective.TOXICITY.value.1.1"),
        ({"perspective": {"TOXICITY": [[0, 0], [1, 1.5]]}}, "perspective.TOXICITY.value.1.1"),
        ({"perspective": {"TOXICITY": [[0.1, 0], [1, 1]]}}, "perspective.TOXICITY.value.0.0"),
        ({"perspective": {"TOXICITY": [[0, 0], [0.9, 1]]}}, "perspective.TOXICITY.value.1.0"),
        ({"perspective": {"TOXICITY": [[0, 0], [0.5, 0.1], [0.5, 0.2], [1, 1]]}}, "perspective.TOXICITY.value.2.0"),
        ({"perspective": {"TOXICITY": [[0, 0], [0.5, 0.3], [0.6, 0.2], [1, 1]]}}, "perspective.TOXICITY.value.2.1"),
    ],
)
def test_a_policy_is_refused_as_a_whole_and_the_field_is_named(api, changed, where):
    policy = api.get("/v1/policy").json
    answer = api.put("/v1/policy", policy | changed)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [where])
    assert api.get("/v1/policy").json == policy


def test_a_put_takes_what_get_gave_with_every_rule_set(api):
    full = {
        "mode": "pre",
        "first_time": {"hold_below": 3},
        "words": {"block": ["a b", "傻瓜"], "suspect": ["c"]},
        "patterns": [{"name": "n", "pattern": "x+", "verdict": "reject"}],
        "links": {"hold": 2, "shorteners": "hold", "block": ["evil.com"], "suspect": ["odd.org"], "trusted": ["bbc.co.uk"]},
        "languages": {"accepted": ["en", "de"], "otherwise": "reject"},
        "reports": {"hold": 2.5},
        "sections": {"Sport": {"mode": "post", "thresholds": {"spam": {"hold": 0.9, "reject": None}}}, "empty": {}},
        "audit_share": 0.01,
        "review_share": 0.5,
        "wellbeing": {"severe_in_a_row": None, "break_after_minutes": 45, "break_minutes": 10},
        "perspective": {"TOXICITY": [[0.0, 0.0], [0.1, 0.30000000000000004], [1.0, 1.0]], "SPAM": [[n / 63, n / 63] for n in range(64)]},
    }  # fmt: skip
    change(api, **full)
    again = api.get("/v1/policy").json
    assert {name: again[name] for name in full} == full
    change(api)
    assert api.get("/v1/policy").json == again | {"version": 3}


def test_a_version_that_was_saved_before_the_console_has_its_defaults(api, store):
    change(api, wellbeing={"severe_in_a_row": 1, "break_after_minutes": None, "break_minutes": 1})
    change(api, audit_share=0.25)
    kept = orjson.loads(store._client.hget("{herald}:policy", "2"))
    del kept["policy"]["wellbeing"], kept["policy"]["perspective"]
    store._client.hset("{herald}:policy", "2", orjson.dumps(kept))
    assert Policies(store).at("herald", 2, default_policy({})).wellbeing == Wellbeing()
    brought_back = api.post("/v1/policy/rollback", {"version": 3, "to": 2}).json
    assert brought_back["wellbeing"] == {"severe_in_a_row": 5, "break_after_minutes": 60, "break_minutes": 5}
    assert brought_back["perspective"] == {}


def test_a_map_of_perspectives_scores_is_in_force_with_the_policy_and_goes_with_it(api, app):
    map_of_ours = {"TOXICITY": [[0, 0], [0.8, 0.25], [1, 1]]}

    def there(name):
        policy = app.extensions["winnow"].policy_of("herald")
        return perspective_score(name, 0.25, policy)

    change(api, perspective=map_of_ours)
    assert (there("TOXICITY"), there("TOXICITY_EXPERIMENTAL")) == (0.8, 0.8)
    assert there("INSULT") == pytest.approx(0.5)
    change(api, perspective={})
    assert there("TOXICITY") == pytest.approx(0.5)
    assert api.post("/v1/policy/rollback", {"version": 3, "to": 2}).json["perspective"] == map_of_ours
    assert there("TOXICITY") == 0.8
    assert [one["policy"]["perspective"] for one in api.get("/v1/policy/versions").json["items"]] == [
        map_of_ours,
        {},
        map_of_ours,
        {},
    ]


def test_a_new_author_waits_until_enough_was_approved(api, store):
    change(api, near_copies=NEVER, first_time={"hold_below": 2})
    author = {"id": "u-1"}
    for n in range(2):
        assert judged(api, id=f"c-{n}", author=author) == ("hold", ["author"])
    api.post("/v1/comments/c-0/decision", {"action": "approve"})
    assert judged(api, author=author) == ("hold", ["author"])
    api.post("/v1/comments/c-1/decision", {"action": "approve"})
    assert judged(api, author=author) == ("approve", [])
    assert judged(api, author={"id": "u-2"}) == ("hold", ["author"])
    assert judged(api) == ("hold", ["author"])


def test_a_worker_that_did_not_see_the_policy_yet_asks_what_it_asks(api, redis_url, tmp_path, store):
    change(api)
    judged(api)  # this worker saw version 2
    another = create_app(load_settings(environ={"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error"}), redis_url)
    key, _ = Keys(store).create("herald", "admin", "bob")
    change(Api(another.test_client(), key), first_time={"hold_below": 1})
    assert judged(api, author={"id": "u-1"}) == ("hold", ["author"])


def set_standing(store, author, standing, until=None):
    named = {"standing": standing, "until": until} if until else {"standing": standing}
    store.call(lambda client: client.hset(site_key("herald", "standing", author), mapping=named))


def test_an_authors_standing_counts_until_it_is_over(api, store):
    set_standing(store, "banned", "banned")
    set_standing(store, "watched", "watched", 2**42)
    set_standing(store, "once banned", "banned", 1)
    assert judged(api, author={"id": "banned"}) == ("reject", ["author"])
    assert judged(api, author={"id": "watched"}) == ("hold", ["author"])
    assert judged(api, author={"id": "once banned"}) == ("approve", [])
    assert judged(api, author={"id": "nobody"}) == ("approve", [])


def test_a_trusted_author_posts_where_everything_else_waits(api, store):
    set_standing(store, "trusted", "trusted")
    change(api, mode="pre", first_time={"hold_below": 5})
    assert judged(api, author={"id": "trusted"}) == ("approve", [])
    assert judged(api, author={"id": "other"}) == ("hold", ["author", "mode"])


def test_an_article_has_a_mode_of_its_own(api, store):
    for article, mode in (("hot", "pre"), ("over", "closed"), ("open", "post")):
        store.call(
            lambda client, article=article, mode=mode: client.hset(site_key("herald", "article", article), "mode", mode)
        )
    assert judged(api, article={"id": "hot"}) == ("hold", ["article"])
    assert judged(api, article={"id": "over"}) == ("reject", ["article"])
    change(api, mode="pre")
    assert judged(api, article={"id": "open"}) == ("approve", [])
    assert judged(api, article={"id": "other"}) == ("hold", ["mode"])


def test_a_reply_to_a_rejected_comment_is_held(api):
    change(api, words={"block": ["curse"], "suspect": []})
    assert judged(api, id="bad", body="A curse upon you") == ("reject", ["blocked_word"])
    assert judged(api, id="fine") == ("approve", [])
    assert judged(api, parent_id="bad") == ("hold", ["parent"])
    assert judged(api, parent_id="fine") == ("approve", [])
    assert judged(api, parent_id="never-seen", body="Another thought") == ("approve", [])


@pytest.mark.parametrize("rate", ["address_rate", "site_rate"])
def test_more_than_the_rate_is_held(api, rate):
    change(api, near_copies=NEVER, **{rate: {"limit": 3, "seconds": 86400}})
    came = [judged(api, author={"ip": "203.0.113.9"}) for _ in range(5)]
    assert came == [("approve", [])] * 3 + [("hold", ["rate"])] * 2
    elsewhere = judged(api, author={"ip": "203.0.113.10"})
    assert elsewhere == (("approve", []) if rate == "address_rate" else ("hold", ["rate"]))


def test_sections_have_thresholds_and_a_mode_of_their_own(api):
    change(
        api,
        sections={
            "Obituaries": {"mode": "pre"},
            "sport": {"links": {"hold": 1, "shorteners": None, "block": [], "suspect": [], "trusted": []}},
        },
    )
    assert judged(api, article={"section": "obituaries"}) == ("hold", ["mode"])
    assert judged(api, article={"section": "Sport"}, body="The garden at example.org") == ("hold", ["link"])
    assert judged(api, body="The garden at example.org") == ("approve", [])


def test_talk_of_self_harm_comes_first_and_raises_an_event_at_once(api):
    change(api, mode="pre")
    judged(api, id="plain")
    verdict, codes = judged(api, id="urgent", body="I am tired and I want to die")
    assert verdict == "hold"
    assert "self_harm" in codes
    assert [one["id"] for one in api.get("/v1/queue").json["items"]] == ["urgent", "plain"]
    told = [(one["type"], one["comment_id"]) for one in events(api)]
    assert told == [("comment.held", "plain"), ("comment.held", "urgent"), ("comment.urgent", "urgent")]
    assert [one["id"] for one in api.get("/v1/queue?reason=self_harm").json["items"]] == ["urgent"]


def test_an_edit_is_judged_by_the_author_the_article_and_the_parent_too(api, store):
    author = {"id": "u-1"}
    api.post("/v1/comments", {"id": "c", "body": "Thanks", "author": author})
    set_standing(store, "u-1", "banned")
    edited = api.put("/v1/comments/c", {"body": "Thanks again", "author": author}).json
    assert (edited["status"], [one["code"] for one in edited["reasons"]]) == ("rejected", ["author"])


def test_the_audit_sample_is_drawn_from_approvals(api):
    change(api, audit_share=1)
    assert judged(api) == ("approve", ["audit"])
    change(api, audit_share=0)
    assert judged(api, body="Another one") == ("approve", [])


def test_an_earlier_version_comes_back_as_a_new_one(api):
    first = api.get("/v1/policy").json
    change(api, mode="pre", audit_share=0.5)
    back = api.post("/v1/policy/rollback", {"version": 2, "to": 1})
    assert (back.status_code, back.json) == (200, first | {"version": 3})
    assert api.post("/v1/policy/rollback", {"version": 2, "to": 1}).status_code == 409
    assert api.post("/v1/policy/rollback", {"version": 3, "to": 9}).status_code == 404
    again = api.post("/v1/policy/rollback", {"version": 3, "to": 2})
    assert again.json == first | {"version": 4, "mode": "pre", "audit_share": 0.5}
    versions = api.get("/v1/policy/versions").json["items"]
    assert [(one["version"], one["by"]) for one in versions] == [(4, "ada"), (3, "ada"), (2, "ada"), (1, None)]


def test_a_new_policy_is_in_force_for_every_worker_with_its_next_comment(api, key_for, app, redis_url):
    submit = key_for("submit")
    assert judged(submit) == ("approve", [])
    change(api, words={"block": [], "suspect": ["gardens"]})
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda n: judged(key_for("submit"), body=f"My gardens, number {n}"), range(8)))
    assert told == [("hold", ["suspect_word"])] * 8
