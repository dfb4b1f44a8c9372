"""Whose transactions, operations or effects a list shows: named in the path or in the query, one at most."""

from typing import NamedTuple

from ..horizon.problems import bad_request
from .parameters import account_id, ledger_number, transaction_hash, unsigned
from .request import Ask

BALANCE_DIGITS = 72
"""A claimable balance's id in hexadecimal: eight zeros for its kind, then a hash."""


class Filter(NamedTuple):
    """What the list is narrowed to; all empty: nothing."""

    account: bytes | None = None
    balance: str = ""
    pool: str = ""
    tx_hash: str = ""
    ledger: int = 0
    operation: int = 0


def filter_of(ask: Ask, *names: str, too_many: str) -> Filter:
    """What is named, of what this list knows; `too_many` says that only one may be."""
    ledger = ledger_number(ask.value("ledger_id"))
    operation = 0
    if "op_id" in names:
        operation = unsigned(ask.value("op_id"), "op_id", "Operation ID must be an integer higher than 0")
    account = ask.value("account_id")
    found = Filter(
        account_id(account) if account else None,
        balance_of(ask, "claimable_balance_id") if "claimable_balance_id" in names else "",
        pool_of(ask),
        _hash(ask) if "tx_id" in names else "",
        ledger,
        operation,
    )
    if sum(map(bool, found)) > 1:
        raise bad_request("filters", too_many)
    return found


def balance_of(ask: Ask, field: str) -> str:
    """A claimable balance's id."""
    text = ask.value(field)
    digits = all(letter in "0123456789abcdefABCDEF" for letter in text)
    if text and not (len(text) == BALANCE_DIGITS and digits and text.startswith("00000000")):
        raise bad_request(field, f"{text} does not validate as claimableBalanceID")
    return text


def pool_of(ask: Ask, field: str = "liquidity_pool_id") -> str:
    """A pool's id: 64 hexadecimal digits."""
    text = ask.value(field)
    if text and (len(text) != 64 or not all(letter in "0123456789abcdefABCDEF" for letter in text)):
        raise bad_request(field, f"{text} does not validate as sha256")
    return text


def _hash(ask: Ask) -> str:
    text = ask.value("tx_id")
    return transaction_hash(text) if text else ""
