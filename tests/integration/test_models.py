"""Publishing: which model scores where, in every worker, and what happens to one that is damaged or taken back."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest

from model.artifact import CARD, MANIFEST, REFERENCE, SEAL, WEIGHTS
from model.checks import Check, Report
from model.classifier import DEFAULT, Classifier
from service import models as models_module
from service.app import create_app
from service.intake import Post
from service.moderation.comment import Submission
from service.publishing import UnusableModel
from service.settings import load_settings
from service.store.connection import StoreUnavailable
from service.store.models import SPARE, Change, MovedMeanwhile, Published, VersionTaken
from tests.support import Api, damage, events, hold_everything, model_like

TEXT = "You stupid, worthless idiot."
OWN = Classifier.load()
FILES = [MANIFEST, SEAL, WEIGHTS, CARD, REFERENCE]


@dataclass
class Operator:
    """Publishes models, and lets the app's own process notice."""

    parts: Any
    folders: dict[str, Path]
    loaded: dict[str, Classifier]

    def __call__(self, version, place="*", op=""):
        change = Change(op or f"op-{version}-{place}", "operator", "")
        self.parts.publishing.publish(place, self.folders[version], self.loaded[version], change)
        self.parts.models.look()

    def back(self, place, op):
        self.parts.publishing.roll_back(place, Change(op, "operator", ""))
        self.parts.models.look()


@pytest.fixture
def publish(app, folders, loaded):
    return Operator(app.extensions["winnow"], dict(folders), dict(loaded))


@pytest.fixture
def host(api, redis_url, tmp_path):
    """Makes the API of another worker, on this host or on another one."""

    def make(name=""):
        environ = {"WINNOW_DATA": str(tmp_path / name), "WINNOW_LOG_LEVEL": "error"}
        return Api(create_app(load_settings(environ=environ), redis_url).test_client(), api.key)

    return make


def models(api):
    """The models of the worker behind an API."""
    return api.client.application.extensions["winnow"].models


def scores(classifier, text=TEXT):
    return {name: round(value, 4) for name, value in classifier.score([text])[0].scores.items()}


def answers_as(api, classifier):
    """Whether each way to a score names this model and gives its scores."""
    scored = api.post("/v1/score", {"texts": [TEXT]}).json
    posted = api.post("/v1/comments", {"body": TEXT}).json
    batch = api.post("/v1/comments/batch", {"comments": [{"body": TEXT}, {"body": TEXT}]}).json["results"]
    found = [(one["model"], one["scores"]) for one in (posted, *batch)]
    found.append((scored["model"], scored["results"][0]["scores"]))
    found.append((api.get("/v1/model").json["version"], scores(classifier)))
    return found == [(classifier.version, scores(classifier))] * 5


def test_without_a_publication_the_model_that_the_service_starts_with_scores(api):
    assert answers_as(api, OWN)
    (only,) = api.get("/v1/models").json["items"]
    assert only == {
        "version": OWN.version, "digest": OWN.digest, "published_at": None, "by": None, "reason": None, "in_force": True,
    }  # fmt: skip


def test_what_is_published_for_all_scores_in_every_worker_of_every_host(api, publish, host):
    others = [host(), host("elsewhere")]
    publish("whole")
    assert answers_as(api, publish.loaded["whole"])
    for other in others:
        models(other).look()
        assert answers_as(other, publish.loaded["whole"])
    assert answers_as(host(), publish.loaded["whole"])


def test_what_is_published_for_one_site_is_in_force_and_seen_there_alone(key_for, publish):
    ours, theirs = key_for("admin", site="herald"), key_for("admin", site="rival")
    publish("stern", "rival")
    assert answers_as(theirs, publish.loaded["stern"])
    assert answers_as(ours, OWN)
    assert [one["version"] for one in ours.get("/v1/models").json["items"]] == [OWN.version]
    assert [one["version"] for one in theirs.get("/v1/models").json["items"]] == ["stern", OWN.version]
    assert ours.post("/v1/model", {"version": "stern"}).status_code == 404
    assert events(theirs)[0]["type"] == "model.published"
    assert "model.published" not in [one["type"] for one in events(ours)]


def test_a_sites_own_model_goes_before_that_of_all_and_rolling_back_goes_step_by_step(api, publish):
    publish("stern")
    publish("mild", "herald")
    assert answers_as(api, publish.loaded["mild"])
    publish.back("herald", "back-1")
    assert answers_as(api, publish.loaded["stern"])
    publish("mild")
    assert answers_as(api, publish.loaded["mild"])
    publish.back("*", "back-2")
    assert answers_as(api, publish.loaded["stern"])
    publish.back("*", "back-3")
    assert answers_as(api, OWN)


def test_an_admin_chooses_a_version_for_the_own_site_and_takes_it_back(key_for, publish):
    ours, theirs = key_for("admin", name="ada", site="herald"), key_for("admin", site="rival")
    publish("stern")
    publish("mild")
    chosen = ours.post("/v1/model", {"version": "stern", "reason": "fewer misses"})
    assert (chosen.status_code, chosen.json["version"]) == (200, "stern")
    assert answers_as(ours, publish.loaded["stern"])
    assert answers_as(theirs, publish.loaded["mild"])
    newest = ours.get("/v1/models").json["items"][0]
    assert {name: newest[name] for name in ("version", "by", "reason", "in_force")} == {
        "version": "stern", "by": "ada", "reason": "fewer misses", "in_force": True,
    }  # fmt: skip
    assert [(one["version"], one["by"]) for one in theirs.get("/v1/models").json["items"]] == [
        ("mild", "operator"), ("stern", "operator"), (OWN.version, None),
    ]  # fmt: skip
    assert ours.post("/v1/model", {"version": None}).json["version"] == "mild"
    refused = ours.post("/v1/model", {"version": None})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:winnow:problem:nothing-before")


def test_the_model_that_the_service_starts_with_can_be_chosen_like_any_other(api, publish, host):
    publish("stern")
    assert api.post("/v1/model", {"version": OWN.version}).json["digest"] == OWN.digest
    assert answers_as(api, OWN)
    assert answers_as(host("elsewhere"), OWN)


def test_a_change_is_told_once_to_each_site_that_it_concerns(key_for, publish):
    apart, follows = key_for("admin", site="apart"), key_for("admin", site="follows")
    publish("mild", "apart")
    publish("stern")
    publish("stern", op="another")
    told = events(follows)
    assert [one["type"] for one in told] == ["model.published"]
    assert told[0]["data"]["version"] == "stern"
    assert "comment_id" not in told[0]
    assert [one["data"]["version"] for one in events(apart)] == ["mild"]


def test_a_repeated_request_takes_effect_once(api, publish):
    publish("stern")
    publish("mild")
    first = api.post("/v1/model", {"version": "stern"}, Idempotency_Key="k-1")
    assert api.post("/v1/model", {"version": "mild"}).json["version"] == "mild"
    assert api.post("/v1/model", {"version": "stern"}, Idempotency_Key="k-1").status_code == first.status_code
    assert api.get("/v1/model").json["version"] == "mild"
    publish.back("herald", "once")
    publish.back("herald", "once")
    assert api.get("/v1/model").json["version"] == "stern"


def test_the_default_policy_follows_the_model_in_force_and_a_kept_one_stays(api, publish):
    own = api.get("/v1/policy").json
    publish("never")
    assert {one["hold"] for one in api.get("/v1/policy").json["thresholds"].values()} == {1.0}
    assert api.post("/v1/comments", {"body": TEXT}).json["verdict"] == "approve"
    api.put("/v1/policy", own)
    assert api.get("/v1/policy").json["thresholds"] == own["thresholds"]
    assert api.post("/v1/comments", {"body": TEXT}).json["verdict"] == "hold"


def test_a_judged_comment_keeps_its_judgement_and_its_spans_name_their_model(api, publish):
    hold_everything(api)
    before = api.post("/v1/comments", {"id": "c-1", "body": TEXT}).json
    publish("stern")
    kept = api.get("/v1/comments/c-1").json
    assert (kept["model"], kept["scores"], kept["verdict"]) == (OWN.version, before["scores"], before["verdict"])
    (item,) = api.get("/v1/queue").json["items"]
    assert (item["model"], item["spans_model"]) == (OWN.version, "stern")
    edited = api.put("/v1/comments/c-1", {"body": "You fool."}).json
    assert edited["model"] == "stern"


def test_a_batch_has_one_model_whatever_is_published_meanwhile(app, publish):
    intake = app.extensions["winnow"].intake
    outcomes = intake.post_batch("herald", [Post(Submission(f"{TEXT} {n}")) for n in range(100)])
    first = next(outcomes)
    publish("stern")
    rest = list(outcomes)
    assert {one.judgement.model for one in (first, *rest)} == {OWN.version}
    assert rest[-1].judgement.scores == scores(OWN, f"{TEXT} 99")


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_in_redis_is_refused_and_the_old_model_goes_on(api, store, publish, host, name):
    publish("mild")
    other = host("elsewhere")
    assert answers_as(other, publish.loaded["mild"])
    log = Mock()
    publish("stern")
    damage(store, publish.loaded["stern"].digest, name)
    with patch.object(models_module, "log", log):
        models(other).look()
    assert [one.kwargs["digest"] for one in log.error.call_args_list] == [publish.loaded["stern"].digest]
    assert answers_as(other, publish.loaded["mild"])
    assert answers_as(host("third"), publish.loaded["mild"])
    assert api.post("/v1/score", {"texts": [TEXT]}).json["model"] == "stern"
    publish("stern", op="again")
    models(other).look()
    assert answers_as(other, publish.loaded["stern"])


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_in_the_hosts_copy_is_refused_and_the_copy_fetched_again(api, publish, host, tmp_path, name):
    publish("stern")
    copy = tmp_path / "models" / publish.loaded["stern"].digest / name
    good = copy.read_bytes()
    bad = bytearray(good)
    bad[len(bad) // 2] ^= 1
    copy.unlink()
    copy.write_bytes(bad)
    assert answers_as(host(), publish.loaded["stern"])
    assert copy.read_bytes() == good


def test_a_copy_of_another_model_is_not_taken_for_this_one(api, publish, host, tmp_path):
    publish("stern")
    copy = tmp_path / "models" / publish.loaded["stern"].digest
    for name in FILES:
        (copy / name).unlink()
        (copy / name).write_bytes((publish.folders["mild"] / name).read_bytes())
    assert answers_as(host(), publish.loaded["stern"])


def test_a_refused_model_is_tried_again_later(store, publish, host):
    publish("stern")
    key, piece = f"{{winnow}}:model:{publish.loaded['stern'].digest}", f"{CARD}/0"
    good = store._client.hget(key, piece)
    store._client.hset(key, piece, "")
    other = host("elsewhere")
    assert answers_as(other, OWN)
    store._client.hset(key, piece, good)
    models(other).look()
    assert answers_as(other, OWN)
    models(other)._refused = dict.fromkeys(models(other)._refused, 0.0)  # as if the time had passed
    models(other).look()
    assert answers_as(other, publish.loaded["stern"])


def test_what_cannot_be_used_cannot_be_chosen(key_for, store, publish):
    ours = key_for("admin")
    publish("stern", "herald")
    publish("mild", "herald")
    damage(store, publish.loaded["stern"].digest, WEIGHTS)
    refused = ours.post("/v1/model", {"version": "stern"})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:winnow:problem:unusable-model")
    assert answers_as(ours, publish.loaded["mild"])


def test_workers_that_race_fetch_a_model_once(api, publish, host, monkeypatch):
    publish("stern")
    workers = [host("elsewhere") for _ in range(4)]
    fetched = []
    real = Published.files
    monkeypatch.setattr(Published, "files", lambda self, digest: fetched.append(digest) or real(self, digest))
    threads = [threading.Thread(target=models(worker).look) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetched == [publish.loaded["stern"].digest]
    for worker in workers:
        assert answers_as(worker, publish.loaded["stern"])


def test_copies_that_are_not_in_force_and_half_made_ones_are_removed(publish, tmp_path):
    half, others = tmp_path / "models" / f"{'0' * 64}.part", tmp_path / "models" / "of-somebody-else"
    half.mkdir(parents=True)
    others.mkdir()
    publish("stern")
    publish("mild")
    assert {one.name for one in (tmp_path / "models").iterdir()} == {publish.loaded["mild"].digest, others.name, "lock"}


def test_old_models_are_bounded_and_none_that_is_needed_goes(api, store, publish, tmp_path):
    publish("stern", "rival")
    publish("mild", "rival")
    for n in range(SPARE + 4):
        publish.folders[f"v-{n}"] = model_like(publish.folders["mild"], tmp_path / f"v-{n}", f"v-{n}", n / 10)
        publish.loaded[f"v-{n}"] = Classifier.load(publish.folders[f"v-{n}"])
        publish(f"v-{n}")
    kept = set(Published(store).versions().values())
    newest = {f"v-{n}" for n in range(2, SPARE + 4)}
    assert kept == {"stern", "mild"} | newest
    assert len(store._client.keys("{winnow}:model:*")) == len(kept)
    for n in range(SPARE + 2):
        publish.back("*", f"back-{n}")
    assert answers_as(api, OWN)


def test_a_report_of_the_gate_goes_with_its_line_of_the_log_and_with_its_site(store, publish):
    report = Report("old", (Check("integrity", True, "well"),))
    published, stern = Published(store), publish.loaded["stern"]
    published.put(publish.folders["stern"], stern)
    published.publish("herald", "stern", stern.digest, Change("op-0", "operator", ""), report)
    (first,) = published.moves(["herald"])
    for n in range(1, 200):
        published.publish("herald", "stern", stern.digest, Change(f"op-{n}", "operator", ""), report)
    assert published.report(first) == report
    published.publish("herald", "stern", stern.digest, Change("op-200", "operator", ""))
    assert published.report(first) is None
    assert [one.gated for one in published.moves(["herald"])] == [False] + [True] * 199
    assert store._client.hlen("{winnow}:models:gate:herald") == 199
    published.forget("herald")
    assert not store._client.exists("{winnow}:models:gate:herald", "{winnow}:models:log:herald")


def test_a_publication_from_before_reports_were_kept_says_so(store, publish):
    publish("stern")
    where = "{winnow}:models:log:*"
    store._client.lset(where, 0, store._client.lindex(where, 0).replace(',"gated":false', ""))
    (move,) = Published(store).moves(["*"])
    assert (move.gated, Published(store).report(move)) == (None, None)


def test_a_change_of_what_was_seen_there_is_refused_once_something_else_stands(store, publish):
    stern, mild = publish.loaded["stern"], publish.loaded["mild"]
    published = Published(store)
    for name in ("stern", "mild"):
        published.put(publish.folders[name], publish.loaded[name])
    first = Change("op-1", "ada", "", seen="")
    published.publish("herald", "stern", stern.digest, first)
    with pytest.raises(MovedMeanwhile):
        published.publish("herald", "mild", mild.digest, Change("op-2", "bob", "", seen=""))
    published.publish("herald", "stern", stern.digest, first)
    published.publish("herald", "mild", mild.digest, Change("op-3", "bob", "", seen=stern.digest))
    published.roll_back("herald", Change("back-1", "ada", "", seen=mild.digest))
    with pytest.raises(MovedMeanwhile):
        published.roll_back("herald", Change("back-2", "bob", "", seen=mild.digest))
    assert published.in_force()[1] == {"herald": [stern.digest]}


def test_a_models_card_is_read_and_one_that_is_damaged_is_not(store, publish):
    publish("stern", "herald")
    publishing = publish.parts.publishing
    stern, own = publishing.offers("herald")
    assert publishing.card(stern) == "card\n"
    assert publishing.card(own) == (DEFAULT / CARD).read_text()
    damage(store, stern.digest, CARD)
    with pytest.raises(UnusableModel):
        publishing.card(stern)


def test_another_model_of_the_same_version_is_refused(publish, tmp_path):
    publish("stern")
    for version in ("stern", OWN.version):
        folder = model_like(publish.folders["mild"], tmp_path / version, version, 0.0)
        with pytest.raises(VersionTaken):
            publish.parts.publishing.publish("*", folder, Classifier.load(folder), Change("op", "operator", ""))


def test_only_the_artifacts_files_are_published_and_an_unfinished_upload_goes_by_itself(store, folders, tmp_path):
    folder = model_like(folders["mild"], tmp_path / "adapted", "adapted", 0.5)
    (folder / "holdout.jsonl.gz").write_bytes(b"what readers wrote")
    adapted, published = Classifier.load(folder), Published(store)
    published.put(folder, adapted)
    key = f"{{winnow}}:model:{adapted.digest}"
    assert set(published.files(adapted.digest)) == set(FILES)
    assert 0 < store._client.ttl(key) <= 3600
    published.publish("*", adapted.version, adapted.digest, Change("op", "operator", ""))
    published.put(folder, adapted)
    assert store._client.ttl(key) == -1


def test_while_redis_is_away_what_was_in_use_stays_and_a_newcomer_does_not_guess(api, publish, host, monkeypatch):
    publish("stern")
    newcomer = host()

    def away(*_):
        raise StoreUnavailable("away")

    monkeypatch.setattr(Published, "epoch", away)
    with pytest.raises(StoreUnavailable):
        models(api).look()
    monkeypatch.setattr(models_module, "FRESH_SECONDS", 0.0)
    assert models(api).in_force("herald") is models(api).usable(publish.loaded["stern"].digest)
    with pytest.raises(StoreUnavailable):
        models(newcomer).in_force("herald")


def test_a_worker_that_nobody_looks_for_looks_itself(api, publish, host, monkeypatch):
    other = host("elsewhere")
    assert answers_as(other, OWN)
    publish("stern")
    monkeypatch.setattr(models_module, "FRESH_SECONDS", 0.0)
    assert answers_as(other, publish.loaded["stern"])
