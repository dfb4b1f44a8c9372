"""Reading a body: a JSON object in UTF-8, declared as such or not declared at all."""

import json
import math
import re
from functools import lru_cache
from typing import Any

from kinpay_server import exact_json
from kinpay_server.domain.errors import InvalidJson, InvalidRequest

_JSON_TYPE = re.compile(
    r"""\s*application/(?:[a-z0-9.-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*""", re.IGNORECASE
)
_EXPECTED_TYPE = "must be application/json in UTF-8"
_EXPECTED_BODY = "the body must be a JSON object in UTF-8"


def read(content_type: str | None, body: bytes) -> dict[str, Any]:
    """The object in the body, its numbers exact. Without a `Content-Type` it is taken for JSON.

    Raises `InvalidRequest` for another type or charset, `InvalidJson` for all that is no JSON object.
    """
    if not _is_json(content_type):
        raise wrong_type()
    if not body:
        raise InvalidJson(f"{_EXPECTED_BODY}: it is empty")
    try:
        value = exact_json.loads(body)
    except ValueError as error:
        raise InvalidJson(f"{_EXPECTED_BODY}: {_reason(error)}", fields=_not_numbers(body)) from None
    if not isinstance(value, dict):
        raise InvalidJson(_EXPECTED_BODY)
    return value


def wrong_type() -> InvalidRequest:
    """The error for a body that is declared as something else."""
    return InvalidRequest(f"Content-Type {_EXPECTED_TYPE}", fields={"Content-Type": [_EXPECTED_TYPE]})


@lru_cache(maxsize=64)
def _is_json(content_type: str | None) -> bool:
    return not content_type or _JSON_TYPE.fullmatch(content_type) is not None


def _reason(error: ValueError) -> str:
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _not_numbers(body: bytes) -> dict[str, list[str]] | None:
    """The fields that hold `NaN` or `Infinity`, which some JSON writers make of a float."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return {name: ["must be a JSON number"] for name, held in value.items() if _is_not_number(held)} or None


def _is_not_number(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
