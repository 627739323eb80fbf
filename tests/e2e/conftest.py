"""The service in processes of its own, ended with the test whatever happens in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Service


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
