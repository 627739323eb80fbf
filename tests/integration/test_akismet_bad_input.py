"""Akismet's addresses against everything that should not be sent: Akismet's kind of answer, and nothing stored."""

from itertools import product
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.compat.akismet.schemas import EntrySchema
from tests.integration.test_bad_input import one_engine
from tests.support import uncounted

CALLS = [
    *(f"/1.1/{call}" for call in ("verify-key", "comment-check", "submit-spam", "submit-ham", "get-stats", "a/b")),
    *(f"/1.2/{call}" for call in ("usage-limit", "key-sites")),
]
FORM = {"blog": "https://herald.example", "user_ip": "203.0.113.9", "is_test": "1"}
THANKS = "Thanks for making the web a better place."
TYPES = [
    "application/x-www-form-urlencoded", "charset=utf-8", "application/json", "multipart/form-data; boundary=x",
    "multipart/form-data", "text/plain", "", "x" * 5000, "application/x-www-form-urlencoded; charset=\xff",
]  # fmt: skip
BODIES = {
    "empty": b"",
    "JSON": b'{"api_key": "x"}',
    "deep JSON": b"[" * 30_000,
    "not UTF-8": b"\xff\xfe=\xff&\x80",
    "half an escape": b"%&%2&%zz=%&a=%f",
    "no names": b"=&=&&=x&",
    "NUL": b"a%00b=%00&\0=\0",
    "lone surrogate": b"a=%ED%A0%80",
    "NaN": b"limit=NaN&offset=NaN&month=NaN",
    "huge integer": b"limit=" + b"9" * 5000,
    "many fields": b"a=1&" * 100_000,
    "many names": b"&".join(b"f%d" % n for n in range(100_000)),
}


@pytest.fixture
def kept(api, store):
    """A site with one comment; nothing but counts is stored when the test is over."""
    api.post("/v1/comments", {"id": "there", "body": "Here before"})
    before = uncounted(store)
    yield api
    assert uncounted(store) == before


def akismets(answer, *statuses):
    """Whether an answer is one of Akismet's, with one of these statuses."""
    assert answer.status_code in (statuses or (200,)), answer.text
    assert answer.content_type.startswith(("text/plain; charset=utf-8", "application/json", "text/csv"))
    assert "problem" not in answer.content_type
    assert "<" not in answer.text
    assert "Traceback" not in answer.text
    if answer.status_code == 200 and answer.content_type.startswith("text/plain"):
        text = answer.text
        assert text in ("valid", "invalid", "true", "false", THANKS) or text.startswith("Missing required field: ")
        assert (text in ("valid", "true", "false", THANKS)) != ("X-akismet-debug-help" in answer.headers)


@one_engine
@pytest.mark.parametrize("call", CALLS)
def test_whatever_is_sent_gets_akismets_kind_of_answer(kept, call):
    for before in (b"", urlencode(FORM | {"api_key": kept.key}).encode() + b"&"):
        for content_type in ("application/x-www-form-urlencoded", "application/json"):
            for body in BODIES.values():
                akismets(kept.client.post(call, data=before + body, content_type=content_type))


@one_engine
@pytest.mark.parametrize("call", CALLS)
def test_a_form_is_read_whatever_its_content_type_says(kept, call):
    content = urlencode(FORM | {"api_key": kept.key, "key": kept.key, "comment_content": "Hello"})
    answers = [kept.client.post(call, data=content, headers={"Content-Type": content_type}) for content_type in TYPES]
    for answer in answers:
        akismets(answer)
        assert answer.text == answers[0].text


@one_engine
@pytest.mark.parametrize("call", CALLS)
def test_a_body_over_the_limit_is_413(kept, call):
    answer = kept.client.post(call, data=b"api_key=" + b"x" * (1 << 20))
    akismets(answer, 200 if call in ("/1.1/get-stats", "/1.1/a/b") else 413)
    assert answer.text != "true"


@one_engine
@pytest.mark.parametrize("call", CALLS)
def test_without_a_key_in_force_it_is_invalid(kept, call):
    keys = ("", "x", "0123456789ab", "a" * 52, "é\0", "k" * 100_000, "%", "' OR 1=1")
    for host, key in product(("rest.akismet.com", f"{'a' * 52}.rest.akismet.com"), keys):
        form = FORM | {"api_key": key, "comment_content": "Hello"}
        answer = kept.client.post(call, data=form, headers={"Host": host})
        akismets(answer)
        assert answer.text == "invalid"
        assert len(key) < 12 or key not in answer.text + str(answer.headers)


@pytest.mark.parametrize("call", ["/1.2/usage-limit", "/1.2/key-sites"])
def test_a_query_that_is_none_is_answered(kept, call):
    for query in (
        "",
        "%ff=%ff",
        "api_key=%ff",
        f"api_key={kept.key}&month=%00&limit=-1&offset=1e9&order=%ff&format=xml",
    ):
        akismets(kept.client.get(f"{call}?{query}"))


@one_engine
@pytest.mark.parametrize("value", ["\0", "\ud800", "NaN", "9" * 5000, "x" * 100_000, " ", "<b>", "é", "[]", "\n\r"])
def test_no_value_of_a_field_fails(kept, value):
    for name in sorted(EntrySchema().fields):
        send(kept, name, value)


def send(kept, name, value):
    form = FORM | {"comment_content": "Hello"} | {name: value}
    content = "&".join(f"{key}={quote(text.encode(errors='surrogatepass'))}" for key, text in form.items())
    for call in ("comment-check", "submit-spam"):
        if (call, name) != ("submit-spam", "is_test"):
            akismets(kept.client.post(f"/1.1/{call}", data=f"{content}&api_key={kept.key}"))


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=50)
@given(body=st.binary(max_size=300), content_type=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
def test_no_bytes_fail(kept, body, content_type):
    for before in (b"", urlencode(FORM | {"api_key": kept.key}).encode() + b"&"):
        akismets(kept.client.post("/1.1/comment-check", data=before + body, headers={"Content-Type": content_type}))


def test_while_redis_is_away_a_site_that_was_seen_is_served_and_nothing_is_said_to_be_kept(kept, cut_off):
    form = FORM | {"api_key": kept.key, "comment_content": "Hello"}
    assert kept.client.post("/1.1/comment-check", data=form).text == "false"

    cut_off()
    assert kept.client.post("/1.1/comment-check", data=form).text == "false"
    assert kept.client.post("/1.1/comment-check", data=form | {"user_role": "administrator"}).text == "false"
    assert kept.client.post("/1.1/verify-key", data=form).text == "valid"
    for answer in (
        kept.client.post("/1.1/submit-spam", data={**form, "is_test": ""}),
        kept.client.post("/1.2/usage-limit", data=form),
        kept.client.post("/1.2/key-sites", data=form),
    ):
        akismets(answer, 503)
        assert answer.text == "Service Unavailable"
        assert answer.headers["Retry-After"] == "1"


def test_a_mistake_of_ours_is_a_500_that_tells_nothing(kept, app, monkeypatch):
    monkeypatch.setattr(type(app.extensions["winnow"].checking), "check", lambda *_: 1 / 0)
    answer = kept.client.post("/1.1/comment-check", data=FORM | {"api_key": kept.key, "comment_content": "Hello"})
    akismets(answer, 500)
    assert answer.text == "Internal Server Error"
