"""Signatures as Coral makes them, and whatever else may stand in that header."""

import contextlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.compat.coral.signing import _NOBODYS, SIGNATURES_AT_MOST, MalformedSignature, listed, signer

BODY = '{\n  "comment": "Grüße 🌾"\n}'.encode()
MOST = 8


def signature(secret: str, body: bytes = BODY) -> str:
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def test_a_signature_is_hmac_sha256_of_the_body_in_lowercase_hexadecimal():
    # echo -n hello | openssl dgst -sha256 -hmac key
    known = "sha256=9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b"
    assert signer(b"hello", listed(known), {"k": "key"}, MOST) == "k"


def test_any_of_several_signatures_by_any_of_several_secrets_will_do():
    secrets = {"old": "s-old", "new": "s-new"}
    for header in ("{other},{new}", "{new},{other}", "{other}, {new}", "{new}"):
        sent = header.format(other=signature("another"), new=signature("s-new"))
        assert signer(BODY, listed(sent), secrets, MOST) == "new"


def test_another_secret_another_body_and_no_secret_at_all_sign_nothing():
    assert signer(BODY, listed(signature("another")), {"k": "s"}, MOST) is None
    assert signer(BODY + b" ", listed(signature("s")), {"k": "s"}, MOST) is None
    assert signer(BODY, listed(signature("s")), {}, MOST) is None


def test_nobody_signs_with_what_is_compared_in_place_of_a_secret():
    assert signer(BODY, listed(signature(_NOBODYS)), {"k": "s"}, MOST) is None


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=SIGNATURES_AT_MOST))
def test_what_is_listed_is_read_as_it_was_written(digests):
    assert listed(",".join(f"sha256={one.hex()}" for one in digests)) == digests


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "a" * 64,
        "sha1=" + "a" * 40,
        "sha512=" + "a" * 128,
        "sha256=" + "a" * 63,
        "sha256=" + "a" * 65,
        "sha256=" + "A" * 64,
        "sha256=" + "g" * 64,
        "sha256=" + "a" * 64 + ",",
        "," + "sha256=" + "a" * 64,
        "sha256=" + "a" * 64 + ";sha256=" + "b" * 64,
        "sha256=" + "a" * 64 + "\n",
        "sha256=" + "٣" * 64,
        "SHA256=" + "a" * 64,
        "sha256=" + "a" * 64 + ",md5=x",
        ",".join(["sha256=" + "a" * 64] * (SIGNATURES_AT_MOST + 1)),
    ],
)
def test_any_other_header_is_refused(header):
    with pytest.raises(MalformedSignature):
        listed(header)


@given(st.text(max_size=200))
def test_no_header_makes_a_mistake_of_ours(header):
    with contextlib.suppress(MalformedSignature):
        assert all(len(one) == 32 for one in listed(header))
