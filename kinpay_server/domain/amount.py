"""Amounts of money: whole stroops inside, exact decimals outside, never a float.

One KIN (as one XLM) is 10,000,000 stroops; the ledger holds an amount as a signed 64-bit count of stroops.
"""

import re
from decimal import Decimal

STROOPS_PER_UNIT = 10_000_000
DECIMALS = 7
MAX_STROOPS = 2**63 - 1

_EXPECTED = "a number greater than 0 with at most 7 decimals, at most 922337203685.4775807"
_WHOLE_DIGITS = 12
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,99})(\.[0-9]{1,99})?([eE][+-]?[0-9]{1,9})?")


class InvalidAmount(ValueError):
    """The value is no payable amount; the text says what is expected."""

    def __init__(self) -> None:
        super().__init__(f"must be {_EXPECTED}")


def parse_amount(value: object) -> int:
    """The amount in stroops of a JSON number (`int` or `Decimal`) or of a string that holds one.

    Raises `InvalidAmount` for anything else: a float or bool, zero, negative, more than 7 decimals, out of range.
    """
    sign, digits, exponent = _exact(value).as_tuple()
    if sign or not isinstance(exponent, int):
        raise InvalidAmount
    text = "".join(map(str, digits))
    significant = text.strip("0")
    exponent += len(text) - len(text.rstrip("0"))
    if not significant or exponent < -DECIMALS or len(significant) + exponent > _WHOLE_DIGITS:
        raise InvalidAmount
    stroops: int = int(significant) * 10 ** (exponent + DECIMALS)
    if stroops > MAX_STROOPS:
        raise InvalidAmount
    return stroops


def amount_of(stroops: int) -> int | Decimal:
    """The amount in KIN, exactly: an `int` when it is whole, so that JSON shows `5` and not `5.0`."""
    whole, rest = divmod(stroops, STROOPS_PER_UNIT)
    return whole if rest == 0 else Decimal(stroops).scaleb(-DECIMALS).normalize()


def readable(stroops: int) -> str:
    """The amount in KIN for people: exact, with its thousands apart."""
    amount = amount_of(stroops)
    return f"{amount:,}" if isinstance(amount, int) else f"{amount:,f}"


def _exact(value: object) -> Decimal:
    """The decimal that is meant, unrounded."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_STROOPS:
        return Decimal(value)
    if isinstance(value, str) and _JSON_NUMBER.fullmatch(value):
        return Decimal(value)
    raise InvalidAmount
