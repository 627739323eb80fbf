"""Logs: one JSON object a line on stderr, with the request's id and no personal data.

What an error says may hold what somebody wrote, so a mistake is logged by its kind and its place in the code alone,
also one that ends a thread or the process.
"""

import contextlib
import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure(level: str, request_id: Callable[[], str | None] = lambda: None) -> None:
    """Sets the form and the least level of every line that this process logs.

    :param request_id: says what is being answered when a line is logged.
    """

    def with_request(_logger: Any, _method: str, line: Any) -> Any:
        answering = request_id()
        if answering is not None:
            line["request_id"] = answering
        return line

    structlog.configure(
        processors=[
            with_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_places),
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: _Lines(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _died
    threading.excepthook = lambda ended: _died(ended.exc_type, ended.exc_value, ended.exc_traceback)


def _died(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What nobody caught, in place of Python's own traceback."""
    if error is not None and not issubclass(kind, KeyboardInterrupt):
        structlog.get_logger().critical("died", exc_info=(kind, error, trace))


_traced: Final = ExceptionDictTransformer(show_locals=False)


def _places(exc_info: Any) -> list[dict[str, Any]]:
    """The kinds of an error and of its causes, each with the places that it passed."""
    kept = ("exc_type", "is_cause", "frames")
    return [{name: one[name] for name in kept} for one in _traced(exc_info)]


class _Lines(structlog.BytesLogger):
    """Writes lines where they can be written: that nobody reads them, or has room for them, fails no request."""

    def msg(self, message: bytes) -> None:
        """Writes a line."""
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = error = critical = exception = fatal = msg


def _dumps(line: dict[str, Any], **_: Any) -> bytes:
    return orjson.dumps(line, default=repr)
