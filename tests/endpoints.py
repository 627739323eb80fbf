"""Newsrooms' own servers for tests: real ones, on the loopback, that take webhooks and answer as they are told."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from service.store.connection import Store

Answer = Callable[["Got"], tuple[int, dict[str, str]]]


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        return self.json["data"]["id"]

    @property
    def comment(self) -> str | None:
        return self.json["data"].get("comment_id")


@dataclass
class Endpoint:
    """A running server: where it is, what it got, and how it answers from now on."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answer: Answer = lambda _: (204, {})

    def told(self) -> list[tuple[str, str | None]]:
        return [(one.json["type"], one.comment) for one in self.got]


def always(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: (status, named)


@contextmanager
def serving(trust: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got(self.path, dict(self.headers.items()), body)
            endpoint.got.append(got)
            status, headers = endpoint.answer(got)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if trust is not None:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    endpoint.url = f"{'http' if trust is None else 'https'}://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def end_leases(store: Store, hook: str, site: str = "herald") -> bool:
    """Lets the deliveries that a killed process held be taken up now, as if 90 seconds had passed."""
    client, base = store._client, f"{{{site}}}:webhook:{hook}"
    held = client.zrange(f"{base}:held", 0, -1)
    for name, kept in client.hgetall(f"{base}:state").items():
        tries, _, token, rest = kept.split(" ", 3)
        if token in held:
            client.hset(f"{base}:state", name, f"{tries} 1 {token} {rest}")
    client.zrem(f"{base}:held", "", *held)
    client.hset(base, "next", 0)
    return True
