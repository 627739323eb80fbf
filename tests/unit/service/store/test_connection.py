from hashlib import sha1

import pytest

from service.store.connection import LUA, NOT_NOW, _source, site_key

SCRIPTS = sorted(path.stem for path in LUA.glob("[!_]*.lua"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_carries_the_parts_that_its_first_line_names_before_itself(name):
    source, digest, _ = _source(name)
    own = (LUA / f"{name}.lua").read_text()
    first, _, _ = own.partition("\n")
    assert first.startswith("-- use: _site")
    assert source.endswith(own)
    parts = first.removeprefix("-- use: ").split()
    assert source == "\n".join([*((LUA / f"{part}.lua").read_text() for part in parts), own])
    assert digest == sha1(source.encode()).hexdigest()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_scripts_head_says_what_it_takes_and_answers(name):
    own = (LUA / f"{name}.lua").read_text()
    head = [line for line in own.split("\n") if line.startswith("-- ")]
    assert any(line.startswith("-- KEYS[1] {site}") for line in head)
    assert any(line.startswith("-- Answer  ") for line in head)


@pytest.mark.parametrize(
    "answer",
    [
        "LOADING Redis is loading the dataset in memory",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "MISCONF Errors writing to the AOF file: No space left on device",
        "NOREPLICAS Not enough good replicas to write.",
        "READONLY You can't write against a read only replica.",
    ],
)
def test_a_server_that_cannot_serve_now_is_told_from_a_mistake(answer):
    assert NOT_NOW.match(answer)


@pytest.mark.parametrize(
    "answer",
    ["ERR value is not an integer", "WRONGTYPE Operation against a key", "BUSYKEY Target key name", "ERR BUSY"],
)
def test_a_mistake_of_ours_is_not_taken_for_a_server_that_cannot_serve_now(answer):
    assert not NOT_NOW.match(answer)


def test_all_keys_of_a_site_have_its_hash_tag():
    assert site_key("herald") == "{herald}"
    assert site_key("herald", "count", 7) == "{herald}:count:7"
