"""Coral's signatures: HMAC-SHA256 over the body as it came, one for each of the phase's secrets that are in force."""

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final

HEADER: Final = "X-Coral-Signature"

SIGNATURES_AT_MOST: Final = 8
"""In one header; Coral sends two while a secret is rotated, and one more for each further rotation meanwhile."""

_SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})")
_NOBODYS: Final = "nobody signs with this, and it costs as much as a secret"


class MalformedSignature(Exception):
    """The header is not there, or is not what Coral sends."""


def listed(header: str) -> list[bytes]:
    """The signatures in a header, `sha256=<hex>[,sha256=<hex>…]`.

    :raises MalformedSignature: it is anything else.
    """
    found = [_SIGNATURE.fullmatch(part.strip(" ")) for part in header.split(",", SIGNATURES_AT_MOST)]
    signatures = [bytes.fromhex(one[1]) for one in found if one is not None]
    if len(signatures) < len(found) or len(found) > SIGNATURES_AT_MOST:
        raise MalformedSignature
    return signatures


def signer(body: bytes, signatures: Sequence[bytes], secrets: Mapping[str, str], most: int) -> str | None:
    """The id of the key with whose secret one of the signatures was made; None where there is none.

    It computes and compares as much for a site with one secret, with `most` or with none, and whatever matches first.
    """
    dummies = [("", _NOBODYS)] * (most - len(secrets))
    matching = [
        key_id
        for key_id, secret in [*secrets.items(), *dummies]
        if _is_among(hmac.digest(secret.encode(), body, "sha256"), signatures)
    ]
    return next(filter(None, matching), None)


def _is_among(digest: bytes, signatures: Sequence[bytes]) -> bool:
    """Whether one of them is the digest; all of them are looked at."""
    return sum(hmac.compare_digest(digest, one) for one in signatures) > 0
