"""JSON in which numbers stay exact: money never passes through a float."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

_INT_DIGITS = 4000


def loads(body: bytes | str) -> Any:
    """Parse JSON in UTF-8; numbers with a fraction or an exponent become `Decimal`.

    So do integers of thousands of digits. A number that even `Decimal` cannot hold becomes `Decimal("NaN")`, which no
    rule accepts, so that the answer can name its field. Raises `ValueError` for anything that is not JSON in UTF-8
    without a byte order mark, `NaN` and `Infinity` included, and for nesting too deep to read. Strings may hold lone
    surrogates (`"\\ud800"` is JSON).
    """
    try:
        return _DECODER.decode(body.decode("utf-8") if isinstance(body, bytes) else body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dumps(value: Any) -> bytes:
    """Write compact UTF-8 JSON; a `Decimal` is written with all its digits and no trailing zeros (`1.5`, `5`)."""
    return orjson.dumps(value, default=_write_decimal)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _whole(text: str) -> int | Decimal:
    """Python refuses to read an `int` of more than 4,300 digits."""
    return int(text) if len(text) <= _INT_DIGITS else Decimal(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_int=_whole, parse_constant=_refuse_constant)


def _write_decimal(value: object) -> orjson.Fragment:
    if not isinstance(value, Decimal):
        raise TypeError(f"cannot write {type(value).__name__} as JSON")
    text = format(value, "f")
    return orjson.Fragment(text.rstrip("0").rstrip(".") if "." in text else text)
