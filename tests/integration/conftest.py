"""A queue with comments in it, and a second moderator."""

import pytest

from tests.support import hold_everything


@pytest.fixture
def held(api):
    """Ten pending comments, `h-0` the oldest."""
    hold_everything(api)
    for n in range(10):
        body = {
            "id": f"h-{n}",
            "body": f"Held number {n}",
            "author": {"id": f"u-{n % 3}"},
            "article": {"section": "news"},
        }
        api.post("/v1/comments", body)
    return [f"h-{n}" for n in range(10)]


@pytest.fixture
def bob(key_for):
    return key_for("moderate", name="bob")
