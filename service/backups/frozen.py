"""A server of the moment that holds a snapshot, so that it can be read at leisure while the real one goes on."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from redis.exceptions import RedisError

from service.processes.children import die_with_parent, end
from service.processes.private_redis import STARTS_WITHIN, STOPS_WITHIN, asked_once, server_program
from service.settings import Settings, SettingsError

DATABASES: Final = 1024
"""At the least: the snapshot has every database of a server that others use, too, and their numbers are not known."""


@contextmanager
def frozen(settings: Settings, snapshot: Path, database: int) -> Iterator[str]:
    """The URL of a server that has loaded a snapshot, and writes nothing.

    :param database: the number of the database that is of interest.
    :raises SettingsError: there is no server's program, or it cannot read the snapshot.
    """
    program = server_program(settings)
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        socket, log = Path(folder) / "redis.sock", Path(folder) / "redis.log"
        command = [
            program,
            *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--daemonize", "no"),
            *("--dir", str(snapshot.parent), "--dbfilename", snapshot.name, "--save", "", "--appendonly", "no"),
            *("--logfile", str(log), "--databases", str(max(DATABASES, database + 1))),
        ]
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, signal.SIGKILL),  # noqa: PLW1509  # no thread is about
        )
        try:
            _await(process, socket, program)
            yield f"unix://{socket}?db={database}"
        finally:
            end(process, STOPS_WITHIN)


def _await(process: "subprocess.Popen[bytes]", socket: Path, program: str) -> None:
    """Waits until the server has loaded what it was given."""
    until = time.monotonic() + STARTS_WITHIN
    with closing(asked_once(socket)) as client:
        while True:
            try:
                client.ping()
            except (RedisError, OSError):
                if process.poll() is not None or time.monotonic() > until:
                    hint = "set WINNOW_REDIS_SERVER to one that is as new as the store's server"
                    raise SettingsError(f"{program} cannot read the store's snapshot: {hint}") from None
                time.sleep(0.01)
            else:
                return
