"""JSON in which numbers stay exact: money never passes through a float."""

import json
from decimal import Decimal
from typing import Any, NoReturn

import orjson


def loads(body: bytes | str) -> Any:
    """Parse UTF-8 JSON; numbers with a fraction or an exponent become `Decimal`.

    Raises `ValueError` for anything that is not JSON, `NaN` and `Infinity` included, and for nesting too deep to read.
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dumps(value: Any) -> bytes:
    """Write compact UTF-8 JSON; a `Decimal` is written with all its digits and no trailing zeros (`1.5`, `5`)."""
    return orjson.dumps(value, default=_write_decimal)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _write_decimal(value: object) -> orjson.Fragment:
    if not isinstance(value, Decimal):
        raise TypeError(f"cannot write {type(value).__name__} as JSON")
    text = format(value, "f")
    return orjson.Fragment(text.rstrip("0").rstrip(".") if "." in text else text)
