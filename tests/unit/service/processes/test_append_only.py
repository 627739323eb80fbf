"""An unfinished write at the end of a file of commands is told from damage to what was written."""

import tracemalloc

import pytest

from service.processes.append_only import cut, tail_of


def command(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one.encode()) for one in words)


def transaction(*commands: bytes) -> bytes:
    return b"".join((command("MULTI"), *commands, command("EXEC")))


ONE = transaction(command("SET", "{s}:a", "1"), command("HSET", "{s}:h", "field", "*3\r\n"))
ALL = command("SELECT", "0") + ONE + command("SET", "{s}:b", "2") + b"#TS:1\r\n" + ONE


@pytest.fixture
def file(tmp_path):
    return tmp_path / "appendonly.aof.1.incr.aof"


def test_a_whole_file_has_no_tail(file):
    file.write_bytes(ALL)
    assert (tail_of(file).begins, tail_of(file).length) == (len(ALL), 0)
    file.write_bytes(b"")
    assert tail_of(file).length == 0


@pytest.mark.parametrize("kept", range(len(ALL)))
def test_a_file_that_ends_anywhere_is_cut_back_to_its_last_whole_change(file, kept):
    file.write_bytes(ALL[:kept])
    tail = tail_of(file)
    assert not tail.damaged
    cut(file, tail)
    assert tail_of(file).length == 0
    assert file.read_bytes() == ALL[: tail.begins]
    assert kept - tail.begins < len(ONE)


@pytest.mark.parametrize("length", ["$900", "$90000", "$9000000000"])
def test_a_length_that_leads_behind_the_end_is_no_unfinished_write(file, length):
    file.write_bytes(ALL.replace(b"$5", length.encode(), 1))
    assert tail_of(file).damaged
    file.write_bytes(command("SET", "{s}:a", "1").replace(b"$5", length.encode(), 1) + command("SET", "{s}:b", "2"))
    assert tail_of(file).damaged


@pytest.mark.parametrize("begins", [b"", command("MULTI")])
def test_a_large_file_that_is_damaged_near_its_beginning_is_not_copied_into_memory(file, begins):
    with file.open("wb") as new:
        new.write(begins + b"nonsense")
        new.truncate(64 << 20)
    tracemalloc.start()
    try:
        tail_of(file)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
