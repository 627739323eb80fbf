import click
import pytest

from service.commands.common import SiteName, settings_or_fail


@pytest.mark.parametrize("name", ["herald", "a", "0-9", "x" * 63])
def test_a_sites_name_is_taken_as_it_is(name):
    assert SiteName().convert(name, None, None) == name


@pytest.mark.parametrize("name", ["", "Herald", "a_b", "x" * 64, "a b", "a\n", "{a}", "a:b"])
def test_what_is_no_sites_name_is_a_usage_error(name):
    with pytest.raises(click.BadParameter, match="1 to 63"):
        SiteName().convert(name, None, None)


def test_settings_that_cannot_be_used_end_a_command_with_the_reason(tmp_path):
    broken = tmp_path / "winnow.toml"
    broken.write_text("colour = 'red'")
    with pytest.raises(click.ClickException, match="unknown setting colour"):
        settings_or_fail(broken)
