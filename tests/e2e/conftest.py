"""The service in processes of its own, ended with the test whatever happens in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.ledger import opened
from tests.support import Console, Service, free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian's package chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


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
