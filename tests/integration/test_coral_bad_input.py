"""What should not come from Coral: the right status, never a 500, never HTML, nothing stored but counts.

Coral goes on without an answer where the status is none of success, so the body is ours: problem+json.
"""

import time

import orjson
import pytest

from service.app import create_app
from service.settings import load_settings
from service.store.keys import Keys
from tests.coral import Coral, request, signature, written
from tests.integration.test_bad_input import NOT_JSON, check, one_engine
from tests.support import uncounted

PATH = "/coral/herald/moderate"

NOT_THESE = [
    None, [], "x", 5, True, {}, {"comment": None}, {"comment": []}, {"comment": "x"}, {"comment": {}},
    {"comment": {"body": None}}, {"comment": {"body": 5}}, {"comment": {"body": []}}, {"comment": {"body": {}}},
    request("x", comment={"body": "x", "parentID": 7}), request("x", comment={"body": "x", "parentID": []}),
    request("x", author="u"), request("x", author=[]), request("x", author={"id": 7}), request("x", author={"role": []}),
    request("x", author={"role": None}), request("x", story="s"), request("x", story=7), request("x", story={"id": {}}),
    request("x", story={"url": 7}), request("x", action=None), request("x", action=7), request("x", action=["NEW"]),
]  # fmt: skip

HARMLESS = [
    request("x" * 200_000), request("<b>" * 60_000), request("&" * 90_000), request("<a href=http://x/>" * 5_000),
    request("\0"), request("\u202e"), request(" "), request("x", action="x" * 10_000),
    request("x", story={"id": "x" * 10_000, "url": "x" * 10_000}), request("x", author=None, story=None),
    request("x", tenantID={"deep": [[[[]]]]}, more=[1, 2, {"x": None}]), {"comment": {"body": "x"}},
]  # fmt: skip


@pytest.fixture
def coral(app, key_for):
    return Coral(app.test_client(), (key_for("coral").key,))


@pytest.fixture
def kept(coral, store):
    """That Coral; checks that nothing but counts was stored when the test is over."""
    before = uncounted(store)
    yield coral
    assert uncounted(store) == before


@one_engine
def test_what_is_not_json_is_400_though_it_is_signed(kept):
    for data in NOT_JSON.values():
        if data != NOT_JSON["lone surrogate"]:  # that one is mended
            check(kept.send(data), 400)
    for data in (rb'{"comment": {"body": "\ud800"}', rb'{"comment": {"body": "\ud800", "x": NaN}}', b"\xef\xbb\xbf{}"):
        check(kept.send(data), 400)
    check(kept.send(rb'{"a": "\ud800", "b": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"), 400)
    check(kept.send(rb'{"a": "\ud800", "b": ' + b"9" * 5_000 + b"}"), 400)


@one_engine
def test_another_shape_is_422_with_the_fields_that_do_not_fit(kept):
    for asked in NOT_THESE:
        answer = kept.send(orjson.dumps(asked))
        check(answer, 422)
        assert answer.json["errors"], asked


@one_engine
def test_another_content_type_is_415(kept):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        check(kept.send(written(request("x")), content_type=content_type), 415)
        check(kept.send(orjson.dumps(request("HALF")).replace(b"HALF", rb"\ud800"), content_type=content_type), 415)


@one_engine
def test_a_body_over_the_limit_is_413(kept):
    check(kept.send(written(request("x" * (1 << 20)))), 413)


@one_engine
def test_whatever_a_reader_can_write_is_judged(kept):
    for asked in HARMLESS:
        answer = kept.send(orjson.dumps(asked))
        assert answer.status_code in {200, 204}, (str(asked)[:80], answer.text)


@one_engine
def test_another_address_or_method_is_404_or_405(kept):
    for path in ("/coral", "/coral/herald", "/coral/a%20b/moderate", "/coral//moderate", "/coral/herald/moderate/"):
        check(kept.client.post(path), 404)
    for method in ("GET", "PUT", "DELETE"):
        check(kept.client.open(PATH, method=method), 405)


@one_engine
def test_headers_that_are_no_signatures_are_401(kept):
    raw = written(request("x"))
    for header in ("", " ", ",", "sha256", "sha256=x", "\xff", "sha256=" + "0" * 64, signature(raw, kept.secrets) * 2):
        answer = kept.send(raw, headers={"X-Coral-Signature": header})
        check(answer, 401)
        assert answer.headers["WWW-Authenticate"]


@pytest.fixture
def limited(redis_url, tmp_path):
    """The service with two requests a minute for each key."""
    environ = {"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error", "WINNOW_RATE_LIMIT": "2"}
    app = create_app(load_settings(environ=environ), redis_url)
    if time.time() % 60 > 55:
        time.sleep(6)  # not across the minute's edge
    return app.test_client()


def test_a_used_up_rate_is_429_and_another_keys_is_its_own(limited, store):
    secrets = [Keys(store).create("herald", "coral", "")[0] for _ in range(2)]
    one, other = (Coral(limited, (secret,)) for secret in secrets)
    answers = [one.ask("Hello") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    check(answers[2], 429)
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert answers[1].headers["RateLimit"].startswith('"key";r=0')
    assert other.ask("Hello").status_code == 204


@one_engine
def test_neither_the_secret_nor_the_comment_is_in_an_answer(coral):
    secret, text = coral.secrets[0], "a very particular sentence"
    said = [
        coral.ask(text),
        coral.ask(text, author=7),
        coral.ask(text, action={text: secret}),
        coral.send(written(request(text)), signed=b"another body"),
        coral.send(text.encode()),
    ]
    assert [one.status_code for one in said] == [204, 422, 422, 401, 400]
    told = "".join(one.text + str(one.headers) for one in said)
    assert secret not in told
    assert text not in told
