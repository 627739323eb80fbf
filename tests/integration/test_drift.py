"""Drift: what workers see of comments, what is made of it, and whom an alarm reaches."""

import pytest

from model.classifier import Classifier
from model.reference import BINS, BUCKETS, bins_of, word_counts
from service.moderation.comment import Judgement
from service.observations import HELD
from service.processes.worker import watches
from service.store.connection import StoreUnavailable
from service.store.models import Change
from service.store.observed import MOST_HISTOGRAMS, Histogram, Observed
from service.store.retention import now_ms
from tests.support import events

TEXT = "The council wants a new bridge over the river, and I think that it is far too expensive."


def parts(api):
    return api.client.application.extensions["winnow"]


def seen(api):
    """What all comments so far show, once this worker has flushed."""
    parts(api).observations.flush()
    now = now_ms()
    return parts(api).observed.seen("herald", now - 86_400_000, now + 1, parts(api).models.in_force("herald").version)


def post(api, body, **more):
    answer = api.post("/v1/comments", {"body": body, **more})
    assert answer.status_code in (200, 201), answer.json
    return answer.json


def check(api, store):
    """The hourly look of the background worker."""
    (chore,) = watches(store, parts(api).models)
    return chore.do("herald")


def pretend(api, *, place, n=5000, attribute="toxicity", day=0):
    """As if so many English comments had been seen whose scores all fall into one bin."""
    version = parts(api).models.in_force("herald").version
    one = Histogram("en", {place: n}, BINS, attribute, version)
    parts(api).observed.add("herald", now_ms() - day * 86_400_000, [one])


def drifted(api):
    return [one["data"] for one in events(api) if one["type"] == "model.drifted"]


def gauge(metrics):
    lines = metrics().splitlines()
    return [line.split()[1] for line in lines if line.startswith("winnow_drifted_sites ")]


def test_every_comment_that_is_stored_is_seen_once(api):
    scores = [post(api, f"{TEXT} {n}", id=f"c-{n}", language="en")["scores"] for n in range(3)]
    post(api, f"{TEXT} 2", id="c-2", language="en")
    batch = {"comments": [{"body": f"{TEXT} {n}", "language": "en"} for n in range(3, 50)]}
    scores += [one["scores"] for one in api.post("/v1/comments/batch", batch).json["results"]]
    found = seen(api)
    for attribute in scores[0]:
        expected = [0] * BINS
        for one in scores:
            expected[int(bins_of(one[attribute]))] += 1
        assert found.scores["en"][attribute] == expected
    assert found.words["en"] == word_counts([f"{TEXT} {n}" for n in range(32)]).tolist()


def test_what_was_flushed_is_not_flushed_again(api):
    post(api, TEXT, language="en")
    assert sum(seen(api).scores["en"]["spam"]) == sum(seen(api).scores["en"]["spam"]) == 1
    post(api, TEXT, language="en")
    assert sum(seen(api).scores["en"]["spam"]) == 2


def test_what_cannot_be_flushed_is_lost_and_never_doubled(api):
    post(api, TEXT, language="en")
    redis = parts(api).observed._store
    redis._resting_until = float("inf")
    with pytest.raises(StoreUnavailable):
        parts(api).observations.flush()
    redis._resting_until = 0.0
    post(api, TEXT, language="en")
    assert sum(seen(api).scores["en"]["spam"]) == 1


def test_a_worker_holds_so_much_and_no_more(api):
    judgement = Judgement("approve", {"toxicity": 0.5}, (), parts(api).models.own.version, 1, "en")
    for _ in range(HELD + 10):
        parts(api).observations.saw("herald", judgement, TEXT)
    assert sum(seen(api).scores["en"]["toxicity"]) == HELD


def test_comments_in_a_language_that_the_model_does_not_know_are_not_seen(api):
    post(api, "Mikä kaunis päivä tänään onkaan", language="fi")
    assert seen(api).scores == {}


def test_a_days_histograms_have_an_end(api, store):
    observed = Observed(store)
    for n in range(MOST_HISTOGRAMS + 20):
        observed.add("herald", now_ms(), [Histogram("en", {1: 1}, BINS, "spam", f"model {n}")])
    assert store._client.hlen(f"{{herald}}:seen:{now_ms() // 86_400_000}") == MOST_HISTOGRAMS
    assert store._client.ttl(f"{{herald}}:seen:{now_ms() // 86_400_000}") > 399 * 86_400


def test_stats_say_how_far_comments_have_moved_and_from_what(api):
    post(api, TEXT, language="en")
    seen(api)
    pretend(api, place=15)
    found = api.get("/v1/stats").json["drift"]
    assert found["model"] == Classifier.load().version
    moved = found["moved"]
    assert moved["scores"]["en"]["toxicity"]["drifted"] is True
    assert moved["scores"]["en"]["toxicity"]["sample"] == 5001
    assert moved["scores"]["en"]["toxicity"]["value"] > 0.25
    assert moved["scores"]["en"]["spam"] | {"value": 0} == {"value": 0, "threshold": 0.25, "sample": 1, "drifted": None}
    assert moved["words"]["en"]["drifted"] is None
    assert found["alarmed_since"] is None


def test_only_the_last_seven_days_of_the_range_count(api):
    pretend(api, place=15, day=8)
    assert api.get("/v1/stats").json["drift"]["moved"] == {"scores": {}, "words": {}}


def test_an_alarm_is_told_once_until_it_ends_and_begins_anew(api, store, metrics):
    assert not check(api, store)
    assert gauge(metrics) == ["0.0"]
    pretend(api, place=15)
    assert check(api, store)
    assert check(api, store)
    (told,) = drifted(api)
    assert [(one["language"], one["measure"], one["sample"]) for one in told["alarms"]] == [("en", "toxicity", 5000)]
    assert told["alarms"][0]["value"] > told["alarms"][0]["threshold"] == 0.25
    assert gauge(metrics) == ["1.0"]
    assert api.get("/v1/stats").json["drift"]["alarmed_since"]
    store._client.delete(f"{{herald}}:seen:{now_ms() // 86_400_000}")
    assert not check(api, store)
    assert gauge(metrics) == ["0.0"]
    assert api.get("/v1/stats").json["drift"]["alarmed_since"] is None
    pretend(api, place=15)
    assert check(api, store)
    assert len(drifted(api)) == 2


def test_words_raise_an_alarm_too(api, store):
    parts(api).observed.add("herald", now_ms(), [Histogram("en", {7: 30_000}, BUCKETS)])
    assert check(api, store)
    assert [one["measure"] for one in drifted(api)[0]["alarms"]] == ["words"]


def test_another_models_scores_say_nothing_of_the_one_in_force(api, store, folders):
    pretend(api, place=15)
    folder = folders["mild"]
    publishing = parts(api).publishing
    publishing.publish("herald", folder, Classifier.load(folder), Change("op", "operator", ""))
    parts(api).models.look()
    assert not check(api, store)
    assert api.get("/v1/stats").json["drift"]["model"] == "mild"


def test_a_model_without_a_reference_has_no_drift(api, store):
    pretend(api, place=15)
    parts(api).models.own.reference = None
    assert not check(api, store)
    assert api.get("/v1/stats").json["drift"]["moved"] is None


def test_metrics_are_there_while_redis_is_away_but_for_what_it_alone_knows(store, metrics):
    assert gauge(metrics) == ["0.0"]
    store._resting_until = float("inf")
    assert gauge(metrics) == []
    assert "winnow_build_info" in metrics()
