"""Figures of a real service: its workers flush what they see by themselves, and its background worker looks at it."""

import orjson

from tests.support import wait_until


def test_workers_add_what_they_see_and_the_background_worker_looks_at_it(service):
    service.start()
    key = service.key("admin")
    for n in range(5):
        body = {"body": f"The council wants a new bridge over the river, number {n}", "language": "en"}
        assert service.raw("POST", "/v1/comments", key, body).status == 201

    def seen():
        drift = orjson.loads(service.raw("GET", "/v1/stats", key).data)["drift"]
        return drift["moved"]["scores"]["en"]["toxicity"]["sample"]

    wait_until(lambda: seen() == 5, 40)
    assert b"winnow_drifted_sites 0.0" in service.raw("GET", "/metrics").data
    stats = orjson.loads(service.raw("GET", "/v1/stats?bucket=hour", key).data)
    assert stats["totals"]["comments"] == sum(bucket["comments"] for bucket in stats["buckets"]) == 5
    assert "chore failed" not in service.printed()
