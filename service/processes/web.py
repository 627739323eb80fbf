"""gunicorn's side of the service: its settings, and a worker that answers problems in JSON."""

# The patch must come before any other import: what is imported later finds gevent's sockets and locks.
from gevent import monkey

monkey.patch_all()

import contextlib  # noqa: E402
import gc  # noqa: E402
import math  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import select  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from http import HTTPStatus  # noqa: E402
from itertools import islice  # noqa: E402
from typing import Any, Final, cast  # noqa: E402

import gevent  # noqa: E402
import gevent.socket  # noqa: E402
import structlog  # noqa: E402
from flask import Flask  # noqa: E402
from gunicorn import util  # noqa: E402
from gunicorn.app.base import BaseApplication  # noqa: E402
from gunicorn.arbiter import Arbiter  # noqa: E402
from gunicorn.glogging import Logger  # noqa: E402
from gunicorn.http import wsgi  # noqa: E402
from gunicorn.http.errors import ParseException  # noqa: E402
from gunicorn.workers.ggevent import GeventWorker  # noqa: E402

from model.artifact import ArtifactError  # noqa: E402
from service.api.context import BATCH_LIMIT, Parts  # noqa: E402
from service.api.problems import Problem  # noqa: E402
from service.app import create_app  # noqa: E402
from service.processes.children import die_with_parent  # noqa: E402
from service.processes.handover import READY  # noqa: E402
from service.processes.pacing import Paced, connections  # noqa: E402
from service.processes.proxies import both_ways  # noqa: E402
from service.settings import GRACE, SettingsError, load_settings  # noqa: E402
from service.store.connection import StoreUnavailable  # noqa: E402

FIRST_WORD: Final = 1.0
"""Seconds that a new connection has for its first request, even where the worker is about to end."""

PROVES_WITHIN: Final = 20.0
"""Seconds within which a worker that takes another's place has to be ready."""

PIECE: Final = 1 << 16
PIECES: Final = BATCH_LIMIT // PIECE + 1
"""Bytes of a body that nobody read, thrown away at once; how often, before its connection ends amid it."""

log = structlog.get_logger()


class JsonGeventWorker(GeventWorker):
    """A gevent worker whose complaints about broken HTTP are problem+json, and that ends without losing a request.

    Once it is to leave, each answer closes its connection. Idle connections are kept for a while longer, since a
    request may be on its way on any of them: clients that let go of them by themselves meanwhile meet no broken one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waits: dict[_Wait, Any] = {}  # the one that has waited longest comes first
        self._under_way: set[Any] = set()
        self._closes_at = math.inf
        self._drains: int | None = None
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
            wait.end_at(time.monotonic(), greenlet)

    def timeout_ctx(self) -> "_Wait":
        """Around the wait for a connection's next request."""
        left = max(self._closes_at - time.monotonic(), FIRST_WORD)
        return _Wait(min(self.cfg.keepalive, left), self._waits)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answers a request, and reads what is left of its body.

        It is the last one of its connection, if the worker is to leave by the time of the answer.

        :raises StopIteration: the connection ends. Where that body's end was not found, nothing that stands in it may
            be answered.
        """
        sock.begins(req)
        self._under_way.add(req)
        if self._closes_at < math.inf:
            req.force_close()
        try:
            super().handle_request(listener_name, req, sock, addr)
        finally:
            self._under_way.discard(req)
            whole = _read_rest(req)  # also before an end: closing with bytes unread takes back the answer
        if not whole:
            raise StopIteration
        sock.rests()

    def drain_with(self, drains: int) -> None:
        """Waits for the end of what can be read there, which means that the whole service is about to end."""
        self._drains = drains

        def drain() -> None:
            gevent.socket.wait_read(drains)
            self._parts.draining.announce()
            self._leave(self._parts.settings.drain)

        gevent.spawn(drain)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: what was asked is answered. Without a drain before it, a newer process has this one's place."""
        super().handle_exit(sig, frame)

        def end() -> None:
            drained = self._drains is not None and select.select([self._drains], [], [], 0)[0]
            self._parts.draining.leave()
            self._leave(0 if drained else self._parts.settings.drain)

        gevent.spawn(end)  # a handler must not wait for locks

    @property
    def _parts(self) -> Parts:
        return cast("Parts", self.wsgi.extensions["winnow"])

    def _leave(self, seconds: float) -> None:
        """Ends each connection with its next answer, idle ones after so many seconds, or sooner if that was said."""
        self._closes_at = min(self._closes_at, time.monotonic() + seconds)
        for req in self._under_way:
            req.force_close()
        for wait, greenlet in list(self._waits.items()):
            wait.end_at(max(self._closes_at, wait.began + FIRST_WORD), greenlet)

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
        self.began = time.monotonic()
        self.timer: Any

    def __enter__(self) -> "_Wait":
        self._book[self] = gevent.getcurrent()
        super().__enter__()
        return self

    def __exit__(self, *raised: Any) -> Any:
        self._book.pop(self, None)
        return super().__exit__(*raised)

    def end_at(self, moment: float, greenlet: Any) -> None:
        """Lets the time be up then, unless a request comes first: leaving the wait stops this timer, too."""
        self.timer.close()
        self.timer = gevent.get_hub().loop.timer(max(0, moment - time.monotonic()))
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


def _read_rest(req: Any) -> bool:
    """Throws away what is left of a request's body; whether its end was found."""
    try:
        return any(not req.body.read(PIECE) for _ in range(PIECES))
    except (OSError, ParseException, Problem):
        return False


def _raw(problem: Problem) -> bytes:
    response = problem.response()
    head = f"HTTP/1.1 {response.status}\r\nConnection: close\r\nContent-Type: {response.content_type}\r\n"
    return f"{head}Content-Length: {response.content_length}\r\n\r\n".encode() + response.get_data()


class GunicornLog(Logger):
    """gunicorn's own lines among ours: numbers and signals in them are kept, all other words from outside are not."""

    def critical(self, msg: object, *args: object, **_: object) -> None:
        """A line of this level, as all below."""
        log.critical(_without_words(msg, args))

    def error(self, msg: object, *args: object, **_: object) -> None:  # noqa: D102
        log.error(_without_words(msg, args))

    def warning(self, msg: object, *args: object, **_: object) -> None:  # noqa: D102
        log.warning(_without_words(msg, args))

    def info(self, msg: object, *args: object, **_: object) -> None:  # noqa: D102
        log.debug(_without_words(msg, args))

    def debug(self, msg: object, *args: object, **_: object) -> None:  # noqa: D102
        log.debug(_without_words(msg, args))

    def exception(self, msg: object, *args: object, **_: object) -> None:  # noqa: D102
        log.exception(_without_words(msg, args))


def _without_words(msg: object, args: tuple[object, ...]) -> str:
    """A message of gunicorn's with what it made up itself, up to where it wrote in what came from outside."""
    text = re.split(r"=|\n", str(msg), maxsplit=1)[0] if isinstance(msg, str) else type(msg).__name__
    known = tuple(one if re.fullmatch(r"-?\d+|SIG[A-Z0-9]+", str(one)) else "…" for one in args)
    return text % known if text.count("%s") == len(known) else text


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


def _greenlet_died(_context: Any, kind: Any, error: Any, trace: Any) -> None:
    """In place of gevent's own traceback, which repeats what the error says."""
    log.error("greenlet died", exc_info=(kind, error, trace))


def _follow(parts: Parts) -> None:
    """What goes on in the background of a worker."""
    gevent.get_hub().print_exception = _greenlet_died
    parts.models.follow()
    parts.observations.follow()
    parts.shadowing.follow(parts.keys.sites)


def _count_last(parts: Parts) -> None:
    """Adds what a worker that ends has counted."""
    with contextlib.suppress(StoreUnavailable):
        parts.shadowing.count()


def _prove(app: Flask) -> None:
    """Has the app answer that it is ready, before a worker takes what others could answer in its place.

    :raises SystemExit: it does not; the arbiter ends for it.
    """
    client = app.test_client()
    until = time.monotonic() + PROVES_WITHIN
    while (answer := client.get("/readyz")).status_code != HTTPStatus.OK:
        if time.monotonic() > until:
            print(f"winnow: a new web worker is not ready: {answer.get_data(as_text=True)}", file=sys.stderr)  # noqa: T201
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
        time.sleep(0.2)


def main(listener: int, drains: int, says: int | None = None) -> None:
    """Serves, with the store that REDIS_URL names, on a socket that the supervisor opened and that outlives this.

    :param drains: a file descriptor that can be read to its end once the service is about to end.
    :param says: where each of the first workers says that it is ready, if this is to take another's place.
    """
    settings = load_settings()
    app = create_app(settings, settings.redis_url or "")
    parts: Parts = app.extensions["winnow"]

    def ready(arbiter: Any) -> None:
        gc.freeze()  # what collections leave alone stays shared after the fork
        arbiter.systemd = True  # as with systemd's: the socket is not the arbiter's own, and its path stays

    def begin(worker: Any) -> None:
        if says is not None and worker.age <= settings.workers:
            _prove(app)
            os.write(says, READY)
        worker.drain_with(drains)
        _follow(parts)

    options = {
        "bind": f"fd://{listener}",
        "workers": settings.workers,
        "worker_class": "service.processes.web.JsonGeventWorker",
        "preload_app": True,
        "graceful_timeout": GRACE + settings.drain,
        "timeout": 60,
        "keepalive": 75,
        "sendfile": False,  # gevent's goes past `Paced`, and is no faster
        "worker_connections": connections(),
        "loglevel": "warning",
        "logger_class": GunicornLog,
        "control_socket_disable": True,
        "forwarded_allow_ips": ",".join(both_ways(settings.proxies)),
        "secure_scheme_headers": {"X-FORWARDED-PROTO": "https"},
        "forwarder_headers": "",
        "when_ready": ready,
        "post_worker_init": begin,
        "worker_exit": lambda _server, _worker: _count_last(parts),
        "post_fork": lambda _server, _worker: die_with_parent(signal.SIGKILL),
        "child_exit": lambda _server, _worker: parts.metrics.worker_exited(),
    }
    Server(app, options).run()


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:]))
    except (SettingsError, ArtifactError) as problem:
        sys.exit(str(problem))
