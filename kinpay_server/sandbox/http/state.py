"""What the ledger holds now: accounts, their data. Answers tell the ledger of their snapshot."""

import base64

import orjson
from aiohttp import web

from ..core.addresses import address_of, key_of
from ..core.entries import Account
from ..horizon.account_view import account
from ..horizon.history import History
from ..horizon.problems import invalid_accounts_params, not_found
from . import answers
from .lists import Listing
from .parameters import Page, account_id, asset_of, limit_of, order_of
from .request import Ask


def one_account(ask: Ask, history: History) -> web.Response:
    """/accounts/{id}"""
    return answers.document(ask.request, account(_account(ask, history), history, ask.base), latest=_latest(history))


def account_event(ask: Ask, history: History) -> tuple[int, bytes]:
    """(the ledger that last changed the account itself, its document); a trustline's change is no news (recorded)."""
    entry = _account(ask, history)
    return entry.modified, orjson.dumps(account(entry, history, ask.base))


def account_data(ask: Ask, history: History) -> web.Response:
    """/accounts/{id}/data/{key}"""
    entry = _account(ask, history)
    data = history.snapshot.data.get(entry.id, {}).get(ask.values["key"].encode())
    if data is None:
        raise not_found()
    return answers.document(ask.request, {"value": base64.b64encode(data.value).decode()}, latest=_latest(history))


def accounts(ask: Ask, history: History) -> Listing:
    """/accounts with exactly one filter; pages go by address."""
    filters = [name for name in ("signer", "sponsor", "asset", "liquidity_pool") if ask.query.get(name)]
    if len(filters) != 1:
        raise invalid_accounts_params()
    cursor = ask.query.get("cursor", "")
    page = Page(cursor, limit_of(ask.query), order_of(ask.query))
    if cursor:
        account_id(cursor, "cursor")
    ids = _filtered(ask, history, filters[0])

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        chosen = sorted(ids, key=address_of) if not isinstance(ids, list) else ids
        addresses = [address_of(found) for found in chosen]
        if page.cursor:
            after = [a for a in addresses if (a < page.cursor if page.descending else a > page.cursor)]
        else:
            after = addresses
        if page.descending:
            after.reverse()
        found = []
        for address in after[: page.limit]:
            entry = history.snapshot.account(key_of(address))
            if entry is not None:
                found.append((address, orjson.dumps(account(entry, history, ask.base), option=orjson.OPT_INDENT_2)))
        return found

    return Listing(page, fetch)


def _filtered(ask: Ask, history: History, name: str) -> list[bytes] | set[bytes]:
    snapshot = history.snapshot
    if name == "sponsor":
        return snapshot.sponsored_by(account_id(ask.query["sponsor"], "sponsor"))
    if name == "signer":
        return snapshot.by_signer.get(b"\0\0\0\0" + account_id(ask.query["signer"], "signer"), set())
    if name == "asset":
        return snapshot.by_asset.get(asset_of(ask.query["asset"]), set())
    return set()


def _account(ask: Ask, history: History) -> Account:
    found = history.snapshot.account(account_id(ask.values["account"]))
    if found is None:
        raise not_found()
    return found


def _latest(history: History) -> int:
    return history.latest.header.sequence
