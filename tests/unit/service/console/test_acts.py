"""The audit log in words."""

import re
from pathlib import Path

from service.console.acts import ACTS, details, kind_of
from service.store.connection import LUA


def test_every_act_that_is_written_down_has_words():
    by_scripts = {
        act
        for script in LUA.glob("*.lua")
        for act in re.findall(r"audit\([^\n]*?, '([a-z]+\.[a-z-]+)'", script.read_text())
    }
    by_us = {
        act
        for module in LUA.parent.glob("*.py")
        for act in re.findall(r'"((?:key|person|site)\.[a-z-]+)"', module.read_text())
    }
    assert min(len(by_scripts), len(by_us)) > 5
    assert by_scripts | by_us <= set(ACTS)
    documented = (Path(__file__).parents[4] / "docs" / "api.md").read_text()
    assert [act for act in ACTS if f"`{act}`" not in documented] == []


def test_a_line_tells_its_figures_and_not_what_is_for_the_machine():
    data = {
        "op": "x",
        "action": "reject",
        "labels": [],
        "types": None,
        "enabled": False,
        "digest": "ab" * 20,
        "by": "ada",
    }
    told = [("action", "reject"), ("labels", "none"), ("enabled", "no"), ("digest", "ab" * 6)]
    assert details(data, "ada") == told
    assert details(data, "bob") == [*told, ("by", "ada")]
    assert kind_of("an.act nobody knows") == ""
