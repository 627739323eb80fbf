"""A stand-in for Coral, in Node.js, against the service as it runs: the answers that Coral would go on with."""

import secrets

import orjson
import pytest

from tests.coral import request, signature, written
from tests.support import wait_until

SITE = "corals"
BLOCKED = "heronry"


@pytest.fixture(scope="module")
def came(console, drive):
    """What Coral makes of each step, with a secret of its own that was given on stdin."""
    secret = f"empsec_{secrets.token_hex(32)}"
    made = console.service.command(
        "keys", "create", "--site", SITE, "--role", "coral", "--secret", "-", input=f"{secret}\n".encode()
    )
    assert secret.encode() not in made.stdout + made.stderr
    admin = console.service.key("admin", site=SITE)
    policy = orjson.loads(console.service.raw("GET", "/v1/policy", admin).data)
    changed = policy | {"words": {"block": [BLOCKED], "suspect": []}}
    assert console.service.raw("PUT", "/v1/policy", admin, changed).status == 200
    return drive("coral-phase", coral={"site": SITE, "secrets": [secret], "blocked": BLOCKED})


HELD = {
    "opinion": {"status": "PREMOD", "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]},
    "stripped": False,
}
REFUSED = {"skipped": 401, "type": "application/problem+json"}


def test_coral_takes_every_answer(came):
    assert {name: one for name, one in came.items() if name != "rejected"} == {
        "good": {"opinion": None},
        "bad": HELD,
        "edited": HELD,
        "by_staff": {"opinion": None},
        "unicode": {"opinion": None},
        "half_a_character": HELD,
        "rotated": HELD,
        "stale": REFUSED,
        "tampered": REFUSED,
    }


def test_a_rejection_reaches_coral_with_its_reason(came):
    rejected = came["rejected"]
    assert not rejected["stripped"]
    assert rejected["opinion"]["status"] == "REJECTED"
    assert rejected["opinion"]["moderationAction"]["status"] == "REJECTED"
    why = rejected["opinion"]["moderationAction"]["rejectionReason"]
    assert why["code"] == "BANNED_WORD"
    assert BLOCKED not in why["detailedExplanation"]


def test_neither_the_secret_nor_a_comment_is_in_a_line_of_the_log(service):
    service.environment["WINNOW_LOG_LEVEL"] = "debug"
    secret, text = service.start().key("coral"), "a very particular sentence"
    raw = written(request(text))
    for signed_by, body in ((secret, raw), ("another", raw), (secret, text.encode())):
        headers = {"Content-Type": "application/json", "X-Coral-Signature": signature(body, [signed_by])}
        address = f"http://127.0.0.1:{service.port}/coral/herald/moderate"
        service.pool.request("POST", address, body=body, headers=headers)
    wait_until(lambda: service.printed().count("/moderate") == 3)
    for hidden in (secret, text, signature(raw, [secret])):
        assert hidden not in service.printed()
