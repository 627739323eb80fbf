"""Drives PyPI's `akismet` as its users do. Its host is a constant: a transport sends what is for it to this service."""

import asyncio
import json
import sys

import akismet
import httpx

BLOG = "https://herald.example"
READER = "203.0.113.9"
SECONDS = 1.0
"""The client's own limit for an answer, which a client that is given an http_client has to set itself."""

SPAM = "Cheap viagra online, best casino bonus! http://cheap-pills.example http://casino-bonus.example"
DETAILS = {
    "comment_type": "comment",
    "comment_author": "Ada",
    "comment_author_email": "ada@example.org",
    "comment_author_url": "https://ada.example",
    "comment_context": ["news", "markets"],
    "comment_date_gmt": "2026-11-24T04:00:00Z",
    "permalink": "https://herald.example/a-1",
    "referrer": "https://herald.example/",
    "user_agent": "Mozilla/5.0",
    "blog_lang": "en",
    "blog_charset": "UTF-8",
    "is_test": True,
}


def moved(request, base):
    """The same request, to the service; its Host stays as it was."""
    to = httpx.URL(base)
    request.url = request.url.copy_with(scheme=to.scheme, host=to.host, port=to.port)
    return request


class Transport(httpx.HTTPTransport):
    def __init__(self, base):
        super().__init__()
        self.base = base

    def handle_request(self, request):
        return super().handle_request(moved(request, self.base))


class AsyncTransport(httpx.AsyncHTTPTransport):
    def __init__(self, base):
        super().__init__()
        self.base = base

    async def handle_async_request(self, request):
        return await super().handle_async_request(moved(request, self.base))


def settings(transport):
    return {"transport": transport, "headers": {"User-Agent": akismet.USER_AGENT}, "timeout": SECONDS}


def client_of(base, key):
    return akismet.SyncClient(akismet.Config(key, BLOG), httpx.Client(**settings(Transport(base))))


def raised(call, *arguments, **named):
    """The name of what the client raises, or what it says."""
    try:
        return call(*arguments, **named)
    except akismet.AkismetError as error:
        return type(error).__name__


def calls(client):
    """Every call of a client, as it is written for either kind of client."""
    check, text = client.comment_check, "comment_content"
    yield "verified", client.verify_key, (), {}
    yield "ham", check, (READER,), {text: "Great <b>read</b>, thanks – café!", **DETAILS}
    yield "spam", check, (READER,), {text: SPAM, **DETAILS}
    yield "bare", check, (READER,), {text: "Thanks", "is_test": True}
    yield "empty", check, (READER,), {"comment_author": "Ada", "comment_type": "signup", "is_test": True}
    yield "by name", check, (READER,), {text: "Hello", "comment_author": "viagra-test-123"}
    yield "by email", check, (READER,), {text: "Hello", "comment_author_email": "akismet-guaranteed-spam@example.com"}
    yield "administrator", check, (READER,), {text: SPAM, "user_role": "administrator"}
    yield "recheck", check, (READER,), {text: "Thanks a lot", "recheck_reason": "edit"}
    yield "no address", check, ("",), {text: "Hello"}
    yield "unknown field", check, (READER,), {"guid": "x"}
    yield "spam kept", client.submit_spam, (READER,), {text: SPAM}
    yield "ham kept", client.submit_ham, (READER,), {text: "Great read"}
    yield "spam test", client.submit_spam, (READER,), {text: "Hello", **DETAILS}
    yield "usage", client.usage_limit, (), {}
    yield "sites", client.key_sites, (), {}
    yield "sites as csv", client.key_sites, (), {"result_format": "csv", "month": "2026-11"}


def asked(base, keys):
    client = client_of(base, keys["submit"])
    stranger = client_of(base, "0123456789ab")
    return {name: raised(call, *arguments, **named) for name, call, arguments, named in calls(client)} | {
        "another key": client.verify_key("0123456789ab", BLOG),
        "stranger": stranger.verify_key(),
        "stranger's check": raised(stranger.comment_check, READER, comment_content="Hello"),
        "stranger's spam": raised(stranger.submit_spam, READER, comment_content="Hello"),
        "stranger's usage": raised(stranger.usage_limit),
    }


async def asked_apart(base, keys):
    client = akismet.AsyncClient(
        akismet.Config(keys["submit"], BLOG), httpx.AsyncClient(**settings(AsyncTransport(base)))
    )
    said = {}
    async with client:
        for name, call, arguments, named in calls(client):
            try:
                said[name] = await call(*arguments, **named)
            except akismet.AkismetError as error:
                said[name] = type(error).__name__
    return said


def main():
    told = json.load(sys.stdin)
    base, keys = told["base"], told["keys"]
    if "check" in told:
        said = {"check": client_of(base, keys["submit"]).comment_check(READER, comment_content=told["check"])}
    else:
        said = {"sync": asked(base, keys), "async": asyncio.run(asked_apart(base, keys))}
    json.dump(said, sys.stdout)


main()
