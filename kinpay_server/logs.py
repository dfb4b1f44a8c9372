"""Logging: one formatter for everything, a request id on each line, and no secret on any of them.

`configure` is called once, by the program; modules take `structlog.get_logger(__name__)`. What the standard library's
loggers say (tornado, huey, aiohttp, alembic) goes through the same processors.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

HIDDEN = "***"
SECRET_KEYS = frozenset(
    {
        "api_token",
        "api_tokens",
        "authorization",
        "base_seed",
        "channel_salt",
        "cookie",
        "password",
        "proxy_authorization",
        "secret",
        "secret_key",
        "secret_seed",
        "seed",
        "set_cookie",
        "signing_secret",
        "token",
    }
)
# These say a line for each request or job; kinpay's own loggers tell what matters.
QUIET = {"tornado.access": logging.ERROR} | dict.fromkeys(
    ("aiohttp.access", "alembic", "asyncio", "huey", "urllib3"), logging.WARNING
)

_SEED = re.compile(r"(?<![A-Z2-7])S[A-Z2-7]{55,}")
_WEBHOOK = re.compile(r"whsec_[A-Za-z0-9+/=]+")
_SCHEME = re.compile(r"\b(bearer|basic)(\s+)[^\s'\",;]+", re.IGNORECASE)
_HEADER = re.compile(r"(authorization['\"]?\s*[:=]\s*b?['\"]?)(?!bearer\b|basic\b)[^\s'\",;]+", re.IGNORECASE)
_USERINFO = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(@)")
_SECRET_FIELD = re.compile(
    r"(\b(?:" + "|".join(sorted(SECRET_KEYS - {"authorization", "token", "seed", "secret", "cookie"})) + r")"
    r"['\"]?\s*[:=]\s*b?['\"]?)[^\s'\",;)]+",
    re.IGNORECASE,
)

_SUSPECT = re.compile(r"S[A-Z2-7]{55}|whsec_|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]|[:=]")
"""What any of them needs: most texts have nothing of it, and are looked at once."""

_OURS = frozenset({"level", "logger", "time"})


def masked(text: str) -> str:
    """The text with secret seeds, signing secrets, credentials and passwords in it replaced by `***`."""
    if _SUSPECT.search(text) is None:
        return text
    text = _SEED.sub("S" + HIDDEN, text)
    text = _WEBHOOK.sub("whsec_" + HIDDEN, text)
    text = _SCHEME.sub(rf"\1\2{HIDDEN}", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _SECRET_FIELD.sub(rf"\1{HIDDEN}", text)
    return _USERINFO.sub(rf"\1{HIDDEN}\2", text)


def configure(level: str, format: str, stream: TextIO | None = None) -> None:
    """Sends structlog's and the standard library's records of at least `level` to `stream` (default: stderr).

    `format` is `json` (one object a line) or `console`. May be called again: the last call counts.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(format, handler.stream))
    root = logging.getLogger()
    for old in [one for one in root.handlers if getattr(one, "of_kinpay", False)]:
        root.removeHandler(old)
    handler.of_kinpay = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(level.upper())
    _quieten(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


@contextmanager
def request_id(value: str) -> Iterator[None]:
    """Puts `request_id` on each line that is logged inside, in this task and those that it starts."""
    with structlog.contextvars.bound_contextvars(request_id=value):
        yield


def bind_request_id(value: str) -> None:
    """The same for the rest of the task that calls it, as one that Tornado starts for each request."""
    structlog.contextvars.bind_contextvars(request_id=value)


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: no field of the event, however deep, keeps a secret."""
    return {
        key: HIDDEN if _is_secret(key) else value if key in _OURS else _clean(value) for key, value in event.items()
    }


def _quieten(level: str) -> None:
    wanted = logging.getLevelNamesMapping()[level.upper()]
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(wanted if level == "debug" else max(wanted, least))


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(format: str, stream: TextIO) -> logging.Formatter:
    """Exceptions become text before masking, so that no renderer sees a secret."""
    ending: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        mask_secrets,
        _renderer(format, stream),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=ending)


def _renderer(format: str, stream: TextIO) -> Processor:
    if format == "console":
        plain = structlog.dev.plain_traceback
        return structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="time", exception_formatter=plain)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _is_secret(key: object) -> bool:
    return isinstance(key, str) and key.lower().replace("-", "_") in SECRET_KEYS


def _clean(value: Any) -> Any:
    """The value with every text in it masked; what is no plain data becomes masked text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {_clean(key): HIDDEN if _is_secret(key) else _clean(item) for key, item in value.items()}
    if isinstance(value, Sequence | Set) and not isinstance(value, bytes | bytearray):
        return [_clean(item) for item in value]
    return masked(value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value))
