import subprocess
import sys

import pytest

from service.processes.handover import Handover, State, Successor
from service.processes.supervisor import Child
from tests.support import wait_until

SAYS = "import os, sys, time; [os.write(int(sys.argv[1]), b'.') for _ in range({})]; time.sleep({})"


def successor(name, says, lives=60, parts=1):
    def renew(where):
        return subprocess.Popen([sys.executable, "-c", SAYS.format(says, lives), str(where)], pass_fds=[where])

    return Successor.begin(name, renew, parts)


def end(handover):
    for process in handover.end().values():
        process.kill()
        process.wait()


def test_new_processes_are_ready_once_every_part_of_each_said_so():
    handover = Handover([successor("web", 2, parts=2), successor("worker", 1)])
    wait_until(lambda: handover.state() is State.READY)
    assert handover.failed() == []
    end(handover)


def test_a_part_that_says_nothing_is_waited_for():
    handover = Handover([successor("web", 1, parts=2), successor("worker", 1)])
    wait_until(lambda: handover.failed() == ["web"])
    assert handover.state() is State.STARTING
    end(handover)


def test_one_that_ends_fails_all_of_them_whatever_it_said():
    handover = Handover([successor("web", 1), successor("worker", 1, lives=0)])
    wait_until(lambda: handover.state() is State.FAILED)
    assert handover.failed() == ["worker"]
    end(handover)


def test_a_child_goes_on_with_the_new_process_and_ends_the_old_one():
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = Child("sleeper", lambda: subprocess.Popen(sleeper))
    child.tend()
    before, new = child.process, subprocess.Popen(sleeper)
    child.replace(new, 10)
    assert set(child.pids()) == {before.pid, new.pid}
    wait_until(lambda: (child.tend(), child.pids() == [new.pid])[1])
    assert child.process is new
    assert before.returncode is not None
    child.stop(10)


def test_one_that_does_not_end_when_it_is_let_go_is_made_to():
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    process.stdout.read(1)
    child = Child("sleeper", lambda: subprocess.Popen(["sleep", "60"]))
    child.let_go(process, 0)
    wait_until(lambda: (child.tend(), process.returncode is not None)[1])
    child.stop(10)


def test_where_the_system_starts_no_more_none_is_left():
    begun = []

    def first(where):
        begun.append(subprocess.Popen(["sleep", "60"], pass_fds=[where]))
        return begun[0]

    def second(where):
        raise OSError("no memory")

    with pytest.raises(OSError, match="no memory"):
        Handover.begin([("web", first, 1), ("worker", second, 1)])
    assert begun[0].returncode is not None
