import runpy

import pytest
from environs import EnvError

from .conftest import KEY, Contract


def start() -> dict[str, object]:
    return runpy.run_module("service.demo.wsgi")


def test_the_site_finds_winnow_and_its_key_in_the_environment(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_DEMO_URL", contract.url)
    monkeypatch.setenv("WINNOW_DEMO_KEY", KEY)
    page = start()["app"].test_client().get("/")  # type: ignore[attr-defined]
    assert "No comments here yet." in page.text
    assert contract.keys_seen == {f"Bearer {KEY}"}


def test_without_a_key_the_site_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_DEMO_URL", "http://127.0.0.1:1")
    monkeypatch.delenv("WINNOW_DEMO_KEY", raising=False)
    with pytest.raises(EnvError, match="WINNOW_DEMO_KEY"):
        start()
