"""Promises at two sizes: short ones with every run of the tests, long ones whose figures are published."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pytest

from tests.proof.found import Proved, forget, here, record


@dataclass
class Proof:
    """How much one test tries, and what it found."""

    long: bool
    found: dict[str, int | float] = field(default_factory=dict)

    def size(self, short: int, long: int) -> int:
        """How often, how many or for how many seconds: as this run has it."""
        return long if self.long else short

    def figures(self, **found: float) -> None:
        """What is published of a long run, by name; names are shown as words, in this order."""
        self.found |= found


FAILED = pytest.StashKey[bool]()


def module_of(item: pytest.Item) -> str:
    """The name under which a test's figures are kept."""
    return item.path.stem.removeprefix("test_")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes of each test whether it failed; what is kept of a long run before it is then true no more."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    if report.failed and item.config.getoption("--long"):
        forget(module_of(item), item.name)
    return report


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Iterator[Proof]:
    """The size of this run; what a long one that passes found is kept under its module's name."""
    one = Proof(request.config.getoption("--long"))
    begun = time.monotonic()
    yield one
    if one.long and one.found and not request.node.stash[FAILED]:
        seconds = round(time.monotonic() - begun)
        record(module_of(request.node), Proved(request.node.name, one.found, seconds, here()))
