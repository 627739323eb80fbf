"""Webhooks as they run: the real background process delivers, and killing it loses nothing."""

import signal
import time

import pytest
from standardwebhooks import Webhook

from tests.endpoints import end_leases, serving
from tests.support import store_of, wait_until

COMMENTS = 60


@pytest.fixture
def endpoint():
    with serving() as one:
        yield one


@pytest.mark.parametrize("killed", ["processes.worker", "redis.sock"])
def test_the_background_process_delivers_and_killing_it_or_redis_loses_nothing(service, endpoint, killed):
    def slow(_):
        time.sleep(0.05)
        return 204, {}

    endpoint.answer = slow
    service.environment["WINNOW_WEBHOOK_NETWORKS"] = "127.0.0.0/8"
    service.start()
    admin = service.key("admin", "ada")
    made = service.raw("POST", "/v1/webhooks", admin, {"url": endpoint.url}).json()
    for n in range(COMMENTS):
        answer = service.raw("POST", "/v1/comments", admin, {"id": f"c-{n}", "body": f"Thanks, {n}"})
        assert answer.status == 201
    wait_until(lambda: len(endpoint.got) > 5)
    service.part(killed).send_signal(signal.SIGKILL)
    time.sleep(0.2)  # what it had sent has come
    wait_until(lambda: end_leases(store_of(service), made["id"]))
    wait_until(lambda: len({got.comment for got in endpoint.got}) == COMMENTS, 60)
    for got in endpoint.got:
        assert Webhook(made["secret"]).verify(got.body, got.headers) == got.json
    wait_until(lambda: service.raw("GET", f"/v1/webhooks/{made['id']}", admin).json()["waiting"] == 0)
    assert b'winnow_webhook_deliveries_total{result="done"} 0.0' not in service.raw("GET", "/metrics").data
    assert "127.0.0.1:" + endpoint.url.split(":")[2] not in service.printed()


def test_the_loopback_is_refused_where_nobody_allowed_it(service, endpoint):
    service.start()
    admin = service.key("admin", "ada")
    assert service.raw("POST", "/v1/webhooks", admin, {"url": endpoint.url}).status == 422
    by_name = endpoint.url.replace("http://127.0.0.1", "https://localhost.localdomain")
    made = service.raw("POST", "/v1/webhooks", admin, {"url": by_name})
    assert made.status == 201
    service.raw("POST", "/v1/comments", admin, {"id": "c-1", "body": "Thanks"})
    path = f"/v1/webhooks/{made.json()['id']}"
    wait_until(lambda: service.raw("GET", path, admin).json()["failure"] in {"address", "name"})
    assert endpoint.got == []
