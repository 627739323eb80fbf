"""Promises at two sizes: short ones with every run of the tests, long ones whose figures are published."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.proof.found import Proved, record


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes of each test whether it failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Iterator[Proof]:
    """The size of this run; a long one that passes is recorded under its module's name, beside its first sentence."""
    one = Proof(request.config.getoption("--long"))
    begun = time.monotonic()
    yield one
    if one.long and one.found and not request.node.stash[FAILED]:
        seconds = round(time.monotonic() - begun)
        promise = (request.module.__doc__ or "").partition("\n")[0].rstrip(".")
        record(Path(request.path).stem.removeprefix("test_"), promise, Proved(request.node.name, one.found, seconds))
