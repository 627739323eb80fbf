"""The service that the benchmarks compare with does its whole job: it is no straw man."""

import joblib
import orjson

from benchmarks import ordinary
from benchmarks.baseline import fit
from model import ATTRIBUTES


def test_the_ordinary_service_validates_scores_and_pushes(tmp_path, monkeypatch, redis_url, store):
    joblib.dump(fit(ordinary._own()[::8], "char"), tmp_path / "own.joblib")
    monkeypatch.setenv(ordinary.PIPELINE, str(tmp_path / "own.joblib"))
    monkeypatch.setenv(ordinary.REDIS, redis_url)
    client = ordinary.create_app().test_client()
    assert client.post("/comments", json={"body": ""}).status_code == 422
    answer = client.post("/comments", json={"body": "You are a worthless idiot"})
    assert answer.status_code == 201
    assert set(answer.json["scores"]) == set(ATTRIBUTES)
    assert answer.json["scores"]["insult"] > client.post("/comments", json={"body": "Thanks"}).json["scores"]["insult"]
    pushed = store.call(lambda redis: redis.lrange("comments", 0, -1))
    assert [orjson.loads(one)["body"] for one in pushed] == ["Thanks", "You are a worthless idiot"]
