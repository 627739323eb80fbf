"""What the benchmark sends is what the clients send, as far as HTTP goes."""

import hashlib
import hmac
from urllib.parse import parse_qs

import orjson
import pytest

from benchmarks.compat import BUILDS, Wire
from benchmarks.texts import body_only

KEY = "a2v5"


def sent(name, n=7):
    head, _, body = Wire(1, "", body_only, KEY, BUILDS[name]).request(n).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize("name", BUILDS)
def test_a_request_is_whole_and_each_has_a_text_of_its_own(name):
    first, headers, body = sent(name)
    assert first.startswith("POST /")
    assert first.endswith(" HTTP/1.1")
    assert int(headers["Content-Length"]) == len(body)
    assert sent(name, 8)[2] != body


def test_corals_is_signed_as_it_stands():
    _, headers, body = sent("coral")
    signature = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Coral-Signature"] == f"sha256={signature}"
    assert b"\n  " in body


def test_the_key_is_where_each_client_puts_it():
    assert parse_qs(sent("akismet")[2].decode())["api_key"] == [KEY]
    assert f"?key={KEY} " in sent("perspective")[0]
    assert sent("openai")[1]["Authorization"] == f"Bearer {KEY}"


def test_all_of_them_ask_about_the_same_text():
    text = body_only(7)["body"]
    assert orjson.loads(sent("score")[2])["texts"] == [text]
    assert orjson.loads(sent("openai")[2])["input"] == text
    assert orjson.loads(sent("perspective")[2])["comment"]["text"] == text
    assert orjson.loads(sent("coral")[2])["comment"]["body"] == text
    assert parse_qs(sent("akismet")[2].decode())["comment_content"] == [text]
