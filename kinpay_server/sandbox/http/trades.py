"""/trades, of everybody, an account, an offer or a pair of assets."""

from ..core.assets import Asset
from ..horizon.history import History
from ..horizon.problems import bad_request, not_found
from ..horizon.records import OpRecord
from ..horizon.trades import Trade, trades_of
from . import answers
from .asset_parameters import check_forms, three
from .filters import pool_of
from .lists import Listing, concerned_of, history_page
from .parameters import account_id, unsigned
from .parts import parts_of
from .request import Ask

KINDS = ("", "all", "orderbook", "liquidity_pool")


def trades(ask: Ask, history: History) -> Listing:
    """The list; nothing was ever traded with a pool."""
    page = history_page(ask, history)
    account, offer_id, kind, pair = _filters(ask)
    if ask.value("liquidity_pool_id"):
        raise not_found()
    shelf = concerned_of(history, account).trades if account is not None else history.trades
    turn = _turning(pair, history) if pair is not None else None

    def split(record: OpRecord) -> list[Trade]:
        found = trades_of(record, history.asset_order)
        return [trade.turned() for trade in found] if turn else found

    def wanted(trade: Trade) -> bool:
        if kind == "liquidity_pool":
            return False
        if account is not None and account not in (trade.base.account, trade.counter.account):
            return False
        if offer_id and offer_id not in (trade.base.offer_id, trade.counter.offer_id):
            return False
        return pair is None or (trade.base.asset, trade.counter.asset) == pair

    def read(at: int | None, limit: int, descending: bool) -> list[OpRecord]:
        return shelf.page(at, limit, descending=descending)

    return Listing(
        page,
        lambda page: [(t.token, answers.encode(t.document(ask.base))) for t in parts_of(read, page, split, wanted)],
    )


Filters = tuple[bytes | None, int, str, tuple[Asset, Asset] | None]


def _filters(ask: Ask) -> Filters:
    """Account, offer, kind and pair, as far as they are named; a problem if they do not go together."""
    offer_id = unsigned(ask.value("offer_id"), "offer_id", "Offer ID must be an integer higher than 0")
    account_text, kind = ask.value("account_id"), ask.query.get("trade_type", "")
    account = account_id(account_text) if account_text else None
    pool = pool_of(ask)
    if kind not in KINDS:
        raise bad_request("trade_type", "Trade type must be all, orderbook, or liquidity_pool")
    for side in ("base_", "counter_"):
        check_forms(ask.query, side)
    base, counter = _side(ask, "base"), _side(ask, "counter")
    if (base is None) != (counter is None):
        raise bad_request(
            "base_asset_type,counter_asset_type", "this endpoint supports asset pairs but only one asset supplied"
        )
    _check_together(base is not None, account_text, offer_id, pool, kind)
    return account, offer_id, kind, None if base is None or counter is None else (base, counter)


def _check_together(paired: bool, account: str, offer_id: int, pool: str, kind: str) -> None:
    does_not = "this endpoint does not support filtering by both asset pair and"
    if paired and offer_id:
        raise bad_request("base_asset_type,counter_asset_type,offer_id", f"{does_not} offer id ")
    if paired and pool:
        raise bad_request("base_asset_type,counter_asset_type,liquidity_pool_id", f"{does_not} liquidity pool id ")
    if sum(map(bool, (account, offer_id, pool))) > 1:
        raise bad_request(
            "account_id,liquidity_pool_id,offer_id",
            "Use a single filter for trades, you can only use one of account_id, liquidity_pool_id, offer_id",
        )
    for given, other, name in ((offer_id, "liquidity_pool", "offer_id"), (pool, "orderbook", "liquidity_pool_id")):
        if given and kind == other:
            raise bad_request("trade_type", f"trade_type {kind} cannot be used with the {name} filter")


def _side(ask: Ask, name: str) -> Asset | None:
    if not ask.query.get(f"{name}_asset_type"):
        return None
    try:
        return three(ask.query, f"{name}_")
    except ValueError as error:
        raise bad_request(f"{name}_asset", f"invalid {name}_asset: {error}") from None


def _turning(pair: tuple[Asset, Asset], history: History) -> bool:
    """Whether the pair is named the other way round than trades are kept; 404 if one was never traded."""
    places = history.asset_order.places
    if pair[0] not in places or pair[1] not in places:
        raise not_found()
    return places[pair[0]] > places[pair[1]]
