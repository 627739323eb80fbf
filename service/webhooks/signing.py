"""Signatures as the Standard Webhooks specification 1.0 has them: HMAC-SHA256 over id, time and body."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
"""What tells a secret from other text; behind it stands base64."""

SECRET_BYTES: Final = 32
"""The specification asks for 24 to 64."""


def new_secret() -> str:
    """A random secret, as the receiver's library takes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, with its version.

    :param timestamp: seconds since 1970; the receiver refuses what is older than its tolerance.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def signed_headers(secrets_in_use: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery; each secret in use signs, and one signature that fits is enough."""
    signatures = (signature(one, message_id, timestamp, body) for one in secrets_in_use)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
