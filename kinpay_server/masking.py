"""No secret gets into a line of the log, whatever is logged."""

import re
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import Any

from structlog.types import EventDict, WrappedLogger

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


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: no field of the event, however deep, keeps a secret; what is left is plain data."""
    return {
        key: HIDDEN if _is_secret(key) else value if key in _OURS else _clean(value) for key, value in event.items()
    }


@lru_cache(maxsize=1000)
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
