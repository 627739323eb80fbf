"""gunicorn's side of the service: its settings, and a worker that answers problems in JSON."""

# The patch must come before any other import: what is imported later finds gevent's sockets and locks.
from gevent import monkey

monkey.patch_all()

import contextlib  # noqa: E402
import gc  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from itertools import islice  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from flask import Flask  # noqa: E402
from gunicorn import util  # noqa: E402
from gunicorn.app.base import BaseApplication  # noqa: E402
from gunicorn.http import wsgi  # noqa: E402
from gunicorn.http.errors import ParseException  # noqa: E402
from gunicorn.workers.ggevent import GeventWorker  # noqa: E402
from prometheus_client import multiprocess  # noqa: E402

from model.artifact import ArtifactError  # noqa: E402
from service.api.context import Parts  # noqa: E402
from service.api.problems import Problem  # noqa: E402
from service.app import create_app  # noqa: E402
from service.pacing import Paced, connections  # noqa: E402
from service.processes import die_with_parent  # noqa: E402
from service.settings import GRACE, SettingsError, load_settings  # noqa: E402
from service.store.connection import StoreUnavailable  # noqa: E402

PIECE = 1 << 16
"""Bytes of a body that nobody read, thrown away at once."""


class JsonGeventWorker(GeventWorker):
    """A gevent worker whose complaints about broken HTTP are problem+json, and that ends without idle waits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waits: dict[_Wait, Any] = {}  # the one that has waited longest comes first
        self._open = 0

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serves a connection; where it is one too many, that which has waited longest for a request makes room."""
        self._open += 1
        if self._open >= self.worker_connections:
            self._make_room()
        try:
            super().handle(listener, Paced(client), addr)
        finally:
            self._open -= 1

    def _make_room(self) -> None:
        for wait, greenlet in list(islice(self._waits.items(), 1)):
            self._waits.pop(wait)
            wait.end_now(greenlet)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answers a request, and reads what is left of its body.

        :raises StopIteration: the connection ends: where that body ends cannot be told, and nothing that stands in it
            may be answered.
        """
        sock.begins(req)
        super().handle_request(listener_name, req, sock, addr)
        try:
            while req.body.read(PIECE):
                pass
        except (OSError, ParseException, Problem) as problem:
            raise StopIteration from problem
        sock.rests()

    def timeout_ctx(self) -> "_Wait":
        """Around the wait for a connection's next request."""
        return _Wait(self.cfg.keepalive, self._waits)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: what was asked is answered, idle connections are closed."""
        super().handle_exit(sig, frame)
        for wait, greenlet in list(self._waits.items()):
            wait.end_now(greenlet)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers in place of gunicorn's HTML page; the status is the one that it would have given."""
        if isinstance(exc, Problem):  # of a request that came too slowly, there is none else
            util.write_nonblock(client, _raw(exc))
            return
        seen = _Overheard(client)
        super().handle_error(req, seen, addr, exc)
        if seen.status:
            util.write_nonblock(client, _raw(Problem(seen.status, "The request is not HTTP that can be served.")))


class _Wait(gevent.Timeout):  # it is silent: whoever waited goes on with nothing
    """A wait for the next request, in the book of its worker as long as it lasts."""

    def __init__(self, seconds: float, book: dict["_Wait", Any]) -> None:
        super().__init__(seconds, False)  # gevent's sign for silence
        self._book = book
        self.timer: Any

    def __enter__(self) -> "_Wait":
        self._book[self] = gevent.getcurrent()
        super().__enter__()
        return self

    def __exit__(self, *raised: Any) -> Any:
        self._book.pop(self, None)
        return super().__exit__(*raised)

    def end_now(self, greenlet: Any) -> None:
        """Lets the time be up, unless a request comes first: leaving the wait stops this timer, too."""
        self.timer.close()
        self.timer = gevent.get_hub().loop.timer(0)
        self.timer.start(greenlet.throw, self)


class _Answer(wsgi.Response):
    """An answer whose head goes out with the beginning of its body, in one call of the system and one packet."""

    sock: Any

    def write(self, arg: bytes) -> None:
        """Sends a part of the body."""
        if self.headers_sent:
            super().write(arg)
            return
        client, self.sock = self.sock, _Gathered()
        try:
            super().write(arg)
            util.write(client, b"".join(self.sock.parts))
        finally:
            self.sock = client


wsgi.Response = _Answer  # gunicorn makes its answers by this name


class _Gathered:
    """Stands for the client's socket, and keeps what is sent."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.parts.append(data)


class _Overheard:
    """Stands for the client's socket while gunicorn writes its page, and keeps the page's status only."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.status = 0

    def send(self, page: bytes) -> int:
        self.status = int(page.split(b" ", 2)[1])
        return len(page)

    sendall = send

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def _raw(problem: Problem) -> bytes:
    response = problem.response()
    head = f"HTTP/1.1 {response.status}\r\nConnection: close\r\nContent-Type: {response.content_type}\r\n"
    return f"{head}Content-Length: {response.content_length}\r\n\r\n".encode() + response.get_data()


class Server(BaseApplication):
    """gunicorn with the app loaded before its workers fork, so that they share the model's memory."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        """What the supervisor chose."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The app."""
        return self._app


def _follow(parts: Parts) -> None:
    """What goes on in the background of a worker."""
    parts.models.follow()
    parts.observations.follow()
    parts.shadowing.follow(parts.keys.sites)


def _leave(parts: Parts) -> None:
    """Adds what a worker that ends has counted."""
    with contextlib.suppress(StoreUnavailable):
        parts.shadowing.count()


def main(listener: int) -> None:
    """Serves, with the store that REDIS_URL names, on a socket that the supervisor opened and that outlives this."""
    settings = load_settings()
    app = create_app(settings, settings.redis_url or "")
    options = {
        "bind": f"fd://{listener}",
        "workers": settings.workers,
        "worker_class": "service.web.JsonGeventWorker",
        "preload_app": True,
        "graceful_timeout": GRACE,
        "timeout": 60,
        "keepalive": 75,
        "worker_connections": connections(),
        "loglevel": "warning",
        "control_socket_disable": True,
        "forwarded_allow_ips": "127.0.0.1,::1",
        "when_ready": lambda _server: gc.freeze(),  # what collections leave alone stays shared after the fork
        "post_worker_init": lambda _worker: _follow(app.extensions["winnow"]),
        "worker_exit": lambda _server, _worker: _leave(app.extensions["winnow"]),
        "post_fork": lambda _server, _worker: die_with_parent(signal.SIGKILL),
        "child_exit": lambda _server, worker: multiprocess.mark_process_dead(worker.pid),  # type: ignore[no-untyped-call]
    }
    Server(app, options).run()


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (SettingsError, ArtifactError) as problem:
        sys.exit(str(problem))
