import socket
import subprocess
import sys

import pytest

from service.processes import supervisor
from service.processes.listening import _target, answers, listening
from service.processes.supervisor import RESTARTS_AFTER, Child, owned
from service.settings import SettingsError


@pytest.mark.parametrize(
    ("bind", "target"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:8080", ("::1", 8080)),
        ("localhost:80", ("localhost", 80)),
        ("unix:/run/winnow.sock", "/run/winnow.sock"),
    ],
)
def test_an_address_is_a_host_and_a_port_or_a_path(bind, target):
    assert _target(bind) == target


def test_a_socket_is_open_as_long_as_it_is_needed_and_its_path_can_be_had_again(tmp_path):
    bind = f"unix:{tmp_path / 'winnow.sock'}"
    for _ in range(2):
        with listening(bind) as listener, socket.socket(socket.AF_UNIX) as client:
            assert listener.fileno() > 0
            client.connect(str(tmp_path / "winnow.sock"))
    assert not answers(bind)


@pytest.mark.parametrize("bind", ["127.0.0.1:99999", "nowhere.invalid:80", "unix:/nowhere/at/all.sock"])
def test_an_address_that_cannot_be_had_is_named(bind):
    with pytest.raises(SettingsError, match="WINNOW_BIND"), listening(bind):
        pass


def test_a_data_folder_is_one_services_alone(tmp_path):
    with owned(tmp_path / "data"), pytest.raises(SettingsError, match="another winnow serve"), owned(tmp_path / "data"):
        pass
    with owned(tmp_path / "data"):
        pass


def test_a_child_that_lives_is_left_alone_and_one_that_ended_is_started_again():
    starts = []

    def start():
        starts.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        return starts[-1]

    child = Child("sleeper", start)
    child.tend()
    child.tend()
    assert len(starts) == 1
    starts[0].kill()
    starts[0].wait()
    child.tend()
    assert len(starts) == 2
    child.stop(10)
    assert [one.returncode is not None for one in starts] == [True, True]
    child.stop(10)


def test_a_child_that_dies_young_rests_ever_longer_and_no_longer_than_the_longest(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])
    child = Child("mayfly", lambda: subprocess.Popen(["sleep", "60"]))

    def die():
        child.process.kill()
        child.process.wait()
        child.tend()
        return child.rests_until - now[0]

    child.tend()
    rests = []
    for _ in range(6):
        rests.append(die())
        now[0] = child.rests_until
        child.tend()
    assert rests == pytest.approx([*RESTARTS_AFTER, RESTARTS_AFTER[-1], RESTARTS_AFTER[-1]])
    now[0] += supervisor.YOUNG + 1
    assert die() == RESTARTS_AFTER[0]
    child.process.kill()
    child.process.wait()


def test_a_child_that_does_not_end_when_asked_is_made_to():
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    process.stdout.readline()
    child = Child("deaf", lambda: process)
    child.tend()
    child.stop(0.1)
    process.stdout.close()
    assert process.returncode == -9
