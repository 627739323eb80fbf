import re

import pytest

from service.store.connection import LUA, _source
from service.store.servers.client import READING
from service.store.servers.copies import changes

SCRIPTS = sorted(path.stem for path in LUA.glob("[!_]*.lua"))

PART = """
local function keeps(what)
  redis.call('SET', KEYS[1], what)
end

local function looks()
  return redis.call('GET', KEYS[1])
end

local function passes_on(what)
  return keeps(what)
end
"""


@pytest.mark.parametrize(
    ("own", "changing"),
    [
        ("return looks()", False),
        ("return redis.call('HGETALL', KEYS[1])", False),
        ("return 1 -- keeps(1) is for others", False),
        ("return keeps(1)", True),
        ("return passes_on(1)", True),
        ("return redis.call('DEL', KEYS[1])", True),
        ("return redis.call(ARGV[1], KEYS[1])", True),
        ("return redis.pcall('INCR', KEYS[1])", True),
        ("local function odd() return redis.call('INCR', KEYS[1]) end\nreturn 1", True),
    ],
)
def test_a_script_changes_something_if_it_can_come_to_a_command_that_does(own, changing):
    assert changes(f"{PART}\n{own}") is changing


@pytest.mark.parametrize("name", SCRIPTS)
def test_whatever_writes_by_its_own_text_is_known_to(name):
    own = (LUA / f"{name}.lua").read_text()
    writes = set(re.findall(r"redis\.call\('(\w+)'", own)) - READING
    assert not writes or _source(name)[2]


def test_what_is_asked_with_every_request_waits_for_nobody():
    assert not _source("find_key")[2]
