from dataclasses import replace

import pytest
from click.testing import CliRunner

from service.commands.doctor import doctor, masked
from service.settings import load_settings


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
