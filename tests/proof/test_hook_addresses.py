"""A webhook reaches no address that is not public, whatever its URL and its name server say.

Nothing is believed here about the code that delivers: Python itself tells of each connection that a test's own thread
makes or tries, in which the sending is done, and real servers on the loopback count those that arrive from any.
"""

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from service.webhooks.addresses import Networks
from service.webhooks.sending import Sender, resolved
from tests.endpoints import always, serving
from tests.proof.hooks import Vector, vectors
from tests.support import free_port

GOOD = "127.0.0.3"
"""The one address that is allowed, in place of a public one: nothing here leaves this machine."""

TRUST = ssl.create_default_context()

LISTENING = ("127.0.0.2", "127.255.255.254", "::1")


@dataclass
class Recorder:
    """What one thread connects to, or sends a datagram to."""

    at: list[Any] = field(default_factory=list)
    thread: int = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"} and threading.get_ident() == self.thread:
            self.at.append(arguments[1])


RECORDER = Recorder()
sys.addaudithook(RECORDER)  # there is no way to take one away


@pytest.fixture
def connects() -> Iterator[list[Any]]:
    """The addresses to which the test's thread connects."""
    RECORDER.at.clear()
    RECORDER.thread = threading.get_ident()
    yield RECORDER.at
    RECORDER.thread = 0


@pytest.fixture
def arrived() -> Iterator[tuple[int, list[str]]]:
    """A port on which servers listen at addresses of the loopback, and where connections arrived."""
    port, found = free_port(), []
    with ExitStack() as stack:
        for address in LISTENING:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            listener = stack.enter_context(socket.create_server((address, port), family=family))

            def accept(listener: socket.socket = listener, address: str = address) -> None:
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    found.append(address)
                    connection.close()

            threading.Thread(target=accept, daemon=True).start()
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
        socket.create_connection((LISTENING[0], port)).close()
        while not found:
            pass
        found.clear()
        yield port, found


def sent(vector: Vector, networks: Networks, *, times: int = 2) -> set[str]:
    """What comes of attempts at a vector's URL; a name has its next addresses at each look."""
    looks = iter(vector.says)
    last = [LISTENING[0]]

    def resolve(host: str, port: int) -> list[str]:
        if host == "localhost":  # no name server is asked about it
            return resolved(host, port)
        last[:] = next(looks, last)
        return list(last)

    sender = Sender(networks, resolve, TRUST)
    return {sender.send(vector.url, {"webhook-id": "m"}, b"{}").problem for _ in range(times)}


def test_no_vector_connects_to_anything(proof, arrived, connects):
    port, found = arrived
    # What is not allowed is looked for with an allowed address among the answers, so that an order could matter.
    others = [one for one in vectors(port, GOOD) if (GOOD,) not in one.says]
    outcomes = {one: sent(one, Networks.parse(f"{GOOD}/32" if one.says else "")) for one in others}
    assert {one.url: came for one, came in outcomes.items() if not came <= {"address", "name"}} == {}
    assert connects == []
    assert found == []
    assert len(others) >= 300
    proof.figures(vectors=len(others), attempts=2 * len(others), connects=len(connects), accepted=len(found))


def test_a_name_that_is_good_first_and_bad_later_is_connected_to_where_it_was_good(proof, arrived, connects):
    port, found = arrived
    rebinding = [one for one in vectors(port, GOOD) if (GOOD,) in one.says and one.url.startswith("http:")]
    for one in rebinding:
        sent(one, Networks.parse(f"{GOOD}/32"), times=6)
    assert {address for address, *_ in connects} == {GOOD}
    assert len(connects) == len(rebinding)  # only at the first look was it good
    assert found == []
    proof.figures(rebinding=len(rebinding), connects_to_the_bad_address=0)


def test_redirects_and_proxies_lead_nowhere(proof, arrived, connects, monkeypatch):
    port, found = arrived
    inside = [f"127.0.0.2:{port}", f"127.255.255.254:{port}", f"[::1]:{port}"]
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{inside[0]}")
    monkeypatch.setenv("no_proxy", "")
    redirects = [
        always(status, Location=f"{scheme}://{host}/")
        for status in (300, 301, 302, 303, 305, 307, 308, 401, 407)
        for scheme in ("http", "https")
        for host in inside
    ]
    refreshes = [always(200, Refresh=f"0;url=http://{host}/", Alt_Svc=f'h2="{host}"') for host in inside]
    with serving() as endpoint:
        for answer in [*redirects, *refreshes]:
            endpoint.answer = answer
            sent(Vector(endpoint.url), Networks.parse("127.0.0.1/32"), times=1)
        assert len(endpoint.got) == len(redirects) + len(refreshes)
    assert {address for address, *_ in connects} == {"127.0.0.1"}
    assert found == []
    proof.figures(redirects_and_proxies=len(redirects) + len(refreshes), followed=0)


def test_no_route_takes_a_url_that_names_what_is_inside(proof, api, desk_for, arrived):
    port, found = arrived
    desk = desk_for("admin", name="grace")
    made = api.post("/v1/webhooks", {"url": "https://news.example/hook"}).json["id"]
    before = api.get("/v1/webhooks").json
    named = [one for one in vectors(port, GOOD) if not one.says and not _resolves_elsewhere(one.url)]
    for one in named:
        answers = (
            api.post("/v1/webhooks", {"url": one.url}).status_code,
            api("PATCH", f"/v1/webhooks/{made}", {"url": one.url}).status_code,
            desk.post("/console/webhooks", {"url": one.url}).status_code,
            desk.post(f"/console/webhooks/{made}", {"url": one.url}).status_code,
        )
        assert answers == (422,) * 4, (one.url, answers)
    assert api.get("/v1/webhooks").json == before
    assert found == []
    proof.figures(URLs_sent_to_routes=4 * len(named), taken=0)


def _resolves_elsewhere(url: str) -> bool:
    """Whether only a resolver tells that a name is inside: it is asked at each delivery."""
    host = url.partition("://")[2].partition(":")[0].lower()
    return url.startswith("https://") and host in {
        "ip6-localhost", "ip6-loopback", "localhost.localdomain", "metadata", "metadata.google.internal",
        "instance-data", "kubernetes.default.svc", "redis", "host.docker.internal", "[v1.127.0.0.1]",
    }  # fmt: skip
