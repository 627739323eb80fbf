"""Figures over time: everything that is counted is found again, and what is taken back is not."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.intake import RateRule
from service.moderation.comment import Submission
from service.processes.worker import chores
from service.store.checks import Check
from service.store.keys import Keys
from service.store.suggestions import Suggestion
from tests.support import claim, hold_everything, ids

SPAM = "Buy cheap viagra pills now at http://pills.example best price casino bonus"
INSULT = "You are a stupid idiot and a complete moron"


def stats(api, query=""):
    answer = api.get(f"/v1/stats{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def totals(api):
    return stats(api)["totals"]


def decide(api, comment_id, action, **more):
    answer = api.post(f"/v1/comments/{comment_id}/decision", {"action": action, **more})
    assert answer.status_code == 200, answer.json


def added_up(buckets):
    """The sum of every count, by its path."""
    found = {}

    def add(path, value):
        if isinstance(value, dict):
            for name, one in value.items():
                add((*path, name), one)
        elif isinstance(value, int):
            found[path] = found.get(path, 0) + value

    for bucket in buckets:
        add((), bucket)
    return found


def test_nothing_happened_is_all_zeros_in_every_bucket(api):
    found = stats(api)
    assert len(found["buckets"]) == 30
    assert set(added_up(found["buckets"]).values()) == {0}
    assert found["totals"]["time_to_claim"] == {"count": 0, "median": None, "p95": None}
    assert found["agreement"]["insult"]["confirmed"] == {
        "count": 0,
        "sample": 0,
        "rate": None,
        "low": None,
        "high": None,
    }


def test_comments_are_counted_by_their_verdict(api):
    api.post("/v1/comments", {"id": "a", "body": "Thank you for this article"})
    api.post("/v1/comments", {"id": "a", "body": "Thank you for this article"})
    hold_everything(api)
    api.post("/v1/comments", {"body": "And another thank you"})
    found = totals(api)
    assert found["comments"] == 2
    assert found["verdicts"] == {"approve": 1, "hold": 1, "reject": 0}


def test_decisions_undos_edits_and_erasures_are_counted(api, held):
    decide(api, held[0], "approve")
    decide(api, held[1], "reject", labels=["spam"])
    decide(api, held[2], "escalate")
    decide(api, held[1], "reject", labels=["spam"])
    api.delete(f"/v1/comments/{held[0]}/decision")
    api.put(f"/v1/comments/{held[3]}", {"body": "Edited"})
    api.delete(f"/v1/comments/{held[4]}")
    found = totals(api)
    assert found["decisions"] == {"approve": 1, "reject": 1, "escalate": 1}
    assert (found["undone"], found["edited"], found["erased"]) == (1, 1, 1)


def test_times_to_claim_and_to_decision_are_from_arrival(api, held, store):
    arrived = {held[0]: 100, held[1]: 1_000}
    for comment_id, seconds in arrived.items():
        received = int(store._client.hget(f"{{herald}}:comment:{comment_id}", "received")) - seconds * 1000
        store._client.hset(f"{{herald}}:comment:{comment_id}", "received", received)
    claimed = claim(api, limit=2)
    assert ids(claimed["items"]) == held[:2]
    for comment_id in held[:2]:
        decide(api, comment_id, "approve", claim=claimed["claim"])
    found = totals(api)
    for times in (found["time_to_claim"], found["time_to_decision"]):
        assert times["count"] == 2
        assert times["median"] == pytest.approx(100, rel=0.15)
        assert times["p95"] == pytest.approx(1_000, rel=0.15)


def test_moderators_agree_with_the_model_where_they_reject_for_what_it_found(api):
    for n in range(5):
        placed = api.post("/v1/comments", {"id": f"c-{n}", "body": f"{INSULT} {n}"}).json
        assert "insult" in [reason.get("attribute") for reason in placed["reasons"]]
    decide(api, "c-0", "reject", labels=["insult"])
    decide(api, "c-1", "reject")
    decide(api, "c-2", "approve")
    decide(api, "c-3", "reject", labels=["off_topic", "threat"])
    decide(api, "c-4", "escalate")
    found = stats(api)["agreement"]
    assert (found["insult"]["confirmed"]["count"], found["insult"]["confirmed"]["sample"]) == (2, 4)
    assert found["insult"]["confirmed"]["low"] == pytest.approx(0.15, abs=0.0005)
    assert (found["threat"]["confirmed"]["sample"], found["threat"]["missed"]) == (0, 1)


def test_an_undone_decision_agrees_with_nobody_and_the_one_before_it_counts_again(api, bob):
    api.post("/v1/comments", {"id": "c", "body": INSULT})

    def insult():
        found = stats(api)["agreement"]["insult"]["confirmed"]
        return found["count"], found["sample"]

    decide(api, "c", "reject", labels=["insult"])
    assert insult() == (1, 1)
    decide(bob, "c", "approve", override=True)
    assert insult() == (0, 1)
    bob.delete("/v1/comments/c/decision")
    assert insult() == (1, 1)
    decide(bob, "c", "escalate", override=True)
    assert insult() == (0, 0)
    bob.delete("/v1/comments/c/decision")
    api.delete("/v1/comments/c/decision")
    assert insult() == (0, 0)


def at(days):
    return (datetime.now(UTC) - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def test_a_range_is_clipped_to_what_is_kept_and_to_now(api):
    whole = stats(api, f"?from={at(5000)}&to={at(-5000)}")
    assert len(whole["buckets"]) in (400, 401)
    assert stats(api, f"?from={at(5000)}&bucket=hour&to={at(-1)}")["buckets"][0]["at"] >= at(31.1)
    assert stats(api, f"?from={at(5000)}&to={at(4000)}")["buckets"] == []


def test_a_sites_figures_are_its_own(api, key_for):
    api.post("/v1/comments", {"body": "Ours alone"})
    assert totals(key_for("admin", site="rival"))["comments"] == 0


def test_old_days_are_kept_by_the_day_and_say_the_same(api, store):
    today = int(datetime.now(UTC).timestamp()) // 86400
    for days in (30, 40, 399):
        for hour in range(24):
            store._client.hincrby(f"{{herald}}:count:{today - days}", f"{hour}:approve", days)
            store._client.hincrby(f"{{herald}}:count:{today - days}", f"{hour}:label=spam", 2)
    before = stats(api, f"?from={at(5000)}")
    (chore,) = [one for one in chores(store) if one.name == "counts"]
    assert chore.do("herald") > 300
    assert chore.do("herald") == 0
    assert stats(api, f"?from={at(5000)}") == before
    assert store._client.hgetall(f"{{herald}}:count:{today - 40}") == {"0:approve": str(24 * 40), "0:label=spam": "48"}
    assert store._client.hlen(f"{{herald}}:count:{today - 30}") == 48


def test_a_decision_of_an_old_day_can_still_be_taken_back(api, store):
    api.post("/v1/comments", {"id": "c", "body": INSULT})
    decide(api, "c", "reject", labels=["insult"])
    history, long_ago = "{herald}:history:c", 60 * 86_400_000
    entry = orjson.loads(store._client.lindex(history, 0))
    day = f"{{herald}}:count:{entry['at'] // 86_400_000}"
    store._client.rename(day, f"{{herald}}:count:{(entry['at'] - long_ago) // 86_400_000}")
    moved = store._client.lindex(history, 0).replace(f'"at":{entry["at"]}', f'"at":{entry["at"] - long_ago}')
    store._client.lset(history, 0, moved)
    (chore,) = [one for one in chores(store) if one.name == "counts"]
    chore.do("herald")
    assert stats(api, f"?from={at(90)}")["agreement"]["insult"]["confirmed"]["sample"] == 1
    api.delete("/v1/comments/c/decision")
    assert stats(api, f"?from={at(90)}")["agreement"]["insult"]["confirmed"]["sample"] == 0


WHATS = st.sampled_from(["approve", "hold", "decided:reject", "undone", "reported", "audited:wrong", "took:claim=7"])
COUNTS = st.lists(st.tuples(st.integers(0, 24 * 31), WHATS, st.integers(1, 50)), max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=COUNTS, asked=st.tuples(st.integers(0, 31), st.integers(0, 31), st.sampled_from(["hour", "day"]))
)  # fmt: skip
def test_buckets_add_up_to_the_totals(api, store, counts, asked):
    begins, lasts, bucket = asked
    now = int(datetime.now(UTC).timestamp()) // 3600
    keys = set()
    for hours, what, n in counts:
        day, hour = divmod(now - hours, 24)
        keys.add(f"{{herald}}:count:{day}")
        store._client.hincrby(f"{{herald}}:count:{day}", f"{hour}:{what}", n)
    try:
        found = stats(api, f"?from={at(begins)}&to={at(begins - lasts)}&bucket={bucket}")
        sums = added_up(found["buckets"])
        for path, total in added_up([found["totals"]]).items():
            assert sums.get(path, 0) == total
    finally:
        for key in keys:
            store._client.delete(key)


def test_what_other_systems_ask_and_say_is_counted_by_whose_client_it_was(app, api):
    parts = app.extensions["winnow"]
    for n in range(3):
        check = Check("akismet", Submission(f"Note {n}" if n else INSULT), f"r-{n}")
        parts.checking.check("herald", check, RateRule("", 0))
    for said in (INSULT, ["A fine day", "Another"]):
        assert api.post("/v1/moderations", {"input": said}).status_code == 200
    key = Keys(parts.store).of("herald")[0]
    parts.suggestions.add("herald", key, "ada", Suggestion("perspective", "A text", {"toxicity": 1}))
    found = stats(api)
    assert found["totals"]["checks"] == {
        "akismet": {"approve": 2, "hold": 1},
        "openai": {"flagged": 1, "passed": 2},
    }
    assert found["totals"]["suggestions"] == {"perspective": 1}
    assert found["totals"]["comments"] == 0
    assert found["buckets"][-1]["checks"] == found["totals"]["checks"]
    assert found["buckets"][0]["checks"] == found["buckets"][0]["suggestions"] == {}
