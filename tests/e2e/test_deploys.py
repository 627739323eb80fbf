"""What an operator sees when processes are renewed, when the service is told to end, and behind a proxy."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from tests.support import Service, wait_until


@pytest.fixture
def one_worker(service):
    service.environment |= {"WINNOW_WORKERS": "1", "WINNOW_DRAIN": "3"}
    return service.start()


def hang_up(service, until):
    """Tells the service to renew itself, and waits for what it says of that."""
    before = len(service.printed())
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: until in service.printed()[before:], 90)
    return service.printed()[before:]


def test_hup_brings_new_settings_and_keeps_address_and_redis(one_worker):
    service = one_worker
    key = service.key("submit")
    long = {"body": "word " * 20}
    assert service.raw("POST", "/v1/comments", key, long).status == 201
    redis, web, worker = (service.part(name).pid for name in ("redis.sock", "processes.web", "processes.worker"))
    (service.data / "winnow.toml").write_text('body_max = 50\nbind = "127.0.0.1:1"\n')
    del service.environment["WINNOW_DRAIN"]
    assert "changed" not in hang_up(service, "new processes answer")  # the environment's address goes before the file's
    wait_until(lambda: len(service.descendants()) == 4)
    assert service.raw("POST", "/v1/comments", key, long).status == 422
    assert service.part("redis.sock").pid == redis
    assert {service.part("processes.web").pid, service.part("processes.worker").pid}.isdisjoint({web, worker})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("rate_limit = -1\n", "nothing is renewed, the old processes go on: .*RATE_LIMIT"),
        ('model = "/nowhere"\n', "/nowhere(.|\n)*the new .* did not start, the old processes go on"),
    ],
    ids=["a setting that cannot be used", "a model that is not there"],
)
def test_hup_with_what_does_not_start_leaves_the_old_processes_and_says_why(one_worker, written, said):
    service = one_worker
    key = service.key("submit")
    before = service.part("processes.web").pid
    (service.data / "winnow.toml").write_text(written)
    printed = hang_up(service, "the old processes go on")
    assert re.search(said, printed), printed
    assert service.part("processes.web").pid == before
    assert service.raw("POST", "/v1/comments", key, {"body": "Thanks"}).status == 201
    (service.data / "winnow.toml").unlink()
    hang_up(service, "new processes answer")


def only_in_the_file(service, variable, written):
    """Starts the service with a setting that its environment does not have."""
    file = service.data.parent / "winnow.toml"
    file.write_text(written)
    service.environment |= {"WINNOW_WORKERS": "1", "WINNOW_CONFIG": str(file)}
    service.program = ("env", "-u", variable, *service.program)
    service.start()
    return file


def kept_connection(service):
    """A connection that was answered once and stays open."""
    kept = http.client.HTTPConnection("127.0.0.1", service.port)
    kept.request("GET", "/readyz")
    answer = kept.getresponse()
    assert (answer.status, answer.read(), answer.headers["Connection"]) == (200, b'{"status":"ok"}', "keep-alive")
    return kept


def test_the_time_to_drain_is_that_of_the_start_also_for_new_processes(service):
    file = only_in_the_file(service, "WINNOW_DRAIN", "drain = 0\n")
    first = service.part("processes.web")
    file.write_text("drain = 300\n")
    assert "changed, but not before the next start: drain" in hang_up(service, "new processes answer")
    wait_until(lambda: not first.is_running())
    web, kept = service.part("processes.web"), kept_connection(service)
    hang_up(service, "new processes answer")
    wait_until(lambda: not web.is_running(), 30)  # by itself: 35 s after the word to end it would be killed
    kept.close()


def test_hup_with_another_data_folder_renews_nothing(service):
    file = only_in_the_file(service, "WINNOW_DATA", f'data = "{service.data}"\n')
    before = service.part("processes.web").pid
    file.write_text(f'data = "{service.data}-2"\n')
    assert "WINNOW_DATA has changed, which takes a restart" in hang_up(service, "the old processes go on")
    assert service.part("processes.web").pid == before


def test_new_workers_that_are_not_ready_take_no_requests_and_no_place(one_worker):
    service = one_worker
    key = service.key("submit")
    before = service.part("processes.web").pid
    assert service.raw("GET", "/v1/model", key).status == 200
    service.part("redis.sock").suspend()
    try:
        printed = hang_up(service, "the old processes go on")
    finally:
        service.part("redis.sock").resume()
    assert "a new web worker is not ready" in printed
    assert "Redis cannot be reached" in printed
    assert service.part("processes.web").pid == before


def test_a_unix_socket_is_still_there_after_hup(service, tmp_path):
    path = tmp_path / "w.sock"
    service.environment |= {"WINNOW_WORKERS": "1", "WINNOW_BIND": f"unix:{path}"}
    service.start()
    web = service.part("processes.web")
    hang_up(service, "new processes answer")
    wait_until(lambda: not web.is_running())
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        assert b" 200 " in client.recv(100)


def test_a_service_told_to_end_says_so_serves_on_and_answers_who_waits(service):
    service.environment |= {"WINNOW_WORKERS": "1", "WINNOW_DRAIN": "8"}
    service.start()
    key = service.key("submit")
    polled = []
    poll = threading.Thread(
        target=lambda: polled.append(service.raw("GET", "/v1/events?wait=30", key)),
    )
    poll.start()
    kept = kept_connection(service)
    service.process.send_signal(signal.SIGTERM)
    wait_until(lambda: service.raw("GET", "/readyz").status == 503)
    unready = service.raw("GET", "/readyz")
    assert unready.json()["problems"] == ["The service is ending"]
    assert unready.headers["Connection"] == "close"
    kept.request("POST", "/v1/comments", b'{"body": "Thanks"}', {"Authorization": f"Bearer {key}"} | JSON)
    answer = kept.getresponse()  # on a connection from before, and a change at that: it drains
    assert (answer.status, answer.headers["Connection"]) == (201, "close")
    poll.join(20)
    assert [(one.status, one.json()["items"]) for one in polled] == [(200, [])]
    assert service.process.wait(40) == 0


JSON = {"Content-Type": "application/json"}


def test_who_is_told_twice_does_not_wait_for_others_to_notice(service):
    service.environment["WINNOW_DRAIN"] = "300"
    service.start()
    service.process.send_signal(signal.SIGTERM)
    wait_until(lambda: service.raw("GET", "/readyz").status == 503)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(60) == 0


def test_who_is_interrupted_waits_neither_for_others_to_notice_nor_for_idle_clients(service):
    service.environment |= {"WINNOW_WORKERS": "1", "WINNOW_DRAIN": "300"}
    service.start()
    kept = kept_connection(service)
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(30) == 0  # by itself: after 35 s its parts would be killed
    kept.close()


def test_a_proxy_is_believed_about_https_where_it_is_one_of_ours(service):
    service.environment |= {"WINNOW_WORKERS": "1", "WINNOW_PROXIES": "127.0.0.9, 10.0.0.0/8"}
    service.start()

    def root(source, **headers):
        """The scheme by which the service thinks it was asked."""
        one = http.client.HTTPConnection("127.0.0.1", service.port, source_address=(source, 0))
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        one.request("GET", "/$discovery/rest?version=v1alpha1", headers={"Host": "mod.example"} | given)
        answer = one.getresponse()
        content = answer.read()
        one.close()
        return content.partition(b'"rootUrl":"')[2].partition(b"://")[0].decode() or str(answer.status)

    assert root("127.0.0.9", X_Forwarded_Proto="https") == "https"
    assert root("127.0.0.9") == "http"
    assert root("127.0.0.1", X_Forwarded_Proto="https") == "http"
    assert root("127.0.0.9", X_Forwarded_Ssl="on", X_Forwarded_Protocol="ssl") == "http"
    assert root("127.0.0.9", X_Forwarded_Ssl="on", X_Forwarded_Proto="http") == "http"
    assert root("127.0.0.9", SCRIPT_NAME="/$discovery") == "http"  # nothing but the scheme is taken from headers


@pytest.mark.skipif(os.getuid() != 0, reason="takes root, for a PID namespace")
def test_as_the_first_process_of_a_container_it_leaves_no_zombies_and_ends_on_term(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed (Debian's package util-linux)")
    inside = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    data = tmp_path / "data"
    data.mkdir()
    one = Service(data, environment={"WINNOW_WORKERS": "1"})
    one.program = (*inside, *one.program)
    one.start()
    supervisor = next(child for child in one.descendants() if "serve" in child.cmdline())
    try:
        web = next(child for child in supervisor.children() if "service.processes.web" in child.cmdline())
        orphan = web.children()[0]
        web.kill()
        wait_until(lambda: not orphan.is_running())  # a zombie would still be running
        wait_until(lambda: len(supervisor.children(recursive=True)) == 4)
        supervisor.terminate()
        assert one.process.wait(60) == 0
    finally:
        subprocess.run(["kill", "-9", str(one.process.pid)], capture_output=True)
