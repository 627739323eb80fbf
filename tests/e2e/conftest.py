"""A service with its console, the demo and its page, for all tests of a file."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.clients.harness import client
from tests.e2e.ledger import opened
from tests.support import Console, Service, free_port


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A running service with a site, for browsers."""
    data = tmp_path_factory.mktemp("console") / "data"
    data.mkdir()
    one = Console(Service(data).start())
    one.service.key("admin")  # makes the site
    yield one
    one.service.stop()


@pytest.fixture(scope="module")
def drive(console: Console) -> Callable[..., dict[str, Any]]:
    """Runs a client of another service against this one: `drive("akismet-py")` is what came of each of its steps."""
    keys = {role: console.service.key(role, f"{role} of a client") for role in ("submit", "moderate", "admin")}
    return lambda name, **more: client(name).drive(console.address, keys, **more)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`winnow demo`, once it has printed its keys."""
    data = tmp_path_factory.mktemp("demo") / "data"
    data.mkdir()
    one = Service(data, environment={"WINNOW_DEMO_BIND": f"127.0.0.1:{free_port()}"})
    one.start("demo")
    yield one
    one.stop()


@pytest.fixture
def ledger(browser: Browser, demo: Service) -> Iterator[Page]:
    """The demo's article in a window of its own; a script error or a blocked resource fails the test."""
    with opened(browser, demo) as page:
        yield page
