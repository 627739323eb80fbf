"""Our signatures against the specification's own library and its example."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from service.webhooks.signing import new_secret, signature, signed_headers


def test_the_specifications_example_is_signed_as_it_says():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="."), min_size=1), st.text())
def test_what_we_sign_the_library_verifies(message_id, text):
    secret, body = new_secret(), text.encode()
    headers = signed_headers([secret], message_id, int(time.time()), body)
    Webhook(secret).verify(body, headers, json_parse=False)


def test_two_secrets_make_two_signatures_and_either_verifies():
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = signed_headers([new, old], "id", int(time.time()), b"{}")
    for secret in (old, new):
        Webhook(secret).verify(b"{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(b"{}", headers)


def test_a_secret_is_32_random_bytes_in_base64():
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(base64.b64decode(one.removeprefix("whsec_"), validate=True)) for one in made} == {32}
