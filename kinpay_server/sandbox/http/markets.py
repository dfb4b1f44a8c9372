"""/assets, /offers, /order_book, and effects."""

from collections.abc import Iterable

import orjson
from aiohttp import web

from ..core.assets import NATIVE, Asset
from ..horizon.effects import Effect, effects_of
from ..horizon.history import History, Shelf
from ..horizon.market_views import asset, asset_token, offer, order_book
from ..horizon.problems import bad_request, not_found
from ..horizon.records import OpRecord
from . import answers
from .lists import Listing, page_for, shelf_of_operations
from .parameters import Page, account_id, asset_of, limit_of, order_of
from .request import Ask


def assets(ask: Ask, history: History) -> Listing:
    """/assets?asset_code=&asset_issuer="""
    code, issuer = ask.query.get("asset_code", ""), ask.query.get("asset_issuer", "")
    issuer_id = account_id(issuer, "asset_issuer") if issuer else None
    page = Page(ask.query.get("cursor", ""), limit_of(ask.query), order_of(ask.query))

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        found = [
            a
            for a, holders in history.snapshot.by_asset.items()
            if holders and (not code or a.code == code) and issuer_id in (None, a.issuer)
        ]
        tokens = {asset_token(a): a for a in found}
        chosen = _behind(tokens, page)
        return [(token, answers.encode(asset(tokens[token], history))) for token in chosen]

    return Listing(page, fetch)


def _behind(tokens: Iterable[str], page: Page) -> list[str]:
    ordered = sorted(tokens, reverse=page.descending)
    if page.cursor:
        ordered = [t for t in ordered if (t < page.cursor if page.descending else t > page.cursor)]
    return ordered[: page.limit]


def offers(ask: Ask, history: History) -> Listing:
    """/offers, of everybody or of an account."""
    page = page_for(ask, history)
    seller_text = ask.values.get("account") or ask.query.get("seller", "")
    seller = account_id(seller_text, "seller" if "account" not in ask.values else "account_id") if seller_text else None
    selling = asset_of(ask.query["selling"], "selling") if ask.query.get("selling") else None
    buying = asset_of(ask.query["buying"], "buying") if ask.query.get("buying") else None

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        start = page.token
        found = [
            o
            for o in history.snapshot.offers.values()
            if seller in (None, o.seller) and selling in (None, o.selling) and buying in (None, o.buying)
        ]
        found.sort(key=lambda o: o.offer_id, reverse=page.descending)
        if start is not None:
            found = [o for o in found if (o.offer_id < start if page.descending else o.offer_id > start)]
        return [(str(o.offer_id), answers.encode(offer(o, history, ask.base))) for o in found[: page.limit]]

    return Listing(page, fetch)


def one_offer(ask: Ask, history: History) -> web.Response:
    """/offers/{id}"""
    text = ask.values["id"]
    if not text.isdecimal():
        raise bad_request("offer_id", "Offer ID must be an integer higher than 0")
    found = history.snapshot.offers.get(int(text))
    if found is None:
        raise not_found()
    return answers.document(ask.request, offer(found, history, ask.base), latest=history.latest.header.sequence)


def book(ask: Ask, history: History) -> web.Response:
    """/order_book"""
    selling, buying = (_asset(ask, side) for side in ("selling", "buying"))
    limit = limit_of({"limit": ask.query.get("limit", "20")})
    body = order_book(history, selling, buying, limit)
    return answers.document(ask.request, body, latest=history.latest.header.sequence)


def _asset(ask: Ask, side: str) -> Asset:
    if ask.query.get(f"{side}_asset_type") == "native":
        return NATIVE
    code, issuer = ask.query.get(f"{side}_asset_code", ""), ask.query.get(f"{side}_asset_issuer", "")
    return asset_of(f"{code}:{issuer}", f"{side}_asset_type")


def trades(ask: Ask, history: History) -> Listing:
    """/trades: none are kept; the account must be known."""
    page = page_for(ask, history)
    if "account" in ask.values:
        shelf_of_operations(ask, history, payments=False)
    return Listing(page, lambda page: [])


def effects(ask: Ask, history: History) -> Listing:
    """/effects, of everybody, an account, a ledger, a transaction or an operation."""
    page = page_for(ask, history)
    shelf = shelf_of_operations(ask, history, payments=False)
    only = account_id(ask.values["account"]) if "account" in ask.values else None

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        found = _effects(shelf(), page, only)
        return [(e.token, orjson.dumps(e.document(ask.base), option=orjson.OPT_INDENT_2)) for e in found]

    return Listing(page, fetch)


def _effects(shelf: Shelf[OpRecord], page: Page, only: bytes | None) -> list[Effect]:
    """Operation by operation until the page is full."""
    start = _place(page.cursor)
    sign = -1 if page.descending else 1
    at: int | None = None
    if start is not None:
        at = start[0] + 1 if page.descending else start[0] - 1
    found: list[Effect] = []
    while len(found) < page.limit:
        records = shelf.page(at, page.limit, descending=page.descending, failed=False)
        if not records:
            break
        at = records[-1].token
        for record in records:
            for effect in effects_of(record)[::sign]:
                behind = start is None or (effect.place < start if page.descending else effect.place > start)
                if behind and only in (None, effect.account):
                    found.append(effect)
    return found[: page.limit]


def _place(cursor: str) -> tuple[int, int] | None:
    if not cursor:
        return None
    token, _, order = cursor.partition("-")
    return int(token), int(order or 0)
