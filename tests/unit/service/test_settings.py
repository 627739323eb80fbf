from pathlib import Path

import pytest

from service.settings import SettingsError, load_settings


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
