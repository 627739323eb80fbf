"""The service's own Redis: how it keeps what it is given."""

import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from service.commands.doctor import examine
from service.moderation.comment import Judgement, Reason, Submission
from service.processes.private_redis import PrivateRedis, StoreDamaged, server_program
from service.processes.supervisor import owned
from service.settings import MEMORY, SettingsError, load_settings
from service.store.arrivals import Acceptance, Arrivals
from service.store.connection import Store, connect
from service.store.queue import Queue, Shelf
from tests.support import wait_until


@pytest.fixture
def private(tmp_path):
    server = PrivateRedis(load_settings(environ={"WINNOW_DATA": str(tmp_path)}))
    server.start()
    yield Store(connect(server.url))
    server.stop()


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


def test_a_data_folder_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    server = PrivateRedis(load_settings(environ={"WINNOW_DATA": str(tmp_path / "file" / "data")}))
    with pytest.raises(SettingsError, match="cannot be made: Not a directory"):
        server.start()
    with pytest.raises(SettingsError, match="cannot be written: Not a directory"), owned(tmp_path / "file" / "data"):
        pass


def test_a_server_that_ends_says_why_without_what_a_comment_said(tmp_path):
    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path)})
    server = PrivateRedis(settings)
    server.start()
    Store(connect(server.url)).call(lambda client: client.set("{herald}:a", "a reader's words"))
    server.stop()
    file = next(tmp_path.rglob("*.incr.aof"))
    file.write_bytes(file.read_bytes().replace(b"SET\r\n", b"SAT\r\n"))
    with pytest.raises(StoreDamaged, match="unknown command 'SAT'; restore a backup") as refused:
        server.start()
    assert "words" not in str(refused.value)
    assert "unknown command 'SAT'" in server.why()


def test_a_server_that_is_killed_while_it_reads_its_file_is_not_taken_for_one_that_cannot(tmp_path):
    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path)})
    server = PrivateRedis(settings)
    server.start()
    client = redis.Redis.from_url(server.url)
    client.eval("for n = 1, 20000 do redis.call('SET', 'k' .. n, n) end", 0)
    client.bgrewriteaof()
    wait_until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
    client.close()
    server.stop()
    program = tmp_path / "valkey-that-reads-slowly"
    program.write_text(f'#!/bin/sh\nexec {server_program(settings)} "$@" --key-load-delay 1000\n')  # µs for each key
    program.chmod(0o755)
    slow = PrivateRedis(replace(settings, redis_server=str(program)))
    log = tmp_path / "redis" / "redis.log"
    before = log.stat().st_size

    def kill_amid() -> None:
        wait_until(lambda: slow.lives() and b"RDB is base AOF" in log.read_bytes()[before:])
        slow._process.kill()

    killing = threading.Thread(target=kill_amid)
    killing.start()
    with pytest.raises(SettingsError) as refused:
        slow.start()
    killing.join()
    assert not isinstance(refused.value, StoreDamaged)
    server.start()
    server.stop()


def test_its_socket_and_the_metrics_share_no_folder_wherever_temporary_files_are(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(MEMORY))
    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path / ("x" * 100))})
    socket = Path(PrivateRedis(settings).url.removeprefix("unix://"))
    assert MEMORY in socket.parents
    assert socket.parent != settings.metrics
