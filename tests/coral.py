"""Coral as far as Winnow sees it: what it sends, how it signs, and what it takes for an answer.

After `external.ts`, `fetch.ts` and `signingSecret/helpers.ts` in coralproject/talk, and its GraphQL schema.
"""

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

STATUSES = {"NONE", "APPROVED", "REJECTED", "PREMOD", "SYSTEM_WITHHELD"}
DETECTED = {"COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM"}
TAGS = {"FEATURED", "STAFF"}
CODES = {
    *("OFFENSIVE", "ABUSIVE", "SPAM", "BANNED_WORD", "AD", "ILLEGAL_CONTENT", "HARASSMENT_BULLYING"),
    *("MISINFORMATION", "HATE_SPEECH", "IRRELEVANT_CONTENT", "OTHER"),
}


def request(body: str, **changed: Any) -> dict[str, Any]:
    """What Coral asks about a comment; `changed` has other values for its members."""
    return {
        "action": "NEW",
        "comment": {"body": body, "parentID": None},
        "author": {"id": "7f1a8a1c-8d0e-4c39-9c3f-0f5c3d8f2c11", "role": "COMMENTER"},
        "story": {"id": "a-88", "url": "https://news.example/a-88"},
        "site": {"id": "5c6b0ed0-4f0c-4a44-9f0e-2f6ab4d6f9b0"},
        "tenantID": "c3d7ac7e-9f63-4b41-8b7d-3d0e4e0b7a55",
        "tenantDomain": "comments.news.example",
    } | changed


def written(asked: dict[str, Any]) -> bytes:
    """As `JSON.stringify(asked, null, 2)` writes it."""
    return json.dumps(asked, indent=2, ensure_ascii=False).encode()


def signature(raw: bytes, secrets: Iterable[str]) -> str:
    """The header's value: one signature a secret."""
    return ",".join(f"sha256={hmac.digest(secret.encode(), raw, 'sha256').hex()}" for secret in secrets)


@dataclass
class Coral:
    """A Coral whose phase calls a Winnow: on the app itself, with these secrets, for this site."""

    client: Any
    secrets: tuple[str, ...]
    site: str = "herald"

    def ask(self, body: str, **changed: Any) -> Any:
        """The phase's answer as it came."""
        return self.send(written(request(body, **changed)))

    def send(self, raw: bytes, signed: bytes | None = None, **more: Any) -> Any:
        """Sends a body, signed as it is or as another one."""
        headers = {"X-Coral-Signature": signature(raw if signed is None else signed, self.secrets)}
        given = {"data": raw, "content_type": "application/json", "headers": headers} | more
        return self.client.post(f"/coral/{self.site}/moderate", **given)

    def status(self, body: str, **changed: Any) -> str | None:
        """The status that Coral goes on with; None for none."""
        answer = self.ask(body, **changed)
        if answer.status_code == 204:
            assert answer.data == b""
            return None
        assert answer.status_code == 200, answer.text
        return checked(answer.json)["status"]


def checked(answer: Any) -> Any:
    """An answer, where Coral takes it. Names that Coral would strip are not passed over here."""
    only(answer, {"status", "actions", "tags", "moderationAction"})
    assert answer.get("status") in STATUSES | {None}
    for one in answer.get("actions", []):
        only(one, {"actionType", "reason"})
        assert (one["actionType"], one["reason"] in DETECTED) == ("FLAG", True)
    assert set(answer.get("tags", [])) <= TAGS
    act = answer.get("moderationAction")
    if act is not None:
        only(act, {"status", "rejectionReason"})
        assert act["status"] in STATUSES
        why = act.get("rejectionReason", {"code": "OTHER"})
        only(why, {"code", "legalGrounds", "detailedExplanation", "customReason"})
        assert why["code"] in CODES
        assert all(isinstance(one, str) and one for one in why.values())
    # With the features for the Digital Services Act on, a rejection without one has no reason (`missingReason`).
    assert (answer.get("status") == "REJECTED") == bool(act and act.get("rejectionReason"))
    return answer


def only(value: Any, names: set[str]) -> None:
    assert isinstance(value, dict)
    assert set(value) <= names, set(value) - names
