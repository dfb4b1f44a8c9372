"""/claimable_balances and /liquidity_pools."""

from aiohttp import web

from ..core.entries import ClaimableBalance
from ..horizon.claimable_view import balance_id, claimable_balance, claimable_token, claimants_of
from ..horizon.history import History
from ..horizon.problems import bad_request, not_found, server_error
from . import answers
from .asset_parameters import asset_of, is_account, is_code
from .filters import BALANCE_DIGITS, balance_of, pool_of
from .lists import Listing, page_for
from .parameters import Page, account_id
from .request import Ask


def balances(ask: Ask, history: History) -> Listing:
    """/claimable_balances by asset, sponsor and claimant."""
    text, sponsor_text, claimant_text = (ask.query.get(name, "") for name in ("asset", "sponsor", "claimant"))
    asset = asset_of(text) if text else None
    sponsor = account_id(sponsor_text, "sponsor") if sponsor_text else None
    claimant = account_id(claimant_text, "claimant") if claimant_text else None
    page = page_for(ask, history, numbered=False)
    start = _start(page.cursor)
    if asset is not None and asset.is_native and text != "native":
        raise server_error()  # Horizon takes the word in any letters, and stumbles over it

    def wanted(balance: ClaimableBalance) -> bool:
        if asset not in (None, balance.asset) or sponsor not in (None, balance.sponsor):
            return False
        return claimant is None or claimant in [who for who, _ in claimants_of(balance)]

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        found = [balance for balance in history.snapshot.claimable.values() if wanted(balance)]
        found.sort(key=claimable_token, reverse=page.descending)
        if start is not None:
            found = [
                b for b in found if (claimable_token(b) < start if page.descending else claimable_token(b) > start)
            ]
        shown = [(b, claimable_balance(b, history, ask.base)) for b in found[: page.limit]]
        return [(f"{b.modified}-{balance_id(b)}", answers.encode(document)) for b, document in shown]

    return Listing(page, fetch)


def _start(cursor: str) -> tuple[int, str] | None:
    """Where a cursor points to; nowhere without one, or with ledger 0."""
    if not cursor:
        return None
    ledger, _, name = cursor.partition("-")
    good = ledger.isdecimal() and int(ledger) < 1 << 63 and len(name) == BALANCE_DIGITS and name.startswith("00000000")
    if not good or not all(letter in "0123456789abcdefABCDEF" for letter in name):
        raise bad_request(
            "cursor",
            "The first part should be a number higher than 0 and the second part should be a valid claimable balance "
            "ID",
        )
    return (int(ledger), name) if int(ledger) else None


def one_balance(ask: Ask, history: History) -> web.Response:
    """/claimable_balances/{id}"""
    name = balance_of(ask, "id")
    found = history.snapshot.claimable.get(bytes.fromhex(name)[4:]) if name == name.lower() else None
    if found is None:
        raise not_found()
    body = claimable_balance(found, history, ask.base)
    return answers.document(ask.request, body, latest=history.latest.header.sequence)


def pools(ask: Ask, history: History) -> Listing:
    """/liquidity_pools: there are none."""
    for reserve in ask.query.get("reserves", "").split(","):
        code, colon, issuer = reserve.partition(":")
        if reserve not in ("", "native") and not (colon and is_code(code) and is_account(issuer)):
            reason = "Invalid reserves, should be comma-separated list of assets in canonical form"
            raise bad_request("reserves", reason)
    return Listing(page_for(ask, history, numbered=False), lambda page: [])


def one_pool(ask: Ask, history: History) -> web.Response:
    """/liquidity_pools/{id}: there are none."""
    pool_of(ask)
    raise not_found()
