from dataclasses import replace

import pytest

from service.commands.doctor import masked
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
