"""Akismet's own clients against a running service: what they make of every answer, and none waits too long for one."""

from typing import Any

import orjson
import pytest

from tests.support import wait_until

HAM, SPAM, DISCARD = 0, 1, 2
"""What PyPI's client says of a comment."""

THANKS = "Thanks for making the web a better place."


@pytest.fixture(scope="module")
def python(drive) -> dict[str, Any]:
    return drive("akismet-py")


@pytest.fixture(scope="module")
def node(drive) -> dict[str, Any]:
    return drive("akismet-api")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_pypis_client_is_content_with_every_answer(python, kind):
    said = python[kind]
    used = said.pop("usage")
    assert used["limit"] == 60_000 * 60 * 24 * (used["limit"] // (60_000 * 60 * 24))
    assert (used["percentage"], used["throttled"]) == ("0.00", False)
    strangers = {name: said.pop(name) for name in list(said) if "stranger" in name or name == "another key"}
    assert said == {
        "verified": True,
        "ham": HAM,
        "spam": SPAM,
        "bare": HAM,
        "empty": HAM,
        "by name": SPAM,
        "by email": SPAM,
        "administrator": HAM,
        "recheck": HAM,
        "no address": "ProtocolError",
        "unknown field": "UnknownArgumentError",
        "spam kept": True,
        "ham kept": True,
        "spam test": True,
        "sites": "APIKeyError",  # the client sends no key with this call
        "sites as csv": "APIKeyError",
    }
    if kind == "sync":
        assert strangers == {
            "another key": False,
            "stranger": False,
            "stranger's check": "APIKeyError",
            "stranger's spam": "APIKeyError",
            "stranger's usage": "APIKeyError",
        }


def test_npms_akismet_api_is_content_with_every_answer(node):
    thanks = {"status": 200, "text": THANKS, "type": "text/plain"}
    assert node == {
        "verified": True,
        "ham": False,
        "spam": True,
        "bare": False,
        "by name": True,
        "by email": True,
        "administrator": False,
        "honeypot": True,
        "own honeypot": True,
        "empty honeypot": False,
        "no address": {"error": 'Empty "user_ip" value'},
        "no blog": {"error": 'Empty "blog" value'},
        "no blog to verify": False,
        "spam kept": thanks,
        "ham kept": thanks,
        "spam test": thanks,
        "stranger": False,
        "stranger's check": {"error": "Invalid API key"},
        "stranger's spam": thanks | {"text": "invalid"},
    }


def test_npms_akismet_is_content_with_every_answer(drive):
    assert drive("akismet-npm") == {
        "verified": True,
        "ham": False,
        "spam": True,
        "by name": True,
        "administrator": False,
        "key in the form": True,
        "spam kept": None,
        "ham kept": None,
        "stranger": False,
        "stranger's check": False,
    }


def test_what_the_policy_rejects_is_to_be_discarded(drive, console):
    admin = console.service.key("admin", "editor")
    policy = orjson.loads(console.service.raw("GET", "/v1/policy", admin).data)
    changed = policy | {"words": {"block": ["blackguard"], "suspect": []}}
    assert console.service.raw("PUT", "/v1/policy", admin, changed).status == 200
    assert drive("akismet-py", check="You blackguard") == {"check": DISCARD}


def test_no_key_stands_in_the_services_log(service):
    """A key is a host's first label, or in a query."""
    service.environment["WINNOW_LOG_LEVEL"] = "info"
    service.start()
    key = service.key("submit")
    address, host = f"http://127.0.0.1:{service.port}", {"Host": f"{key}.rest.akismet.com"}
    for target, headers in (
        ("/1.2/usage-limit", host),
        (f"/1.2/key-sites?api_key={key}", {}),
        ("/1.1/get-stats", host),
        ("//1.1//verify-key", host),
    ):
        service.pool.request("GET", f"{address}{target}", headers=headers, redirect=False)
    wait_until(lambda: service.printed().count('"event":"request"') >= 4)
    assert key not in service.printed()
