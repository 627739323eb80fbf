"""The server did it, and the answer was lost on the way back: what was asked takes effect exactly once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.settings import load_settings
from service.store.connection import LUA, Store, _source, connect
from service.store.keys import Keys
from service.store.suggestions import Suggestion, Suggestions
from service.store.webhooks import Act, Settlement, Webhooks
from service.webhooks.addresses import Networks
from service.webhooks.delivery import Deliverer
from service.webhooks.schedule import Schedule
from service.webhooks.sending import Sender
from service.webhooks.signing import new_secret
from tests.cutting import ScriptCutter
from tests.endpoints import serving
from tests.support import Api, acts, events, hold_everything


@pytest.fixture
def proxy(redis_url: str, store: Any, tmp_path: Path) -> Iterator[ScriptCutter]:
    """A proxy before the server, which knows every script already."""
    for script in LUA.glob("[a-z]*.lua"):
        store._client.script_load(_source(script.stem)[0])
    between = ScriptCutter(tmp_path / "cut.sock", redis_url.removeprefix("unix://"))
    yield between
    between.close()


@pytest.fixture
def api(proxy: ScriptCutter, store: Any, tmp_path: Path) -> Api:
    """An admin's API that reaches the server through the proxy."""
    environ = {"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error"}
    app = create_app(load_settings(environ=environ), f"unix://{proxy.path}")
    text, _ = Keys(store).create("herald", "admin", "ada")
    return Api(app.test_client(), text)


@pytest.fixture
def held(api):
    """Four pending comments, `h-0` the oldest."""
    hold_everything(api)
    comments = [{"id": f"h-{n}", "body": f"Held number {n}"} for n in range(4)]
    api.post("/v1/comments/batch", {"comments": comments})
    return [one["id"] for one in comments]


def told(api):
    return [event["type"] for event in events(api)]


FOREVER = 1000


def test_ones_own_first_post_is_201_though_the_answer_of_the_store_was_lost(api, proxy):
    proxy.cut("accept")
    answer = api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    assert (proxy.lost, answer.status_code, answer.json["status"]) == (1, 201, "approved")
    assert told(api) == ["comment.approved"]
    assert len(api.get("/v1/comments").json["items"]) == 1
    again = api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    assert (again.status_code, again.json) == (200, answer.json)


def test_a_post_without_an_id_whose_answer_was_lost_is_stored_once(api, proxy):
    proxy.cut("accept")
    answer = api.post("/v1/comments", {"body": "Thanks"})
    assert (proxy.lost, answer.status_code) == (1, 201)
    assert [one["id"] for one in api.get("/v1/comments").json["items"]] == [answer.json["id"]]


def test_a_comment_whose_arrival_was_repeated_is_not_its_own_copy(api, proxy):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"repeats": {"hold": 2, "seconds": 86400}})
    proxy.cut("accept")
    first = api.post("/v1/comments", {"id": "c-1", "body": "Buy my book"})
    assert (proxy.lost, first.status_code, first.json["status"]) == (1, 201, "approved")
    assert api.post("/v1/comments", {"id": "c-2", "body": "Buy my book"}).json["status"] == "pending"


def test_a_post_that_was_not_acknowledged_is_stored_once_when_it_is_repeated(api, proxy):
    proxy.cut("accept", FOREVER)
    lost = api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    assert (lost.status_code, lost.json["type"]) == (503, "urn:winnow:problem:unavailable")
    assert "Retry-After" in lost.headers
    proxy.cut("accept", 0)
    assert api.post("/v1/comments", {"id": "c", "body": "Thanks"}).status_code == 200
    assert told(api) == ["comment.approved"]


def test_a_post_under_an_idempotency_key_that_was_not_acknowledged_is_stored_once(api, proxy):
    proxy.cut("accept", FOREVER)
    assert api.post("/v1/comments", {"body": "Thanks"}, Idempotency_Key="k").status_code == 503
    proxy.cut("accept", 0)
    assert api.post("/v1/comments", {"body": "Thanks"}, Idempotency_Key="k").status_code == 200
    assert told(api) == ["comment.approved"]


def test_a_batch_whose_answers_were_lost_is_stored_once(api, proxy):
    proxy.cut("accept")
    comments = [{"id": f"b-{n}", "body": f"Number {n}"} for n in range(40)]
    answer = api.post("/v1/comments/batch", {"comments": comments})
    assert (proxy.lost, answer.status_code) == (1, 200)
    assert [one["id"] for one in answer.json["results"]] == [one["id"] for one in comments]
    assert told(api) == [f"comment.{one['status'].replace('pending', 'held')}" for one in answer.json["results"]]


def test_a_batch_that_was_not_acknowledged_is_stored_once_when_it_is_repeated(api, proxy):
    proxy.cut("accept", FOREVER)
    batch = {"comments": [{"body": f"Number {n}"} for n in range(3)]}
    assert api.post("/v1/comments/batch", batch, Idempotency_Key="k").status_code == 503
    proxy.cut("accept", 0)
    answer = api.post("/v1/comments/batch", batch, Idempotency_Key="k")
    assert answer.status_code == 200
    assert len(told(api)) == 3


def test_an_edit_whose_answer_was_lost_is_one_revision(api, proxy):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    proxy.cut("edit")
    answer = api.put("/v1/comments/c", {"body": "Many thanks"})
    assert (proxy.lost, answer.status_code, answer.json["revision"]) == (1, 200, 2)
    assert [entry["kind"] for entry in answer.json["history"]] == ["edit"]
    assert told(api) == ["comment.approved", "comment.edited"]


def test_an_edit_that_was_not_acknowledged_is_one_revision_when_it_is_repeated(api, proxy):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    proxy.cut("edit", FOREVER)
    assert api.put("/v1/comments/c", {"body": "Many thanks"}).status_code == 503
    proxy.cut("edit", 0)
    assert api.put("/v1/comments/c", {"body": "Many thanks"}).json["revision"] == 2


def test_an_erasure_whose_answer_was_lost_happens_once(api, proxy, held):
    proxy.cut("erase")
    assert (api.delete("/v1/comments/h-0").status_code, proxy.lost) == (204, 1)
    assert told(api)[4:] == ["comment.erased"]
    assert api.get("/v1/queue/counts").json["pending"] == 3


def test_an_authors_erasure_whose_answer_was_lost_happens_once(api, proxy):
    for n in range(3):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Number {n}", "author": {"id": "u-1"}})
    proxy.cut("forget_author")
    assert (api.delete("/v1/authors/u-1").status_code, proxy.lost) == (204, 1)
    assert api.delete("/v1/authors/u-1").status_code == 204  # nobody heard the answer, and asked again
    assert told(api)[3:] == ["comment.erased"] * 3
    assert len(api.get("/v1/audit?act=author.erased").json["items"]) == 1


def test_a_decision_whose_answer_was_lost_is_made_once(api, proxy, held):
    proxy.cut("decide")
    answer = api.post("/v1/comments/h-0/decision", {"action": "reject"})
    assert (proxy.lost, answer.status_code, answer.json["status"]) == (1, 200, "rejected")
    assert told(api)[4:] == ["decision.made", "comment.rejected"]


def test_an_overriding_decision_whose_answer_was_lost_is_made_once(api, proxy, held):
    api.post("/v1/comments/h-0/decision", {"action": "reject"})
    proxy.cut("decide")
    answer = api.post("/v1/comments/h-0/decision", {"action": "approve", "override": True})
    assert (proxy.lost, answer.json["status"]) == (1, "approved")
    assert len(api.get("/v1/comments/h-0").json["history"]) == 2


def test_bulk_decisions_whose_answers_were_lost_are_made_once(api, proxy, held):
    proxy.cut("decide")
    decisions = [{"id": one, "action": "approve"} for one in held]
    results = api.post("/v1/decisions", {"decisions": decisions}).json["results"]
    assert (proxy.lost, [one["status"] for one in results]) == (1, ["approved"] * 4)
    assert told(api)[4:] == ["decision.made", "comment.approved"] * 4


def test_a_decision_that_was_not_acknowledged_is_made_once_when_it_is_repeated(api, proxy, held):
    proxy.cut("decide", FOREVER)
    said = {"action": "reject", "labels": ["spam"]}
    assert api.post("/v1/comments/h-0/decision", said, Idempotency_Key="k").status_code == 503
    proxy.cut("decide", 0)
    assert api.post("/v1/comments/h-0/decision", said, Idempotency_Key="k").status_code == 200
    assert told(api)[4:] == ["decision.made", "comment.rejected"]


def test_an_appeal_whose_answer_was_lost_is_one_appeal(api, proxy, held):
    api.post("/v1/comments/h-0/decision", {"action": "reject"})
    proxy.cut("appeal")
    answer = api.post("/v1/comments/h-0/appeals", {"statement": "Unfair"})
    assert (proxy.lost, answer.status_code, answer.json["status"]) == (1, 201, "pending")
    assert told(api)[-2:] == ["comment.appealed", "comment.held"]


@pytest.mark.parametrize("role", ["submit", "moderate"])
def test_a_suggestion_whose_answer_was_lost_is_counted_and_told_of_once(proxy, store, role):
    _, key = Keys(store).create("herald", role, "bob")
    suggestions = Suggestions(Store(connect(f"unix://{proxy.path}")))
    said = Suggestion("akismet", "Buy now", {"spam": 1}, "c-1")
    proxy.cut("suggest")
    suggestions.add("herald", key, "bob", said)
    assert (proxy.lost, suggestions.add("herald", key, "bob", said)) == (1, "same")
    counted = [store._client.hgetall(day) for day in store._client.scan_iter("{herald}:count:*")]
    assert [n for day in counted for what, n in day.items() if what.endswith(":suggested=akismet")] == ["1"]
    assert [act["act"] for act in acts(store)] == ["suggestion.made"] * (role == "moderate")


def test_an_erasure_of_a_comment_kept_elsewhere_whose_answer_was_lost_happens_once(api, proxy, store):
    _, key = Keys(store).create("herald", "submit", "website")
    Suggestions(store).add("herald", key, "website", Suggestion("akismet", "Buy now", {"spam": 1}, "c-9"))
    proxy.cut("erase")
    assert (api.delete("/v1/comments/c-9").status_code, proxy.lost) == (204, 1)
    assert [act["act"] for act in acts(store)] == ["comment.erased"]
    proxy.cut("erase", FOREVER)
    Suggestions(store).add("herald", key, "website", Suggestion("akismet", "Buy now", {"spam": 1}, "c-8"))
    assert api.delete("/v1/comments/c-8").status_code == 503
    proxy.cut("erase", 0)
    assert api.delete("/v1/comments/c-8").status_code == 204
    assert [act["on"] for act in acts(store)] == ["c-9", "c-8"]


def test_a_review_whose_answer_was_lost_is_one_review_and_is_answered_once(api, proxy, key_for, held):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"review_share": 1.0})
    bob = Api(api.client, key_for("moderate", name="bob").key)
    proxy.cut("decide")
    bob.post("/v1/comments/h-0/decision", {"action": "reject"})
    assert (proxy.lost, api.get("/v1/queue/counts").json["reviews"]) == (1, 1)
    proxy.cut("claim")
    (item,) = api.post("/v1/queue/claims", {"reviews": True}).json["reviews"]
    assert proxy.lost == 1
    proxy.cut("answer_review")
    answer = api.post(f"/v1/reviews/{item['id']}", {"action": "approve"})
    assert (proxy.lost, answer.status_code) == (1, 200)
    assert api.get("/v1/stats/agreement").json["action"]["n"] == 1
    proxy.cut("resolve_review")
    assert api.post(f"/v1/reviews/{item['id']}/resolution", {"right": "second"}).status_code == 200
    assert proxy.lost == 1


def test_an_undo_whose_answer_was_lost_takes_back_one_decision(api, proxy, held):
    api.post("/v1/comments/h-0/decision", {"action": "approve"})
    api.post("/v1/comments/h-0/decision", {"action": "reject", "override": True})
    proxy.cut("undo")
    answer = api.delete("/v1/comments/h-0/decision")
    assert (proxy.lost, answer.status_code, answer.json["status"]) == (1, 200, "approved")
    assert told(api)[-2:] == ["decision.undone", "comment.approved"]


def test_a_claim_whose_answer_was_lost_is_one_claim(api, proxy, held):
    proxy.cut("claim")
    answer = api.post("/v1/queue/claims", {"limit": 2})
    assert (proxy.lost, answer.status_code) == (1, 201)
    assert [one["id"] for one in answer.json["items"]] == held[:2]
    assert api.get("/v1/queue/counts").json["claimed"] == 2


def test_a_claim_that_was_not_acknowledged_is_one_claim_when_it_is_repeated(api, proxy, held):
    proxy.cut("claim", FOREVER)
    assert api.post("/v1/queue/claims", {"limit": 2}, Idempotency_Key="k").status_code == 503
    proxy.cut("claim", 0)
    again = api.post("/v1/queue/claims", {"limit": 2}, Idempotency_Key="k")
    assert [one["id"] for one in again.json["items"]] == held[:2]
    assert api.get("/v1/queue/counts").json["claimed"] == 2


def test_a_claim_whose_return_was_not_answered_is_given_back(api, proxy, held):
    claim = api.post("/v1/queue/claims", {"limit": 2}).json["claim"]
    proxy.cut("renew")
    assert api("PATCH", f"/v1/queue/claims/{claim}", {}).json["ids"] == held[:2]
    assert proxy.lost == 1
    proxy.cut("give_back")
    assert (api.delete(f"/v1/queue/claims/{claim}").status_code, proxy.lost) == (204, 1)
    assert api.get("/v1/queue/counts").json["claimed"] == 0


def test_a_policy_whose_answer_was_lost_is_one_version(api, proxy):
    policy = api.get("/v1/policy").json
    proxy.cut("put_policy")
    answer = api.put("/v1/policy", policy | {"mode": "pre"})
    assert (proxy.lost, answer.status_code, answer.json["version"]) == (1, 200, 2)
    assert len(api.get("/v1/policy/versions").json["items"]) == 2


def test_a_guarded_request_whose_admission_was_lost_is_ones_own(api, proxy, held):
    proxy.cut("guard")
    answer = api.post("/v1/comments/h-0/decision", {"action": "approve"}, Idempotency_Key="k")
    assert (proxy.lost, answer.status_code) == (1, 200)


def test_an_administrators_act_on_a_webhook_is_done_once_though_its_answer_was_lost(api, proxy, store):
    proxy.cut("put_webhook")
    made = api.post("/v1/webhooks", {"url": "https://news.example/"})
    assert (proxy.lost, made.status_code) == (1, 201)
    assert [one["id"] for one in api.get("/v1/webhooks").json["items"]] == [made.json["id"]]
    path = f"/v1/webhooks/{made.json['id']}"
    proxy.cut("change_webhook")
    assert (api("PATCH", path, {"enabled": False}).status_code, proxy.lost) == (200, 1)
    assert api("PATCH", path, {"enabled": False}).status_code == 200  # nobody heard the answer, and asked again
    proxy.cut("rotate_webhook")
    rotated = api.post(f"{path}/rotate").json
    kept = store._client.hgetall(f"{{herald}}:webhook:{made.json['id']}")
    assert (kept["secret"], kept["old_secret"]) == (rotated["secret"], made.json["secret"])
    assert proxy.lost == 1
    proxy.cut("drop_webhook")
    assert (api.delete(path).status_code, proxy.lost) == (204, 1)
    assert [one["act"] for one in acts(store)] == [
        "webhook.created",
        "webhook.changed",
        "webhook.rotated",
        "webhook.deleted",
    ]


def test_deliveries_whose_lease_settlement_or_replay_was_repeated_are_made_once(api, proxy, store):
    with serving() as endpoint:
        webhooks = Webhooks(Store(connect(f"unix://{proxy.path}")))
        hook, _ = webhooks.create("herald", Act("op", "ada"), endpoint.url, None, new_secret())
        api.post("/v1/comments/batch", {"comments": [{"id": f"c-{n}", "body": "Thanks"} for n in range(3)]})
        for n in range(3):
            proxy.cut("take_delivery")
            delivery = webhooks.take("herald", hook, f"token-{n}")
            assert proxy.lost == 1
            proxy.cut("settle_delivery")
            webhooks.settle("herald", delivery, Settlement("park", 0, 500, "status"))
            assert proxy.lost == 1
        assert [one.attempts for one in webhooks.parked("herald", hook, "", 10)] == [1, 1, 1]
        proxy.cut("replay_webhook")
        assert api.post(f"/v1/webhooks/{hook}/replay", {"all": True}).json == {"replayed": 3}
        deliverer = Deliverer(Keys(store), webhooks, Sender(Networks.parse("127.0.0.0/8")), Schedule())
        for script in ("take_delivery", "settle_delivery"):
            proxy.cut(script)
            deliverer.serve("herald", hook)
            assert proxy.lost == 1
        deliverer.serve("herald", hook)
        assert sorted(endpoint.told()) == [("comment.approved", f"c-{n}") for n in range(3)]
        assert webhooks.get("herald", hook).waiting == 0


def test_a_report_whose_answer_was_lost_counts_once_and_is_the_first(api, proxy):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    proxy.cut("report")
    answer = api.post("/v1/comments/c/reports", {"reporter_id": "r-1", "reporter_ip": "203.0.113.1", "reason": "rude"})
    assert (proxy.lost, answer.status_code) == (1, 201)
    assert (api.get("/v1/comments/c").json["reports"]["count"], told(api)[1:]) == (1, ["comment.reported"])


def test_a_report_that_holds_and_whose_answer_was_lost_holds_once(api, proxy):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    for n in range(5):
        api.post("/v1/comments/c/reports", {"reporter_id": f"r-{n}", "reason": "rude"})
    proxy.cut("report")
    answer = api.post("/v1/comments/c/reports", {"reporter_id": "r-5", "reason": "rude"})
    assert (proxy.lost, answer.status_code, answer.json["status"]) == (1, 201, "pending")
    assert told(api)[6:] == ["comment.reported", "comment.held"]


def test_reporters_of_a_comment_are_told_once_though_the_answer_was_lost(api, proxy, store):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    api.post("/v1/comments/c/reports", {"reporter_id": "r-1", "reason": "rude"})
    proxy.cut("decide")
    api.post("/v1/comments/c/decision", {"action": "reject"})
    (key,) = store._client.scan_iter("{herald}:reporter:*")
    assert (proxy.lost, store._client.hgetall(key)) == (1, {"right": "1"})
    proxy.cut("undo")
    api.delete("/v1/comments/c/decision")
    assert (proxy.lost, store._client.hgetall(key)) == (1, {})


def test_a_note_a_standing_and_a_mode_whose_answers_were_lost_are_written_once(api, proxy, held, store):
    for script, ask in (
        ("note", lambda: api.post("/v1/comments/h-0/notes", {"text": "Look"})),
        ("set_standing", lambda: api.put("/v1/authors/u-1/standing", {"standing": "watched"})),
        ("set_article_mode", lambda: api.put("/v1/articles/a-1/mode", {"mode": "closed"})),
    ):
        proxy.cut(script)
        assert (ask().status_code // 100, proxy.lost) == (2, 1)
    assert len(api.get("/v1/comments/h-0/notes").json["items"]) == 1
    assert len(api.get("/v1/authors/u-1").json["history"]) == 1
    assert [one["act"] for one in acts(store) if one["act"] != "policy.saved"] == [
        "note.written",
        "standing.set",
        "mode.set",
    ]


def test_a_draft_beside_the_policy_counts_once_though_every_answer_was_lost(api, proxy, store):
    policy = api.get("/v1/policy").json
    shadowing = api.client.application.extensions["winnow"].shadowing
    proxy.cut("put_shadow")
    draft = policy | {"site_rate": {"limit": 2, "seconds": 86400}}
    assert (api.put("/v1/policy/shadow", draft).status_code, proxy.lost) == (200, 1)
    for n in range(3):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Thanks, number {n}"})
    proxy.cut("shadow_facts")
    shadowing.count()
    assert proxy.lost == 1
    found = api.get("/v1/policy/shadow").json
    assert [found["looked_at"], *[one["comments"] for one in found["changes"]]] == [3, 1]
    api.post("/v1/comments", {"body": "Thanks again"})
    proxy.cut("count_shadow")
    shadowing.count()
    assert (proxy.lost, api.get("/v1/policy/shadow").json["looked_at"]) == (1, 4)
    proxy.cut("end_shadow")
    assert (api.delete("/v1/policy/shadow").status_code, proxy.lost) == (204, 1)
    assert [one["act"] for one in acts(store)] == ["shadow.started", "shadow.ended"]
