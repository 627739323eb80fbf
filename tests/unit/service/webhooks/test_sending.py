"""One attempt against real servers: the address that was checked is the one connected to, and nothing waits for ever."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing, contextmanager

import pytest

from service.store.webhooks import LEASE_MS
from service.webhooks.addresses import Networks
from service.webhooks.sending import TAKES_AT_MOST, Outcome, Sender
from tests.endpoints import always, serving
from tests.support import free_port

LOOPBACK = Networks.parse("127.0.0.0/8")


@pytest.fixture
def endpoint():
    with serving() as one:
        yield one


def port_of(url):
    return int(url.rpartition(":")[2].partition("/")[0])


def send(url, *addresses, networks=LOOPBACK, **more):
    return Sender(networks, resolve=lambda *_: addresses, **more).send(url, {"webhook-id": "m"}, b"{}")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (always(200), Outcome("", 200)),
        (always(299), Outcome("", 299)),
        (always(301, Location="/other"), Outcome("status", 301)),
        (always(404), Outcome("status", 404)),
        (always(410), Outcome("gone", 410)),
        (always(503, Retry_After="7"), Outcome("status", 503, 7.0)),
        (always(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), Outcome("status", 503)),
        (always(503, Retry_After="-1"), Outcome("status", 503)),
    ],
)
def test_a_status_means_what_the_specification_says(endpoint, answer, outcome):
    endpoint.answer = answer
    assert send(endpoint.url) == outcome


def test_the_name_goes_into_the_header_and_the_query_string_along(endpoint):
    url = f"http://cms.news.example:{port_of(endpoint.url)}/hook?token=a%20b"
    assert send(url, "127.0.0.1").status == 204
    (got,) = endpoint.got
    assert (got.path, got.headers["Host"]) == ("/hook?token=a%20b", f"cms.news.example:{port_of(endpoint.url)}")
    assert (got.headers["webhook-id"], got.headers["Connection"]) == ("m", "close")


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.1",),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("1.1.1.1", "127.0.0.1"),
        ("127.0.0.1", "1.1.1.1"),
    ],
)
def test_a_name_with_any_address_that_is_refused_is_connected_to_nowhere(endpoint, addresses):
    for scheme in ("https", "http"):
        url = f"{scheme}://cms.news.example:{port_of(endpoint.url)}/hook"
        assert send(url, *addresses, networks=Networks()) == Outcome("address")
    assert endpoint.got == []


def test_a_name_that_changes_between_the_look_and_the_connection_reaches_nothing_else(endpoint):
    allowed, other = "127.0.0.1", "127.0.0.2"
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return [allowed] if len(asked) == 1 else [other]

    with closing(socket.socket()) as listener:
        listener.bind((other, port_of(endpoint.url)))
        listener.listen()
        listener.settimeout(0.2)
        sender = Sender(Networks.parse(f"{allowed}/32"), resolve=rebinding)
        url = f"http://localhost:{port_of(endpoint.url)}/hook"
        assert sender.send(url, {}, b"{}").status == 204
        assert asked == ["localhost"]  # it was asked once, and what it said is what was used
        assert sender.send(url, {}, b"{}") == Outcome("address")
        with pytest.raises(TimeoutError):
            listener.accept()
    assert len(endpoint.got) == 1


def test_a_public_name_without_tls_is_refused(endpoint):
    assert send(f"http://cms.news.example:{port_of(endpoint.url)}/", "1.1.1.1") == Outcome("address")


def test_what_does_not_resolve_or_does_not_listen_failed(endpoint):
    def nobody(*_):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert Sender(LOOPBACK, resolve=nobody).send("https://news.example/", {}, b"") == Outcome("name")
    assert send("https://news.example/") == Outcome("name")
    assert send(f"http://127.0.0.1:{free_port()}/") == Outcome("connection")


def test_nothing_is_sent_when_the_name_took_so_long_that_the_lease_may_be_over(endpoint):
    assert send(endpoint.url.replace("127.0.0.1", "news.example"), "127.0.0.1", resolves_within=0) == Outcome("name")
    assert endpoint.got == []


def test_the_next_address_is_tried_where_the_first_does_not_answer(endpoint):
    url = f"http://news.example:{port_of(endpoint.url)}/"
    assert send(url, "127.0.0.9", "127.0.0.1").status == 204


def test_the_environments_proxies_are_not_used(endpoint, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert send(endpoint.url).status == 204


@contextmanager
def talking(talk):
    """A bare server that does with a connection whatever `talk` does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)


def trickle(connection):
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\nX")
            time.sleep(0.02)
    except OSError:
        pass


def continue_for_ever(connection):
    try:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.02)
    except OSError:
        pass


@pytest.mark.parametrize(
    "talk", [trickle, continue_for_ever, lambda connection: time.sleep(30)], ids=["trickle", "continue", "silence"]
)
def test_an_endpoint_that_never_comes_to_an_end_is_cut_off(talk):
    with talking(talk) as url:
        assert send(url, answers_within=0.3).problem in {"late", "connection"}


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 OK\r\n\r\n", b"\x16\x03\x01", b"HTTP/1.1 200 OK\r\nX" * 200]
)
def test_an_answer_that_is_none_failed(said):
    def talk(connection):
        connection.recv(65536)
        connection.sendall(said)
        connection.close()

    with talking(talk) as url:
        assert send(url).problem == "connection"


def test_nothing_of_a_url_is_logged_when_an_answer_is_broken(caplog):
    def talk(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n")
        connection.close()

    with talking(talk) as url:
        assert send(f"{url}?token=t0ps3cret").status == 200
    assert "t0ps3cret" not in caplog.text


def test_an_endless_body_is_not_read():
    sent = []

    def pour(connection):
        connection.recv(65536)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                sent.append(connection.send(b"x" * 65536))
        except OSError:
            pass

    with talking(pour) as url:
        assert send(url) == Outcome("", 200)
    assert sum(sent) < 64 << 20


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of `cms.news.example` and of an address, signed by itself."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    command += ["-addext", "subjectAltName=DNS:cms.news.example,IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_tls_is_verified_for_the_name_although_the_address_is_connected_to(certificate):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    names = []
    server.sni_callback = lambda _sock, name, _context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    with serving(server) as endpoint:
        url = endpoint.url.replace("127.0.0.1", "{}")
        named, other, literal = url.format("cms.news.example"), url.format("rival.example"), url.format("127.0.0.1")
        assert send(named, "127.0.0.1", trust=trusting).status == 204
        assert names == ["cms.news.example"]
        assert send(literal, trust=trusting).status == 204
        assert send(other, "127.0.0.1", trust=trusting) == Outcome("connection")
        assert send(named, "127.0.0.1") == Outcome("connection")  # nobody we trust signed it
        assert send(named, "127.0.0.1", trust=trusting).status == 204  # a failure before changed nothing
    assert len(endpoint.got) == 3


def test_a_lease_is_longer_than_an_attempt_can_take():
    assert TAKES_AT_MOST * 1000 < LEASE_MS
