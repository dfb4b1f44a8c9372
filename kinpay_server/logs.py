"""Logging: a line an event, in one form whoever says it, and no secret on any of them.

`configure` is called once, by the program; modules take `structlog.get_logger(__name__)`. What the standard library's
loggers say (tornado, huey, aiohttp, alembic) looks the same. What is bound to a task (`structlog.contextvars`), as the
request id and the caller's name are to that of a request, is on each of its lines.

A line is written by whoever logs it, so it must cost little and never fail: about 20 µs, whatever happens to the disk.
"""

import json
import logging
import sys
from contextlib import suppress
from threading import Lock
from typing import Any, TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from kinpay_server.log_limit import LogLimit
from kinpay_server.masking import mask_secrets

QUIET = {"tornado.access": logging.ERROR} | dict.fromkeys(
    ("aiohttp.access", "alembic", "asyncio", "huey", "urllib3"), logging.WARNING
)
"""These say a line for each request or job; kinpay's own loggers tell what matters."""


def configure(level: str, format: str, stream: TextIO | None = None) -> None:
    """Sends structlog's and the standard library's records of at least `level` to `stream` (default: stderr).

    `format` is `json` (one object a line) or `console`. May be called again: the last call counts.
    """
    out, limit = _Out(stream or sys.stderr), LogLimit()
    ending: list[Processor] = [structlog.processors.format_exc_info, mask_secrets, _renderer(format, out.stream)]
    _take_over_logging(level, out, limit, ending)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.stdlib.add_logger_name,
            limit,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.StackInfoRenderer(),
            _Ending(ending),
        ],
        logger_factory=out.logger,
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        cache_logger_on_first_use=False,
    )


class _Out:
    """The one place that lines go to."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._lock = Lock()

    def logger(self, name: str = "kinpay_server", *_: object) -> "_Logger":
        """What structlog's loggers of that name write with."""
        return _Logger(name, self)

    def write(self, line: str) -> None:
        """A line, as a whole. A disk that is full or a reader that is gone must not stop a payment."""
        with self._lock, suppress(OSError, ValueError):
            self.stream.write(line + "\n")
            self.stream.flush()


class _Logger:
    """Writes what the processors have made of an event; which level it has is decided by then."""

    def __init__(self, name: str, out: _Out) -> None:
        self.name = name
        self.debug = self.info = self.warning = self.error = self.critical = out.write


class _Ending:
    """The processors that make text of an event. What cannot be written down must not stop a payment either."""

    def __init__(self, processors: list[Processor]) -> None:
        self._processors = processors

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        """The line."""
        made: Any = event
        try:
            for process in self._processors:
                made = process(logger, method, made)
        except Exception as error:
            return json.dumps({"level": "error", "event": "a line could not be written", "error": type(error).__name__})
        return str(made)


class _Handler(logging.Handler):
    """What the standard library's loggers write with."""

    def __init__(self, out: _Out) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        self._out.write(self.format(record))


def _take_over_logging(level: str, out: _Out, limit: LogLimit, ending: list[Processor]) -> None:
    handler, root = _Handler(out), logging.getLogger()
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=("left_out",)),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _Ending(ending)],
        )
    )
    handler.addFilter(limit)
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(_number(level) if level == "debug" else max(_number(level), least))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _renderer(format: str, stream: TextIO) -> Processor:
    if format == "console":
        plain = structlog.dev.plain_traceback
        return structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="time", exception_formatter=plain)
    return _as_json


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """One object; what comes first is what a person looks for."""
    first = {"time": event.pop("time", None), "level": event.pop("level", None), "event": event.pop("event", None)}
    try:
        return orjson.dumps({**first, **event}, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # an integer of more than 64 bits, half of a surrogate pair
        return json.dumps({**first, **event})
