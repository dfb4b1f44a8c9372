"""/assets, /offers and /order_book."""

from typing import Any

from aiohttp import web

from ..core.addresses import address_of
from ..core.assets import Asset
from ..horizon.history import History
from ..horizon.market_views import asset, asset_token, offer, order_book
from ..horizon.problems import Problem, bad_request, not_found
from . import answers
from .asset_parameters import asset_or_type, book_side, invalid_order_book, is_account, is_code
from .lists import Listing, page_for
from .parameters import Page, account_id, limit_of, unsigned
from .request import Ask

BOOK_LEVELS = "20"


def assets(ask: Ask, history: History) -> Listing:
    """/assets?asset_code=&asset_issuer=, by code and issuer."""
    code, issuer = ask.query.get("asset_code", ""), ask.query.get("asset_issuer", "")
    page = page_for(ask, history, numbered=False)
    if code and not is_code(code):
        raise bad_request("asset_code", f"{code} is not a valid asset code")
    if issuer and not is_account(issuer):
        raise bad_request("asset_issuer", f"{issuer} is not a valid asset issuer")
    if page.cursor:
        _check_asset_cursor(page.cursor)

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        names = {
            (a.code, address_of(a.issuer)): a
            for a in history.snapshot.assets()
            if code in ("", a.code) and issuer in ("", address_of(a.issuer))
        }
        start = tuple(page.cursor.split("_")[:2]) if page.cursor else None
        ordered = sorted(names, reverse=page.descending)
        if start is not None:
            ordered = [name for name in ordered if (name < start if page.descending else name > start)]
        chosen = [names[name] for name in ordered[: page.limit]]
        return [(asset_token(a), answers.encode(asset(a, history))) for a in chosen]

    return Listing(page, fetch)


def _check_asset_cursor(cursor: str) -> None:
    parts = cursor.split("_", 2)
    if len(parts) != 3:
        raise bad_request("cursor", "the cursor is not a valid paging_token")
    if not is_code(parts[0]):
        raise bad_request("cursor", f"{parts[0]} is not a valid asset code")
    if not is_account(parts[1]):
        raise bad_request("cursor", f"{parts[1]} is not a valid asset issuer")
    if parts[2] not in ("native", "credit_alphanum4", "credit_alphanum12", "liquidity_pool_shares"):
        raise bad_request("cursor", f"{parts[2]} is not a valid asset type")


def offers(ask: Ask, history: History) -> Listing:
    """/offers by seller, sponsor and assets."""
    seller, sponsor = (_account(ask, name) for name in ("seller", "sponsor"))
    selling, buying = asset_or_type(ask.query, "selling"), asset_or_type(ask.query, "buying")
    return _offers(ask, history, page_for(ask, history), seller, sponsor=sponsor, selling=selling, buying=buying)


def offers_of(ask: Ask, history: History) -> Listing:
    """/accounts/{id}/offers; empty if there is no such account."""
    page = page_for(ask, history)
    return _offers(ask, history, page, account_id(ask.values["account_id"]))


def _account(ask: Ask, name: str) -> bytes | None:
    text = ask.query.get(name, "")
    return account_id(text, name) if text else None


def _offers(
    ask: Ask,
    history: History,
    page: Page,
    seller: bytes | None,
    *,
    sponsor: bytes | None = None,
    selling: Asset | None = None,
    buying: Asset | None = None,
) -> Listing:
    def fetch(page: Page) -> list[tuple[str, bytes]]:
        start = page.token
        found = [
            o
            for o in history.snapshot.offers.values()
            if seller in (None, o.seller)
            and sponsor in (None, o.sponsor)
            and selling in (None, o.selling)
            and buying in (None, o.buying)
        ]
        found.sort(key=lambda o: o.offer_id, reverse=page.descending)
        if start is not None:
            found = [o for o in found if (o.offer_id < start if page.descending else o.offer_id > start)]
        return [(str(o.offer_id), answers.encode(offer(o, history, ask.base))) for o in found[: page.limit]]

    return Listing(page, fetch)


def one_offer(ask: Ask, history: History) -> web.Response:
    """/offers/{id}"""
    number = unsigned(ask.values["offer_id"], "offer_id", "Offer ID must be an integer higher than 0")
    found = history.snapshot.offers.get(number)
    if found is None:
        raise not_found()
    return answers.document(ask.request, offer(found, history, ask.base), latest=history.latest.header.sequence)


def book(ask: Ask, history: History) -> tuple[object, dict[str, Any]]:
    """/order_book -> (what makes it a new one, the document)"""
    selling, buying = (book_side(ask.query, side) for side in ("selling_", "buying_"))
    try:
        limit = limit_of({"limit": ask.query.get("limit") or BOOK_LEVELS})
    except Problem:
        raise invalid_order_book() from None
    body = order_book(history, selling, buying, limit)
    return body, body
