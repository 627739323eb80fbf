"""A queue with comments in it, a second moderator, models to publish, and servers under Sentinels."""

import shutil
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

import pytest
from click.testing import CliRunner

from model.classifier import DEFAULT, Classifier
from service.cli import main
from service.monitoring.census import Census, Clerk
from service.monitoring.counts import prepare_folder
from service.store import connection
from tests.servers import Sentineled, sentineled
from tests.support import hold_everything, model_like, small_model


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
def commands(redis_url, tmp_path, monkeypatch):
    """Runs commands of one kind for the site herald, as olga: `commands("keys")("list")`."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("WINNOW_DATA", str(tmp_path))
    monkeypatch.setenv("WINNOW_SITE", "herald")
    monkeypatch.setenv("USER", "olga")
    return lambda kind: lambda *arguments, stdin=None: CliRunner().invoke(main, [kind, *arguments], input=stdin)


@pytest.fixture
def bob(key_for):
    return key_for("moderate", name="bob")


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Models that answer otherwise than the one that ships: a whole one, and small ones that are quick to publish."""
    root = tmp_path_factory.mktemp("models")
    small_model(root / "small")
    never = {"thresholds": dict.fromkeys(Classifier.load().attributes, 1.0)}
    shifts = {"stern": (2.0, {}), "mild": (-2.0, {}), "never": (6.0, never)}
    small = {
        version: model_like(root / "small", root / version, version, shift, **more)
        for version, (shift, more) in shifts.items()
    }
    return small | {"whole": model_like(DEFAULT, root / "whole", "whole", 1.0)}


@pytest.fixture(scope="session")
def loaded(folders) -> dict[str, Classifier]:
    return {version: Classifier.load(folder) for version, folder in folders.items()}


@pytest.fixture(params=[20_000, 3], ids=["small facets", "large facets"])
def ranked_at_once(request, monkeypatch) -> int:
    """How many comments a script ranks at once: as shipped, and so few that nearly every facet is a large one."""
    shipped = connection._source

    def source(name):
        text, _, changing = shipped(name)
        text = text.replace("local RANKED = 20000\n", f"local RANKED = {request.param}\n")
        return text, sha1(text.encode(), usedforsecurity=False).hexdigest(), changing

    assert "local RANKED = 20000\n" in shipped("claim")[0]
    monkeypatch.setattr(connection, "_source", source)
    return request.param


@pytest.fixture(scope="module", params=["redis", "valkey"])
def watched(request) -> Iterator[Sentineled]:
    """A primary with two replicas, which three Sentinels watch."""
    with sentineled(request.param) as found:
        yield found


@pytest.fixture
def metrics(app, store):
    """What `/metrics` says once the background process counted what Redis holds: `metrics()`."""
    folder = app.extensions["winnow"].settings.metrics
    prepare_folder(folder)
    clerk = Clerk(folder, Census(store, app.extensions["winnow"].models, allow_volatile=False).count)

    def told() -> str:
        clerk.once()
        return app.test_client().get("/metrics").text

    yield told
    shutil.rmtree(folder)
