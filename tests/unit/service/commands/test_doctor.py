from dataclasses import replace

import pytest
from click.testing import CliRunner

from service.commands.doctor import _files, _memory, _proxy, doctor, masked
from service.settings import load_settings
from service.store.health import Server


@pytest.fixture
def settings(tmp_path):
    return load_settings(environ={"WINNOW_DATA": str(tmp_path)})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pa55@db:6379/0", "redis://***@db:6379/0"),
        ("rediss://winnow:pa55@db", "rediss://***@db"),
        ("redis://winnow:p@55@db", "redis://***@db"),
        ("redis://db:6379/0", "redis://db:6379/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_a_url_is_shown_without_its_secret(settings, url, shown):
    assert masked(replace(settings, redis_url=url))["redis_url"] == shown


def test_every_setting_is_shown(settings, tmp_path):
    shown = masked(settings)
    assert shown["data"] == str(tmp_path)
    assert shown["redis_url"] == "None"
    assert {"bind", "workers", "rate_limit", "allow_volatile"} <= shown.keys()


def test_a_setting_is_shown_with_what_it_means_and_where_it_comes_from(tmp_path):
    given = {"WINNOW_DATA": str(tmp_path), "WINNOW_WORKERS": "3"}
    shown = CliRunner(env=given).invoke(doctor, ["--settings"]).stdout
    assert "# WINNOW_WORKERS: web worker processes, 1 to 256\nworkers = 3  (environment)\n" in shown
    assert "](" not in shown


def server(**other):
    sound = {"mode": "standalone", "role": "master", "linked": True, "replicas": 1, "memory": 50, "memory_max": 100}
    return Server(**{**sound, "rewritten": True, **other})


@pytest.mark.parametrize(("used", "most", "ok"), [(50, 100, True), (85, 100, False), (10**9, 0, True)])
def test_redis_should_have_room_left(used, most, ok):
    part, well, detail = _memory(server(memory=used, memory_max=most))
    assert (part, well) == ("memory", ok)
    assert "maxmemory" in detail


@pytest.mark.parametrize(
    ("bind", "said"),
    [
        ("127.0.0.1:8080", "this machine alone"),
        ("[::1]:8080", "this machine alone"),
        ("unix:/run/winnow.sock", "this machine alone"),
        ("0.0.0.0:8080", "has to bring TLS"),
        ("[::]:8080", "has to bring TLS"),
    ],
)
def test_who_listens_to_other_machines_is_told_of_tls(settings, bind, said):
    assert said in _proxy(replace(settings, bind=bind))[2]


def test_a_low_limit_of_open_files_is_found(monkeypatch):
    import resource

    for may, ok, hint in (
        (256, False, True),
        (1024, True, True),
        (4199, True, True),
        (4200, True, False),
        (-1, True, False),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda _, may=may: (256, may))
        part, well, detail = _files()
        assert (part, well, "ulimit" in detail) == ("files", ok, hint)
