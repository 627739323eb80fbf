import errno
import select
import socket

import pytest

from service.processes.listening import listening, take_no_more
from tests.support import free_port, wait_until


def test_who_is_in_the_queue_is_not_cut_off_and_nobody_new_gets_into_it():
    with listening(f"127.0.0.1:{free_port()}") as listener, socket.create_connection(listener.getsockname()) as early:
        early.sendall(b"a request")
        take_no_more(listener, within=0)
        with socket.socket() as late:
            late.setblocking(False)
            assert late.connect_ex(listener.getsockname()) == errno.EINPROGRESS
            accepted, _ = listener.accept()
            listener.close()
            assert accepted.recv(100) == b"a request"
            accepted.close()
            select.select([], [late], [], 20)
            assert late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED


def test_it_returns_once_the_queue_is_empty():
    with listening(f"127.0.0.1:{free_port()}") as listener, socket.create_connection(listener.getsockname()):
        listener.accept()[0].close()
        take_no_more(listener, within=3600)


def test_the_path_of_a_unix_socket_is_gone_and_its_queue_stays(tmp_path):
    path = str(tmp_path / "winnow.sock")
    with listening(f"unix:{path}") as listener, socket.socket(socket.AF_UNIX) as early:
        early.connect(path)
        take_no_more(listener, within=1)
        with socket.socket(socket.AF_UNIX) as late, pytest.raises(FileNotFoundError):
            late.connect(path)
        wait_until(lambda: listener.accept())
