"""A snapshot that does not come is told for what it is."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from service.store.snapshots import NoSnapshot, connections_to, fetch

RESET = struct.pack("ii", 1, 0)
"""Has a connection that is closed end as a machine's that failed."""


@pytest.fixture
def failing() -> Iterator[str]:
    """The URL of a peer that says yes to what comes before a snapshot, begins one and fails."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                asked = b""
                while b"SYNC" not in asked:
                    asked = peer.recv(1 << 16)
                    peer.sendall(b"+OK\r\n" * (asked.count(b"*") - asked.count(b"SYNC")))
                peer.sendall(b"$1000000\r\nREDIS")
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


def test_a_server_that_fails_amid_its_snapshot_is_said_to_have_broken_off(failing, tmp_path):
    (connection,) = connections_to(failing)
    with pytest.raises(NoSnapshot, match="broke off"):
        fetch(connection, tmp_path / "snapshot", lambda size: None)
