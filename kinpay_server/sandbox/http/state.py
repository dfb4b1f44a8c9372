"""What the ledger holds now: accounts, their data. Answers tell the ledger of their snapshot."""

import base64
from collections.abc import Callable
from typing import Any

import orjson

from ..core.addresses import address_of, key_of
from ..core.assets import NATIVE
from ..core.entries import Account, Data
from ..horizon.account_view import account
from ..horizon.history import History
from ..horizon.problems import bad_request, invalid_accounts_params, not_found
from .asset_parameters import asset_of
from .lists import Listing, page_for
from .parameters import Page, account_id
from .request import Ask

MAX_NAME = 64
"""Letters of a data entry's name."""


def one_account(ask: Ask, history: History) -> tuple[object, dict[str, Any]]:
    """/accounts/{id} -> (the ledger that last changed it, its document); a trustline's change is no news (recorded)."""
    entry = _account(ask, history)
    return entry.modified, account(entry, history, ask.base)


def account_data(ask: Ask, history: History) -> Data:
    """/accounts/{id}/data/{key}"""
    owner, name = account_id(ask.values["account_id"]), ask.values["key"]
    if len(name) > MAX_NAME:
        raise bad_request("key", f"{name} does not validate as length(1|64)")
    data = history.snapshot.data.get(owner, {}).get(name.encode())
    if data is None:
        raise not_found()
    return data


def data_document(data: Data) -> dict[str, str]:
    """A data entry as Horizon shows it."""
    body = {"value": base64.b64encode(data.value).decode()}
    return body if data.sponsor is None else body | {"sponsor": address_of(data.sponsor)}


def accounts(ask: Ask, history: History) -> Listing:
    """/accounts with exactly one filter; pages go by address."""
    page = page_for(ask, history, numbered=False)
    given = {name: ask.query.get(name, "") for name in ("signer", "sponsor", "asset", "liquidity_pool")}
    chosen = {name: _CHECKS[name](text) for name, text in given.items() if text}
    if chosen.get("asset") == NATIVE:
        raise bad_request("asset", "you can't filter by asset: native")
    if len(chosen) != 1:
        raise invalid_accounts_params()

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        addresses = [address_of(found) for found in _filtered(history, *next(iter(chosen.items())))]
        if page.cursor:
            after = [a for a in addresses if (a < page.cursor if page.descending else a > page.cursor)]
        else:
            after = addresses
        if page.descending:
            after = after[::-1]
        found = []
        for address in after[: page.limit]:
            entry = history.snapshot.account(key_of(address))
            if entry is not None:
                found.append((address, orjson.dumps(account(entry, history, ask.base), option=orjson.OPT_INDENT_2)))
        return found

    return Listing(page, fetch)


def _pool(text: str) -> None:
    if len(text) != 64 or not all(letter in "0123456789abcdefABCDEF" for letter in text):
        raise bad_request("liquidity_pool", f"{text} does not validate as sha256")


_CHECKS: dict[str, Callable[[str], Any]] = {
    "signer": lambda text: account_id(text, "signer"),
    "sponsor": lambda text: account_id(text, "sponsor"),
    "asset": asset_of,
    "liquidity_pool": _pool,
}


def _filtered(history: History, name: str, value: Any) -> list[bytes]:
    """In the order of their addresses."""
    snapshot = history.snapshot
    if name == "sponsor":
        return snapshot.sponsored_by(value)
    if name == "signer":
        return sorted(snapshot.by_signer.get(b"\0\0\0\0" + value, ()), key=address_of)
    if name == "asset":
        return sorted(snapshot.by_asset.get(value, ()), key=address_of)
    return []


def _account(ask: Ask, history: History) -> Account:
    found = history.snapshot.account(account_id(ask.values["account_id"]))
    if found is None:
        raise not_found()
    return found
