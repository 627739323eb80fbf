"""Logs: one JSON object a line on stderr, with the request's id and no personal data."""

import logging
import sys
from collections.abc import Callable
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
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _dumps(line: dict[str, Any], **_: Any) -> bytes:
    return orjson.dumps(line, default=repr)
