"""HTTP that is none, or wants to be two requests: bytes for a raw connection, made from a grammar with a seed."""

import random
from collections.abc import Iterator
from typing import Final

HOST: Final = b"Host: x\r\n"
HIDDEN: Final = b"GET /v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
"""What is smuggled: answered, it would be a second answer."""

LINES: Final = (
    b"", b"\r\n", b"GET", b"GET /", b"GET  / HTTP/1.1", b"get /healthz HTTP/1.1", b"GET /healthz HTTP/1.1 x",
    b"GET /healthz HTTP/0.9", b"GET /healthz HTTP/1.2", b"GET /healthz HTTP/2.0", b"GET /healthz HTTP/11.1", b"GET /healthz http/1.1",
    b"GET\t/healthz\tHTTP/1.1", b"G\0T /healthz HTTP/1.1", b"GET /\0 HTTP/1.1", b"GET /\xff\xfe HTTP/1.1", b"GET /healthz\x0b HTTP/1.1",
    b"GET http://other.example/healthz HTTP/1.1", b"GET https://x:99999/healthz HTTP/1.1", b"GET http:// HTTP/1.1",
    b"GET //other.example/ HTTP/1.1", b"GET /%00 HTTP/1.1", b"GET /%zz HTTP/1.1", b"GET /% HTTP/1.1", b"GET /%c0%af HTTP/1.1",
    b"GET /v1/..%2f..%2fetc/passwd HTTP/1.1", b"GET /../../etc/passwd HTTP/1.1", b"GET /v1/comments/%2e%2e HTTP/1.1",
    b"GET /v1/authors/%ff%fe HTTP/1.1", b"GET /v1/comments?limit=%ff&cursor=%00 HTTP/1.1", b"GET /docs/..%5c..%5c HTTP/1.1",
    b"GET * HTTP/1.1", b"OPTIONS * HTTP/1.1", b"CONNECT other.example:443 HTTP/1.1", b"TRACE / HTTP/1.1", b"PRI * HTTP/2.0",
    b"BREW /v1/comments HTTP/1.1", b"A" * 300 + b" / HTTP/1.1", b"GET /" + b"a" * 9000 + b" HTTP/1.1", b"GET /healthz?" + b"%41" * 1300 + b" HTTP/1.1",
    b"GET /healthz HTTP/1.1", b"POST /v1/comments HTTP/1.1", b"POST /v1/score HTTP/1.1", b"PUT /v1/policy HTTP/1.1", b"HEAD /openapi.json HTTP/1.1",
    b"POST /1.1/comment-check HTTP/1.1", b"POST /v1alpha1/comments:analyze HTTP/1.1", b"POST /v1/moderations HTTP/1.1", b"POST /coral/herald/moderate HTTP/1.1",
)  # fmt: skip

HEADERS: Final = (
    b"Host:\r\n", b"Host: a\r\nHost: b\r\n", b"Host: \xff\r\n", b"Host: x y\r\n", b"Host: [::1\r\n", b"Host: " + b"h" * 5000 + b"\r\n", b"Host: x:port\r\n",
    b"Host : x\r\n", b" Folded: x\r\n", b"A: b\r\n folded\r\n", b"A: b\r\n\tfolded\r\n", b"NoColon\r\n", b": nameless\r\n", b"A\0: b\r\n", b"A: b\0c\r\n",
    b"A: b\rc\r\n", b"A: b\nContent-Length: 5\r\n", b"A: \x7f\r\n", b"A_b: c\r\n", b"\xc3\xa4: b\r\n", b"X: " + b"v" * 9000 + b"\r\n", b"X: y\r\n" * 150,
    b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: 5, 5\r\n", b"Content-Length: +5\r\n", b"Content-Length: -1\r\n",
    b"Content-Length: 0x5\r\n", b"Content-Length: 5_0\r\n", b"Content-Length: 99999999999999999999\r\n", b"Content-Length: \xb2\r\n", b"Content-Length:\r\n",
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n", b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n", b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\x0bchunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
    b"Expect: 100-continue\r\nContent-Length: 3\r\n", b"Expect: nonsense\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings\r\n", b"Connection: close, keep-alive\r\n", b"Connection: Host\r\n",
    b"Authorization: Bearer \xff\xfe\r\n", b"Authorization: Bearer " + b"k" * 8000 + b"\r\n", b"Authorization: Basic =\r\nAuthorization: Bearer x\r\n", b"Authorization: \r\n",
    b"Content-Type: application/json; charset=utf-7\r\nContent-Length: 2\r\n", b"Content-Type: application/json\r\nContent-Type: text/html\r\n",
    b"Content-Type: multipart/form-data; boundary=\r\nContent-Length: 3\r\n", b"Content-Encoding: gzip\r\nContent-Length: 3\r\n", b"Range: bytes=0-,0-,0-\r\n", b"If-None-Match: " + b'"x",' * 900 + b"\r\n",
    b"Cookie: winnow=" + b"\xff" * 90 + b"; a; =b; ;;\r\n", b"Accept: text/html\r\n", b"X-Forwarded-Proto: javascript\r\nX-Forwarded-For: <script>\r\n", b"X-Request-Id: a\tb\r\n",
    b"Idempotency-Key: \xff\r\n", b"X-Moderator: \xff\xfe\r\n", b"Content-Length: 10\r\nContent-Type: application/json\r\n", HOST,
)  # fmt: skip

BODIES: Final = (
    b"", b"{}", b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;ext=\"\r\nhello\r\n0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"g\r\nx\r\n0\r\n\r\n",
    b"ffffffffffffffffff\r\nx", b"5\nhello\n0\n\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"0\r\nHost: y\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"0\r\n\r\n" + HIDDEN, HIDDEN, b"0\r\n" + HIDDEN,
    b"abcd" + HIDDEN, b"\0" * 40, b"\xff" * 40, b"hello" + HIDDEN, b"-1\r\n\r\n", b"1 \r\nx\r\n0\r\n\r\n", b"\r\n\r\n", b"x" * 3000, b'{"texts": ["x"]',
)  # fmt: skip


def requests(many: int, seed: int) -> Iterator[bytes]:
    """So many hostile requests. What follows a body's end is another one, so that some are rightly answered twice."""
    drawn = random.Random(seed)
    for _ in range(many):
        line = drawn.choice(LINES)
        headers = b"".join(drawn.sample(HEADERS, drawn.choice((0, 1, 1, 1, 2, 3))))
        body = drawn.choice(BODIES)
        sent = (
            line + drawn.choice((b"\r\n",) * 9 + (b"\n",)) + drawn.choice((HOST, HOST, b"")) + headers + b"\r\n" + body
        )
        cut = drawn.random() < 0.1
        yield sent[: drawn.randrange(len(sent) + 1)] if cut else sent


def ambiguous() -> list[bytes]:
    """Requests whose end two servers would see at different places, each with another one behind it."""
    post = b"POST /v1/score HTTP/1.1\r\n" + HOST
    return [
        post + head + b"\r\n" + body + HIDDEN
        for head in HEADERS
        if head.count(b"Content-Length") + head.count(b"Transfer-Encoding") > 1
        for body in (b"0\r\n\r\n", b"abcd", b"5\r\nhello\r\n0\r\n\r\n", b"hello", b"")
        if b"identity" not in head
    ] + [
        post + b"Transfer-Encoding: chunked\r\n\r\n" + body + HIDDEN
        for body in (b"g\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"-1\r\n\r\n",
                     b"5\nhello\n0\n\n", b"0\r\nContent-Length: 4\r\n\r\n")
    ]  # fmt: skip
