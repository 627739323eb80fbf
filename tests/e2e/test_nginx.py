"""nginx with the configuration that ships, in front of a running service."""

import socket

import pytest
import urllib3

from tests.front import nginx_before
from tests.support import Console, Service, wait_until

SLOW = 300


@pytest.fixture(scope="module")
def fronted(tmp_path_factory):
    """A service, and nginx before it."""
    folder = tmp_path_factory.mktemp("nginx")
    one = Service(folder / "data", environment={"WINNOW_WORKERS": "1"})
    one.data.mkdir()
    one.start()
    try:
        with nginx_before(folder / "nginx", [one.port]) as nginx:
            yield one, nginx
    finally:
        one.stop()


@pytest.fixture
def ask(fronted):
    """Asks through nginx, with a key that may do all."""
    service, nginx = fronted
    http, key = urllib3.PoolManager(retries=False), service.key("admin")

    def send(method, path, body=None, **headers):
        given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return http.request(method, f"http://127.0.0.1:{nginx.port}{path}", body=body, headers=given, redirect=False)

    return send


def test_slow_uploads_reach_nginx_alone_and_hold_up_nobody(fronted, ask):
    service, nginx = fronted
    slow = []
    for _ in range(SLOW):
        sock = socket.create_connection(("127.0.0.1", nginx.port))
        sock.sendall(b"POST /v1/comments HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        slow.append(sock)
    worker = service.web_workers()[0]
    assert [ask("POST", "/v1/comments", b'{"body": "Thanks"}').status for _ in range(20)] == [201] * 20
    assert len([one for one in worker.net_connections("tcp") if one.status == "ESTABLISHED"]) < SLOW / 10
    for sock in slow:
        sock.close()


def test_metrics_are_not_for_everybody(fronted, ask):
    assert ask("GET", "/metrics").status == 404
    assert fronted[0].raw("GET", "/metrics").status == 200
    assert ask("GET", "/readyz").status == 200


def test_bodies_may_be_as_large_as_the_service_takes_them_and_no_larger(ask):
    sent = b'{"texts": ["%s"]}'
    assert ask("POST", "/v1/score", sent % (b"x" * (15 << 20))).status == 422  # the service's own word
    refused = [
        ask("POST", "/v1/score", sent % (b"x" * (17 << 20))),
        ask("POST", "/v1/comments", sent % (b"x" * (2 << 20))),
    ]
    for answer in refused:
        assert (answer.status, answer.json()["status"]) == (413, 413)
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert ask("POST", "/console/policy/preview", b"x" * (3 << 20)).status not in {413, 503}


def test_the_console_knows_host_and_address_behind_it(fronted, ask):
    service, nginx = fronted
    Console(service).person("moderate", "ada")
    address = f"http://127.0.0.1:{nginx.port}"
    form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": address}
    sent = b"name=ada&password=seven+quiet+herons&site=herald"
    assert ask("POST", "/console/sign-in", sent, **form).status == 303
    assert ask("POST", "/console/sign-in", sent, **form | {"Origin": "http://evil.example"}).status == 403


def test_without_a_server_the_answer_is_a_503_to_be_repeated(tmp_path):
    with nginx_before(tmp_path / "nginx", [1]) as nginx:
        answer = urllib3.PoolManager(retries=False).request("GET", f"http://127.0.0.1:{nginx.port}/v1/model")
        assert (answer.status, answer.json()["status"], answer.headers["Retry-After"]) == (503, 503, "1")
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_its_log_names_no_address_and_no_path_and_leads_to_our_own(fronted, ask):
    _, nginx = fronted
    answer = ask("GET", "/v1/authors/somebody-known?secret=1")
    wait_until(lambda: nginx.lines()[-1]["request_id"] == answer.headers["X-Request-Id"])
    assert "somebody" not in str(nginx.lines())
    assert "secret" not in str(nginx.lines())
