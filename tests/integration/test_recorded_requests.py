"""What real clients sent, recorded, is answered as it was when they were content with the answer."""

from typing import Any

import orjson
import pytest

from tests.clients.harness import HERE
from tests.clients.recording import KEPT, seen

RECORDED = {
    f"{kept.parent.name} {n}": exchange
    for kept in sorted(HERE.glob(f"*/{KEPT}"))
    for n, exchange in enumerate(orjson.loads(kept.read_bytes()))
}


@pytest.mark.parametrize("what", RECORDED)
def test_a_recorded_request_is_answered_as_it_was(app, key_for, what):
    exchange: dict[str, Any] = RECORDED[what]
    names = {role: key_for(role).key for role in ("submit", "moderate", "admin")} | {"host": "127.0.0.1:8080"}
    text = orjson.dumps(exchange).decode()
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    asked = orjson.loads(text)
    answer = app.test_client().open(
        asked["target"], method=asked["method"], headers=asked["headers"], data=asked["body"].encode()
    )
    assert seen(answer.status_code, answer.headers.get("Content-Type", ""), answer.data) == asked["answer"]
