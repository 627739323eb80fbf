import os
from dataclasses import fields
from pathlib import Path

import pytest

from service.settings import HOME, Settings, SettingsError, explained, load_settings


def load(tmp_path: Path, **given: str):
    return load_settings(environ={"WINNOW_DATA": str(tmp_path), **given})


def test_defaults_are_what_the_documentation_says(tmp_path):
    settings = load(tmp_path)
    assert settings.bind == "127.0.0.1:8080"
    assert settings.redis_url is None
    assert settings.redis_fsync == "always"
    assert settings.rate_limit == 60000
    assert settings.body_max == 10000


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / "winnow.toml").write_text('bind = "127.0.0.1:9000"\nrate_limit = 5\nredis_url = "redis://file/0"\n')
    settings = load(tmp_path, WINNOW_RATE_LIMIT="7")
    assert (settings.bind, settings.rate_limit, settings.redis_url) == ("127.0.0.1:9000", 7, "redis://file/0")


def test_another_file_may_be_named(tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('site = "herald"\n')
    assert load(tmp_path, WINNOW_CONFIG=str(other)).site == "herald"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WINNOW_WORKERS", "0"),
        ("WINNOW_WORKERS", "many"),
        ("WINNOW_BIND", "8080"),
        ("WINNOW_SITE", "The Herald"),
        ("WINNOW_REDIS_FSYNC", "never"),
        ("WINNOW_LOG_LEVEL", "loud"),
        ("WINNOW_RATE_LIMIT", "-1"),
        ("WINNOW_REDIS_WAIT", "-1"),
        ("WINNOW_REDIS_WAIT", "1"),
        ("WINNOW_ALLOW_VOLATILE", "perhaps"),
        ("WINNOW_PROXIES", "10.0.0.1/8"),
        ("WINNOW_PROXIES", "proxy.internal"),
        ("WINNOW_DRAIN", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path, name, value):
    with pytest.raises(SettingsError, match=name):
        load(tmp_path, **{name: value})


def test_an_unknown_setting_in_the_file_is_named(tmp_path):
    (tmp_path / "winnow.toml").write_text("worker = 3\n")
    with pytest.raises(SettingsError, match="worker"):
        load(tmp_path)


def test_a_file_that_is_not_toml_is_named(tmp_path):
    (tmp_path / "winnow.toml").write_text("= 3\n")
    with pytest.raises(SettingsError, match=r"winnow\.toml"):
        load(tmp_path)


def test_every_setting_is_explained_and_named_as_the_environment_has_it(tmp_path):
    told = {one.name: one for one in explained()}
    assert list(told) == [field.name for field in fields(Settings)]
    assert all(one.meaning for one in told.values())
    assert (told["redis_url"].variable, told["rate_limit"].variable) == ("REDIS_URL", "WINNOW_RATE_LIMIT")


def test_defaults_are_told_as_they_are_written_in_a_variable():
    told = {one.name: one.default for one in explained()}
    assert (told["allow_volatile"], told["compiled"], told["model"]) == ("false", "true", "none")
    assert told["rate_limit"] == "60000"


def test_defaults_that_differ_between_machines_are_told_in_words():
    told = {one.name: one.default for one in explained()}
    defaults = load_settings(environ={})
    assert told["workers"] == "one a CPU, at most 8"
    assert defaults.workers == min(os.cpu_count() or 1, 8)
    assert Path(told["data"]) == Path(HOME)
    assert Path(HOME).expanduser() == defaults.data
