"""The service's own Redis: how it keeps what it is given."""

import pytest

from service.commands.doctor import examine
from service.moderation.comment import Judgement, Reason, Submission
from service.private_redis import PrivateRedis
from service.settings import load_settings
from service.store.arrivals import Acceptance, Arrivals
from service.store.connection import Store, connect
from service.store.queue import Queue, Shelf


@pytest.fixture
def private(tmp_path):
    redis = PrivateRedis(load_settings(environ={"WINNOW_DATA": str(tmp_path)}))
    redis.start()
    yield Store(connect(redis.url))
    redis.stop()


def test_a_comment_is_kept_in_one_piece_from_its_arrival_to_its_decision(private):
    reasons = tuple(Reason("score", "over the policy's threshold", name, 0.9, 0.5) for name in ("toxicity", "insult"))
    judgement = Judgement("hold", {"toxicity": 0.9, "insult": 0.9}, reasons, "m", 1, "en")
    Arrivals(private).settle("herald", [Acceptance("c", "op", "d", Submission("é" * 1000), judgement, 5, 0.5)])
    kept = [private._client.object("encoding", "{herald}:comment:c")]
    Queue(private).claim("herald", "t", "ada", limit=1, lease_seconds=60, order="priority", shelf=Shelf())
    kept.append(private._client.object("encoding", "{herald}:comment:c"))
    assert set(kept) <= {"listpack", "ziplist"}


def test_the_doctor_says_how_a_server_would_need_less_memory(redis_url, tmp_path):
    environ = {"WINNOW_DATA": str(tmp_path), "REDIS_URL": redis_url}
    said = {part: detail for part, ok, detail in examine(load_settings(environ=environ)) if ok}
    assert "hash-max-listpack-value 4096" in said["redis"]


def test_the_doctor_has_nothing_to_say_of_the_private_ones_memory(tmp_path):
    said = {part: detail for part, ok, detail in examine(load_settings(environ={"WINNOW_DATA": str(tmp_path)})) if ok}
    assert "hash-max" not in said["redis"]
