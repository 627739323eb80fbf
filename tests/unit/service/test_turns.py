import threading

import pytest

from service.turns import SLICE, aside, slices


def test_slices_are_the_whole_in_order():
    parts = list(slices(range(2 * SLICE + 3)))
    assert [len(part) for part in parts] == [SLICE, SLICE, 3]
    assert [one for part in parts for one in part] == list(range(2 * SLICE + 3))


def test_work_aside_runs_in_another_thread_and_gives_its_answer():
    assert aside(threading.get_ident) != threading.get_ident()


def test_work_aside_that_fails_raises_here_and_prints_nothing(capfd):
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 / 0)
    assert capfd.readouterr() == ("", "")
